import numpy as np
import pytest
import torch

from gan.claims import check, claim


@pytest.mark.parametrize("true", [True, np.bool_(True), torch.tensor(True), torch.tensor([[True]]), np.array([True])])
def test_a_true_sentence_is_printed(true, capsys):
    assert claim("two and two are four", true) is None
    assert capsys.readouterr().out == "✓ two and two are four\n"


@pytest.mark.parametrize("false", [False, np.bool_(False), torch.tensor(False), torch.tensor([False])])
def test_a_false_sentence_is_raised_with_what_was_measured(false, capsys):
    with pytest.raises(AssertionError, match=r"^two and two are five\nmeasured: 4$"):
        claim("two and two are five", false, measured=4)
    with pytest.raises(AssertionError, match="^two and two are five$"):
        claim("two and two are five", false)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("neither", [
    torch.tensor([True, True]), np.array([True, False]), torch.tensor([]), 0.3, 1, torch.tensor(0.3), "yes", None,
    (False, "measured"), pytest.param(lambda: False, id="function"),
], ids=repr)
def test_what_is_neither_true_nor_false_is_not_taken_for_true(neither):
    with pytest.raises(TypeError, match=r"(?s)^holds: got .*; must be a single True or False"):
        claim("a sentence", neither)


def test_a_check_of_the_code_has_a_mark_of_its_own(capsys):
    assert check("a - a is 0", torch.tensor(0) == 0) is None
    assert capsys.readouterr().out == "≡ a - a is 0\n"
    with pytest.raises(AssertionError, match=r"^a \+ a is 0\nmeasured: 2$"):
        check("a + a is 0", False, measured=2)
    with pytest.raises(TypeError, match="^holds: got 1; must be a single True or False"):
        check("a sentence", 1)
