"""The ledger, gan/evidence/claims.json: in how many runs with other seeds each claim held, and what was measured.

Reading it needs neither torch nor a kernel, so the page of claims is made from it while building.
"""

import json
import os
import re
import statistics
from collections import Counter
from pathlib import Path

WHAT = {"script": "book/tools/seeds.py", "again": "make claims SEEDS=20"}


def keys(sentences) -> list[tuple[str, int]]:
    """Names for the claims of a run, the same with every seed: numbers do not count, since some are measured, and of
    sentences that are then alike each has its turn."""
    seen, found = Counter(), []
    for sentence in sentences:
        masked = re.sub(r"\d+(\.\d+)?", "#", sentence)
        seen[masked] += 1
        found.append((masked, seen[masked]))
    return found


def read(path: Path) -> dict[str, dict]:
    """Chapter -> its row; nothing where there is no ledger yet."""
    return {row["chapter"]: row for row in json.loads(path.read_text("utf-8"))["runs"]} if path.exists() else {}


def row(chapter: str, runs: list[dict]) -> dict:
    """A chapter's row from its runs, which come in the order of their seeds."""
    by_key = [dict(zip(keys([claim["sentence"] for claim in run["claims"]]), run["claims"])) for run in runs]
    claims = []
    for key in dict.fromkeys(key for run in by_key for key in run):
        reached = [run[key] for run in by_key if key in run]
        fails = [run["seed"] for run, found in zip(runs, by_key) if not (key in found and found[key]["held"])]
        places = dict.fromkeys(place for claim in reached for place in claim["measured"])
        columns = {place: list(zip(*(claim["measured"][place] for claim in reached if place in claim["measured"])))
                   for place in places}
        claims.append({"sentence": reached[0]["sentence"], "held": len(runs) - len(fails), "fails": fails,
                       "measured": {place: [min(low), float(f"{statistics.median(middle):.4g}"), max(high)]
                                    for place, (low, middle, high) in columns.items()}})
    joined = {name: "; ".join(dict.fromkeys(run[name] for run in runs)) for name in ("package", "machine", "torch")}
    return {"chapter": chapter, "code": runs[0]["code"], **joined, "seeds": [run["seed"] for run in runs],
            "seconds": round(sum(run["seconds"] for run in runs)), "date": max(run["date"] for run in runs),
            "claims": claims}


def enter(new: dict, path: Path) -> bool:
    """Put a chapter's row in; the others stay. One of more runs of the same code stays, too: False."""
    rows = read(path)
    old = rows.get(new["chapter"])
    if old and old["code"] == new["code"] and len(old["seeds"]) > len(new["seeds"]):
        return False
    rows[new["chapter"]] = new
    write({"origin": WHAT, "runs": [rows[name] for name in sorted(rows)]}, path, levels=4)
    return True


def held(row: dict | None, sentences: list[str]) -> list[tuple[int, int] | None]:
    """For each sentence of a chapter's stored run: held in how many, of how many; None where the ledger lacks it."""
    known = dict(zip(keys(claim["sentence"] for claim in row["claims"]), row["claims"])) if row else {}
    return [(known[key]["held"], len(row["seeds"])) if key in known else None for key in keys(sentences)]


def summary(found: list[tuple[int, int] | None]) -> str:
    """What the runs say about all claims together, in a sentence or two."""
    runs = [entry for entry in found if entry]
    every, missing = sum(kept == of for kept, of in runs), len(found) - len(runs)
    if not runs:
        return f"{len(found)} claims. None has been re-seeded yet."
    counts = sorted({of for _, of in runs})
    of = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    if every == len(found):
        return f"{every} claims. Each held in {f'{of} of {of}' if len(counts) == 1 else f'all {of}'} re-seeded runs."
    parts = [f"{every} of them held in each of the {of} re-seeded runs of their chapter"]
    parts += [f"{len(runs) - every} did not hold in some of them"] if every < len(runs) else []
    parts += [f"{missing} {'have' if missing > 1 else 'has'} not been re-seeded yet"] if missing else []
    return f"{len(found)} claims. " + ", ".join(parts) + "."


def reseeded(row: dict | None, now: dict[str, str]) -> str:
    """Where a chapter's row comes from, and whether code or package have changed since."""
    if row is None:
        return f"{changed(row, now)}."
    seeds = row["seeds"]
    span = f"{seeds[0]} to {seeds[-1]}" if seeds == list(range(seeds[0], seeds[-1] + 1)) else ", ".join(map(str, seeds))
    said = f"Re-seeded in {len(seeds)} runs (seeds {span}), on {row['machine']}, torch {row['torch']}, {row['date']}."
    return f"{said} {why}." if (why := changed(row, now)) else said


def changed(row: dict | None, now: dict[str, str]) -> str:
    """What keeps a row from being of the chapter and the package as they are now, if anything does."""
    if row is None:
        return "Not re-seeded yet"
    if row["code"] != now["code"]:
        return "The chapter's code has changed since"
    return "The package has changed since" if row["package"] != now["package"] else ""


def write(thing, path: Path, levels: int) -> None:
    """JSON, all of the file or nothing; the outer ``levels`` get a line for each of their parts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.tmp")
    part.write_text(lines(thing, levels) + "\n", "utf-8")
    os.replace(part, path)


def lines(thing, levels: int, indent: str = "") -> str:
    parts = thing.values() if isinstance(thing, dict) else thing if isinstance(thing, list) else ()
    if not levels or not any(isinstance(part, (dict, list)) for part in parts):
        return json.dumps(thing, ensure_ascii=False)
    deeper = indent + " "
    inside = [lines(part, levels - 1, deeper) for part in parts]
    if isinstance(thing, dict):
        inside = [f"{json.dumps(key, ensure_ascii=False)}: {part}" for key, part in zip(thing, inside)]
    left, right = "{}" if isinstance(thing, dict) else "[]"
    return f"{left}\n{deeper}" + f",\n{deeper}".join(inside) + f"\n{indent}{right}"
