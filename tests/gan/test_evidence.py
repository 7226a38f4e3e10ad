"""Stored evidence: read as it was written, cited with its origin, and one clear sentence where it cannot be."""

import json
import re

import pytest
import torch
from safetensors.torch import save

import gan
from gan.evidence import FOLDER, cite, load

ORIGIN = {"script": "book/evidence/table.py", "seeds": [0, 1], "seconds": 83, "machine": "2 CPU cores",
          "torch": "2.6.0", "date": "2026-11-26"}
TABLE = {"origin": ORIGIN, "runs": [{"seed": 0, "modes": [7.0, 8.0]}, {"seed": 1, "modes": [1.0, 2.0]}]}
WEIGHT = torch.tensor([[0.1, -3.0], [65504.0, 6e-8]])


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "table.json").write_text(json.dumps(TABLE))
    header = {"evidence": json.dumps({"origin": ORIGIN, "runs": [{"seed": 0, "loss": 0.3}, {"seed": 1, "loss": 0.4}]})}
    weights = {"0/G/0.weight": WEIGHT.half(), "0/D/steps": torch.tensor(7), "1/G/0.weight": -WEIGHT.half()}
    (tmp_path / "model.safetensors").write_bytes(save(weights, header))
    (tmp_path / "notes.txt").write_text("not evidence")
    return tmp_path


def test_tables_come_back_as_they_were(folder):
    assert load("table", folder=folder) == TABLE


def test_weights_come_back_in_full_precision_as_state_dicts_beside_their_tables(folder):
    first, second = load("model", folder=folder)["runs"]
    assert first["seed"] == 0 and second["loss"] == 0.4
    assert first["G"]["0.weight"].dtype == torch.float32 and first["D"]["steps"].dtype == torch.int64
    assert torch.equal(first["G"]["0.weight"], WEIGHT.half().float())
    assert torch.equal(second["G"]["0.weight"], -WEIGHT.half().float())
    half = load("model", dtype=torch.float16, folder=folder)["runs"][0]
    assert half["G"]["0.weight"].dtype == torch.float16 and half["D"]["steps"].dtype == torch.int64
    torch.nn.Sequential(torch.nn.Linear(2, 2, bias=False)).load_state_dict(first["G"])


@pytest.mark.parametrize("name", ["table", "model"])
def test_the_citation_says_where_it_comes_from_and_how_to_make_it_again(name, folder):
    assert cite(name, folder) == (f"stored evidence {name}: 2 seeds, ≈ 83 s in all on 2 CPU cores, torch 2.6.0, "
                                  f"2026-11-26; again: make evidence NAME={name}")


@pytest.mark.parametrize("name", ["tables", "../table", "notes", ""])
def test_an_unknown_name_is_told_those_that_there_are(name, folder):
    for ask in (load, cite):
        with pytest.raises(ValueError, match=r"^name: got '.*'; must be one of 'model', 'table'$"):
            ask(name, folder=folder)


def cut(path):
    path.write_bytes(path.read_bytes()[:-9])


def without_origin(path):
    if path.suffix == ".json":
        return path.write_text("[1, 2]")
    return path.write_bytes(save({"a": torch.zeros(2)}))


def lfs_pointer(path):
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 7\n")


def of_another_make(path):
    if path.suffix == ".json":
        return path.write_text('{"runs": []}')
    return path.write_bytes(save({"a": torch.zeros(2)}, {"evidence": '{"runs": []}'}))


def empty(path):
    path.write_bytes(b"")


def longer(path):
    path.write_bytes(path.read_bytes() + b"more")


@pytest.mark.parametrize("damage", [cut, without_origin, lfs_pointer, of_another_make, empty, longer])
@pytest.mark.parametrize("file", ["table.json", "model.safetensors"])
def test_a_damaged_or_foreign_file_is_one_clear_error(damage, file, folder):
    damage(folder / file)
    for ask in (load, cite):
        with pytest.raises(ValueError, match=rf"(?s)^{file}: got a file that cannot be read .*`make evidence` wrote: "):
            ask(file.split(".")[0], folder=folder)


@pytest.mark.parametrize("name", [path.stem for path in sorted(FOLDER.glob("*.*")) if path.suffix != ".py"])
def test_every_file_of_the_package_can_be_read(name):
    assert {"origin", "runs"} <= gan.evidence.load(name).keys()


def test_files_come_with_the_package():
    """Whoever installs gan, as in Colab, gets them: they are named as package data."""
    settings = (FOLDER.parents[1] / "pyproject.toml").read_text("utf-8")
    named = re.search(r"\[tool.setuptools.package-data\]\n(.+)", settings)[1]
    assert '"*.json"' in named and '"*.safetensors"' in named
