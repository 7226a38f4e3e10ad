"""Re-seeding: every claim of every run is written down, kept, and entered in the ledger, which the page reads."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "book" / "tools"))
from chapters import BOOK, find, fingerprints, read_script
from check import outdated
from ledger import enter, held, keys, read, reseeded, row, summary
from recorder import MOST
from recorder import summary as spread
from seeds import which

pytest_plugins = ["small_chapter"]
OURS = BOOK.parent / "gan/evidence/claims.json"


def edit(script, old, new):
    text = script.read_text("utf-8")
    assert old in text
    script.write_text(text.replace(old, new, 1), "utf-8")


@pytest.fixture
def chapter(script):
    """The small chapter with the package's claim, and claims of which some fail with some seeds."""
    text = script.read_text("utf-8")
    start, end = text.index("def claim("), text.index("# %% [markdown]\n# Some text")
    text = f"{text[:start]}from gan.claims import claim\n\n{text[end:]}"
    # Seeds 0, 1 and 2 draw 0.84, 0.13 and 0.96.
    text = text.replace("\n\n# %% mystnb", "\nclaim('x is below 0.9', x < 0.9, {'x': x, 'both': [x, 1.0]})\n"
                        "claim(f'x is {x:.3f}', True)\nclaim('this comes last', True)\n\n# %% mystnb")
    script.write_text(text, "utf-8")
    return script


def seeds(script, *options):
    command = [sys.executable, BOOK / "tools/seeds.py", "--book", script.parent, "--workers", "2", *options]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | {"TQDM_DISABLE": "1"})


def claims_of(script):
    made = read(script.parents[1] / "gan/evidence/claims.json")[script.stem]
    return {claim["sentence"]: claim for claim in made["claims"]}


def kept(script):
    return sorted((script.parents[1] / "_build/claims").rglob("*.json"))


def test_a_claim_that_fails_is_shown_with_its_seed_and_hides_none_behind_it(chapter):
    before = {path: path.read_bytes() for path in chapter.parent.iterdir()}
    result = seeds(chapter, "--seeds", "3")
    assert result.returncode == 1, result.stderr
    assert "  ✓   ✓   ✗   x is below 0.9" in result.stdout and "  ✓   ✓   ✓   this comes last" in result.stdout
    assert "seed 2, x is below 0.9\n    measured: {'x': [0.956" in result.stdout
    assert "12 of 13 claims held with every seed" in result.stdout
    assert {path: path.read_bytes() for path in chapter.parent.iterdir()} == before
    claims = claims_of(chapter)
    assert len(claims) == 13 and claims["this comes last"] == {"sentence": "this comes last", "held": 3, "fails": [],
                                                               "measured": {}}
    assert claims["x is below 0.9"]["held"] == 2 and claims["x is below 0.9"]["fails"] == [2]
    assert claims["x is below 0.9"]["measured"] == {"x": [0.1344, 0.8444, 0.956], "both": [0.1344, 0.9222, 1.0]}


def test_runs_are_kept_and_more_seeds_add_to_them(chapter):
    assert seeds(chapter, "--seeds", "0 1").returncode == 0
    times = {path: path.stat().st_mtime_ns for path in kept(chapter)}
    assert len(times) == 2
    result = seeds(chapter, "--seeds", "0, 1, 7")
    assert "every claim held" in result.stdout and "seed   0   1   7" in result.stdout
    assert len(kept(chapter)) == 3 and {path: path.stat().st_mtime_ns for path in times} == times
    assert read(chapter.parents[1] / "gan/evidence/claims.json")[chapter.stem]["seeds"] == [0, 1, 7]
    seeds(chapter, "--seeds", "1,", "--again")
    assert [path.stem for path in kept(chapter) if path.stat().st_mtime_ns != times.get(path)] == ["1", "7"]


def test_another_state_of_the_code_starts_anew_and_one_of_the_package_is_told(chapter):
    seeds(chapter, "--seeds", "2")
    (chapter.parents[1] / "gan/used.py").write_text("answer = 43\n")
    edit(chapter, "random.seed(SEED)", "random.seed(SEED)\nanswer = 3")
    result = seeds(chapter, "--seeds", "0,")
    assert len(kept(chapter)) == 3 and "the package was another" not in result.stdout
    assert read(chapter.parents[1] / "gan/evidence/claims.json")[chapter.stem]["seeds"] == [0]
    (chapter.parents[1] / "gan/used.py").write_text("answer = 44\n")
    assert "with seeds 0 the package was another; again=1 runs them anew" in seeds(chapter, "--seeds", "0,").stdout


def test_what_raises_stops_its_cell_and_is_told(chapter):
    edit(chapter, "claim('this comes last'", "if SEED == 1:\n    1 / 0\nclaim('this comes last'")
    result = seeds(chapter, "--seeds", "2")
    assert result.returncode == 1 and "seed 1, cell 2: ZeroDivisionError: division by zero" in result.stdout
    assert "  ✓   ·   this comes last" in result.stdout
    assert claims_of(chapter)["this comes last"]["fails"] == [1] and claims_of(chapter)["x is below 0.9"]["held"] == 2


def test_wrong_answers_to_an_exercise_are_still_refused(chapter):
    edit(chapter, "claim('this comes last', True)", "for answer in (1, 2):\n    try:\n        claim("
         "'your answer is right', answer == 1)\n    except AssertionError:\n        claim('refused', True)")
    assert seeds(chapter, "--seeds", "1").returncode == 0
    assert claims_of(chapter)["your answer is right"]["held"] == claims_of(chapter)["refused"]["held"] == 1


def test_a_kernel_that_does_not_come_to_its_end_is_told_and_not_kept(chapter):
    edit(chapter, "claim('this comes last'", "os._exit(1)\nclaim('this comes last'")
    result = seeds(chapter, "--seeds", "1")
    assert result.returncode == 1 and "seed 0, DeadKernelError" in result.stdout and kept(chapter) == []


def test_a_kept_run_that_is_damaged_is_named(chapter):
    seeds(chapter, "--seeds", "1")
    kept(chapter)[0].write_text("{")
    result = seeds(chapter, "--seeds", "1")
    assert result.returncode == 1 and f"{kept(chapter)[0]}: got a file that cannot be read" in result.stderr


@pytest.mark.parametrize("text, named", [("1", [0]), ("3", [0, 1, 2]), ("3 7 11", [3, 7, 11]), ("7,", [7]),
                                         ("4,2", [2, 4])])
def test_seeds_are_how_many_or_which(text, named):
    assert which(text) == named


@pytest.mark.parametrize("text", ["0", "", "-1", "1.5", "a", ",", "3 b"])
def test_what_is_neither_is_refused(text, script):
    result = seeds(script, f"--seeds={text}")
    assert result.returncode == 2 and f"--seeds: got {text!r}; must be how many" in result.stderr


def test_numbers_in_a_sentence_do_not_make_another_claim_of_it():
    one = ["K = 1: it is 0.31", "K = 5: it is 0.42", "the end"]
    other = ["K = 1: it is 0.99", "K = 5: it is 7", "the end"]
    assert keys(one) == keys(other) and len(set(keys(one))) == 3
    assert keys(one) != keys([one[2], *one[:2]][:2])


def a_run(seed, *claims):
    claims = [{"sentence": said, "held": held, "measured": {"x": [x - 1, x, x + 1]}} for said, held, x in claims]
    return {"seed": seed, "code": "c", "package": f"p{seed % 2}", "machine": "m", "torch": "2", "seconds": 0.6,
            "date": f"2026-01-0{seed + 1}", "claims": claims}


def test_a_row_counts_and_spans_what_its_runs_measured():
    made = row("02_a", [a_run(0, ("a", True, 1.0), ("b 3", True, 5.0)), a_run(1, ("a", False, 2.0)),
                        a_run(2, ("a", True, 9.0), ("b 4", True, 6.0))])
    assert made["claims"] == [
        {"sentence": "a", "held": 2, "fails": [1], "measured": {"x": [0.0, 2.0, 10.0]}},
        {"sentence": "b 3", "held": 2, "fails": [1], "measured": {"x": [4.0, 5.5, 7.0]}}]
    assert (made["seeds"], made["seconds"], made["date"], made["package"]) == ([0, 1, 2], 2, "2026-01-03", "p0; p1")
    assert held(made, ["b 7", "new", "a"]) == [(2, 3), None, (2, 3)] and held(None, ["a"]) == [None]


def test_the_ledger_keeps_other_chapters_and_the_row_of_more_runs(tmp_path):
    path = tmp_path / "gan/evidence/claims.json"
    two = row("02_a", [a_run(0, ("a", True, 1.0)), a_run(1, ("a", True, 1.0))])
    one = row("02_a", [a_run(5, ("a", True, 1.0))])
    assert enter(two, path) and enter({**one, "chapter": "01_b"}, path)
    assert list(read(path)) == ["01_b", "02_a"]
    assert not enter(one, path) and read(path)["02_a"] == two
    assert enter({**one, "code": "other"}, path) and read(path)["02_a"]["seeds"] == [5]
    assert sum('"sentence"' in line for line in path.read_text("utf-8").splitlines()) == 2      # a line a claim


@pytest.mark.parametrize("measured, found", [
    (None, {}), ("words", {}), (0.5, {"": [0.5] * 3}), (True, {"": [1.0] * 3}), ([3, 1, 2], {"": [1, 2, 3]}),
    ({"a": [1, 5], "b": {"c": 2}}, {"a": [1, 3, 5], "b/c": [2, 2, 2]}), ((1, [2, 4]), {"0": [1, 1, 1], "1": [2, 3, 4]}),
    ({"x": 1 / 3}, {"x": [0.3333] * 3}), ([[1, 2], [3, 4]], {"0": [1, 1.5, 2], "1": [3, 3.5, 4]}),
    ({str(i): i for i in range(MOST + 1)}, {"": [0, MOST / 2, MOST]}),
], ids=repr)
def test_what_was_measured_is_spanned_place_by_place(measured, found):
    assert spread(measured) == found


def test_tensors_arrays_and_named_tuples_are_measured_too():
    import numpy as np
    import torch

    from gan.data import ring
    from gan.metrics import count_modes

    assert spread((torch.ones(2, 3), np.arange(3))) == {"0": [1, 1, 1], "1": [0, 1, 2]}
    assert spread(torch.tensor(2)) == {"": [2, 2, 2]} and spread(torch.zeros(0)) == {}
    assert set(spread(count_modes(torch.zeros(5, 2), ring()))) == {"recovered", "high_quality", "kl"}


@pytest.mark.parametrize("found, said", [
    ([None, None], "2 claims. None has been re-seeded yet."),
    ([(20, 20)] * 3, "3 claims. Each held in 20 of 20 re-seeded runs."),
    ([(20, 20), (5, 5)], "2 claims. Each held in all 5 to 20 re-seeded runs."),
    ([(20, 20), (19, 20), None],
     "3 claims. 1 of them held in each of the 20 re-seeded runs of their chapter, 1 did not hold in some "
     "of them, 1 has not been re-seeded yet."),
])
def test_the_page_says_on_top_how_many_held(found, said):
    assert summary(found) == said


def test_the_page_says_of_each_chapter_how_it_was_re_seeded_and_what_changed_since():
    made, now = row("02_a", [a_run(seed, ("a", True, 1.0)) for seed in (0, 2)]), {"code": "c", "package": "p0"}
    said = "Re-seeded in 2 runs (seeds 0, 2), on m, torch 2, 2026-01-03."
    assert reseeded(made, now) == said
    assert reseeded(made, {**now, "package": "p"}) == f"{said} The package has changed since."
    assert reseeded(made, {**now, "code": "d"}) == f"{said} The chapter's code has changed since."
    assert reseeded(None, now) == "Not re-seeded yet."
    assert "(seeds 0 to 1)" in reseeded(row("02_a", [a_run(0), a_run(1)]), now)


def test_check_notes_what_the_ledger_does_not_know_and_does_not_fail(script):
    assert outdated([script]) == "Not re-seeded yet: 02"
    package = script.parents[1] / "gan"
    path = package / "evidence/claims.json"
    made = {**row(script.stem, [a_run(0, ("a", True, 1.0))]), **fingerprints(read_script(script), package)}
    enter(made, path)
    assert outdated([script]) == ""
    enter({**made, "package": "other"}, path)
    assert outdated([script]) == "The package has changed since: 02"
    command = [sys.executable, BOOK / "tools/check.py", "--book", script.parent]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0 and "note: the ledger of claims. The package has changed since: 02." in result.stdout


def test_our_ledger_names_chapters_that_there_are_and_counts_that_add_up():
    rows = json.loads(OURS.read_text("utf-8"))["runs"] if OURS.exists() else []
    assert {entry["chapter"] for entry in rows} <= {path.stem for path in find()}
    for entry in rows:
        assert all(claim["held"] + len(claim["fails"]) == len(entry["seeds"]) for claim in entry["claims"])
