"""gan.lab.Lab: its still is repeatable, bad input is named. What a reader does is in tests/book."""
import pytest

from gan.lab import Lab


def test_still_travels_as_a_picture_the_same_each_time():
    lab = Lab("#preset=collapse&seed=3")
    data, _ = lab._repr_mimebundle_()
    assert data["text/plain"] == repr(lab) == "Lab('preset=collapse&seed=3')"
    assert data["image/png"] == Lab()._repr_mimebundle_()[0]["image/png"]


@pytest.mark.parametrize("setting, error, words", [
    ("preset=nonsense", ValueError, ["setting", "nonsense", "first, vanishing"]), (3, TypeError, ["setting", "3"]),
])
def test_widget_names_bad_input(setting, error, words):
    with pytest.raises(error) as raised:
        Lab(setting)
    for word in words:
        assert word in str(raised.value)
