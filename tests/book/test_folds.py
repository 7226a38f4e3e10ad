"""Folds on a page say what is in them; checked sentences take a line."""
import re
import sys

import pytest
from building import ROOT

sys.path.insert(0, str(ROOT / "book/tools"))
from chapters import FOLDS, find
from folds import summary


@pytest.mark.parametrize("lines, said", [
    (["✓ a", "≈ b", "≡ c", "✓ d"], "✓ 2 claims, 1 check hold"), (["✓ a"], "✓ 1 claim holds"),
    (["≡ a"], "✓ 1 check holds"),
    (["≡ a", "≡ b"], "✓ 2 checks hold"), (["✓a", "a ✓ b"], ""), ([], ""),
])
def test_a_run_of_checked_sentences_is_counted(lines, said):
    assert summary(lines) == said


@pytest.mark.parametrize("name", [script.stem for script in find()])
def test_every_fold_of_a_chapter_has_an_honest_name_and_no_checked_sentence_lies_open(site, name):
    text = (site / f"book/{name}.html").read_text("utf8")
    names = re.findall(r'<p class="collapsed admonition-title">(.*?)</p>', text)
    counted = re.compile(r"✓ (\d+ claims?)?(, )?(\d+ checks?)? holds?")
    assert len(names) > 5 and "Setup" in names
    assert not [one for one in names if one not in FOLDS.values() and not counted.fullmatch(one)]
    folded = re.sub(r"<details.*?</details>", "", text, flags=re.DOTALL)
    assert "✓ " in text and "≡ " in text and not re.search("[✓≡] ", folded)
