"""What longer runs have measured or trained, each file with where it came from.

    evidence = gan.evidence.load("mode_collapse")
    evidence["runs"][0]                         # what book/evidence/mode_collapse.py returned for its first seed
    evidence["origin"]                          # script, seeds, seconds, machine, versions, date
    print(gan.evidence.cite("mode_collapse"))   # the same in a line, and how to make it again

``make evidence NAME=…`` makes NAME.json (tables) or NAME.safetensors (weights in half precision, with the tables in its
header), ``make claims`` makes claims.json, the ledger of the book's claims.
"""

import json
from pathlib import Path

FOLDER = Path(__file__).parent


def load(name: str, dtype=None, folder: Path = FOLDER) -> dict:
    """``{"origin": {…}, "runs": [{"seed": 0, …}, …]}``; weights as state dicts, of float32 or of ``dtype``.

    Raises ``ValueError`` for a name that there is no evidence of, and for a file that is damaged or of another make.
    """
    path = find(name, folder)
    evidence = read(path)
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        for key, weight in load_file(path).items():                        # "0/G/layers.0.weight"
            run, network, parameter = key.split("/", 2)
            weight = weight.to(dtype or weight.float().dtype) if weight.is_floating_point() else weight
            evidence["runs"][int(run)].setdefault(network, {})[parameter] = weight
    return evidence


def cite(name: str, folder: Path = FOLDER) -> str:
    """A line for the page: where the evidence comes from, and how to make it again."""
    origin = read(find(name, folder))["origin"]
    return (f"stored evidence {name}: {len(origin['seeds'])} seeds, ≈ {origin['seconds']:.0f} s in all on "
            f"{origin['machine']}, torch {origin['torch']}, {origin['date']}; again: make evidence NAME={name}")


def find(name: str, folder: Path = FOLDER) -> Path:
    """The file of that name."""
    files = {path.stem: path for path in sorted(folder.iterdir()) if path.suffix in (".json", ".safetensors")}
    if name not in files:
        raise ValueError(f"name: got {name!r}; must be one of {', '.join(map(repr, files))}")
    return files[name]


def read(path: Path) -> dict:
    """A file's origin and its tables. Needs neither torch nor safetensors: the header of a .safetensors holds both."""
    try:
        data = path.read_bytes()
        if path.suffix == ".safetensors":                  # 8 bytes of length, a header in JSON, the weights
            end = 8 + int.from_bytes(data[:8], "little")
            header = json.loads(data[8:end])
            data = header.pop("__metadata__")["evidence"]
            if path.stat().st_size != end + max(entry["data_offsets"][1] for entry in header.values()):
                raise ValueError("it is cut short")
        evidence = json.loads(data)
        if not {"origin", "runs"} <= evidence.keys():
            raise ValueError("it does not say where it came from")
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise ValueError(f"{path.name}: got a file that cannot be read ({type(error).__name__}: {error}); must be one "
                         "that `make evidence` wrote: fetch it anew, or delete it and make it again") from error
    return evidence
