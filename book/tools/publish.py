"""Copy the book with a repository's own address in it, so that Colab's links and the setup cell work.

The files in the repository hold a placeholder, so that a fork needs no editing. The copy is what is pushed to the
branch ``notebooks``, which Colab opens, and what the published site is built from.
"""

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLACEHOLDER = "/".join(("OWNER", "gan-book"))      # in two parts, so that it is not replaced here
BRANCH = "notebooks"
# GitHub's own rules for names, a little stricter: they end up in addresses and in YAML.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}")


def files(root: Path) -> list[str]:
    """What git knows, or would add. The workflows stay behind: a job's token may not push them."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            cwd=root, capture_output=True, text=True)
    if listed.returncode:
        sys.exit(f"{root} must be a git checkout: {listed.stderr.strip()}")
    names = sorted(set(filter(None, listed.stdout.split("\0"))))
    return [name for name in names if (root / name).is_file() and not name.startswith(".github/")]


def address(text: str, name: str, repository: str, branch: str) -> str:
    """A file's text with the repository's address in it."""
    text = text.replace(PLACEHOLDER, repository).replace(f"{repository}/blob/{BRANCH}/", f"{repository}/blob/{branch}/")
    if name == "_config.yml":       # the button on each page leads to the branch that holds the rewritten notebooks
        text = re.sub(r"^(  branch:) \S+", rf"\1 {branch}", text, flags=re.MULTILINE)
    return text


def publish(repository: str, out: Path, branch: str = BRANCH, root: Path = ROOT) -> int:
    """Write the copy into the empty or missing folder ``out``. Returns how many files hold the address."""
    if not NAME.fullmatch(repository):
        sys.exit(f"--repository: got {repository!r}; must be OWNER/NAME, as in ada/gan-book")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/-]*", branch):
        sys.exit(f"--branch: got {branch!r}; must be the name of a branch")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        sys.exit(f"--out: got {out}; must be an empty folder, or one that does not exist")
    rewritten = 0
    for name in files(root):
        source, copy = root / name, out / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, copy)
        content = source.read_bytes()
        if PLACEHOLDER.encode() in content or name == "_config.yml":
            copy.write_bytes(address(content.decode("utf-8"), name, repository, branch).encode("utf-8"))
            rewritten += 1
    return rewritten


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repository", required=True, help="OWNER/NAME")
    parser.add_argument("--branch", default=BRANCH, help=f"the branch that Colab opens (default: {BRANCH})")
    parser.add_argument("--out", type=Path, required=True, help="an empty folder, or one that does not exist")
    arguments = parser.parse_args()
    rewritten = publish(arguments.repository, arguments.out, arguments.branch)
    print(f"{arguments.out}: {rewritten} files with the address of {arguments.repository}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
