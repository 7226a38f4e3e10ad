"""Scrubber: frames are small, repeatable pictures; bad input is named. What a reader does is in tests/book."""
import base64
import io

import matplotlib.pyplot as plt
import pytest
from PIL import Image

from gan.figures import Scrubber
from gan.figures.scrubber import PNG

plt.switch_backend("Agg")


def draw(n=3):
    for i in range(n):
        figure, axis = plt.subplots(figsize=(6.4, 3.6))
        axis.plot([0, 1, 2], [i, 1, 0], label="data")
        axis.plot([0, 1, 2], [0, i, 1], label="model")
        axis.set(xlabel="x", ylabel="density")
        axis.legend()
        yield figure


CAPTIONS = ["step 0", "step 1", "step 2"]


def test_frames_are_small_palette_pictures_of_the_figures_which_are_closed():
    plt.close("all")
    scrubber = Scrubber.from_figures(draw(), CAPTIONS)
    assert plt.get_fignums() == []
    assert len(set(scrubber.frames)) == 3
    for frame in scrubber.frames:
        data = base64.b64decode(frame.removeprefix(PNG))
        picture = Image.open(io.BytesIO(data))
        assert (picture.size, picture.mode, picture.info) == ((640, 360), "P", {})
        assert len(data) < 12_000
        red, blue = (214, 39, 40), (31, 119, 180)
        colours = {colour for _, colour in picture.convert("RGB").getcolors()}
        near = [min(max(abs(a - b) for a, b in zip(colour, line)) for colour in colours) for line in (blue, red)]
        assert near[0] < 16 < near[1]          # the line's blue is kept; a red was never there


def test_same_figures_same_bytes():
    first, second = (Scrubber.from_figures(draw(), CAPTIONS) for _ in range(2))
    assert first.frames == second.frames


@pytest.mark.parametrize("still, shown", [(-1, 2), (0, 0), (1, 1)])
def test_still_is_shown_first_and_travels_as_a_picture(still, shown):
    scrubber = Scrubber.from_figures(draw(), CAPTIONS, still=still)
    data, _ = scrubber._repr_mimebundle_()
    assert scrubber.index == shown
    assert PNG + data["image/png"] == scrubber.frames[shown]
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == scrubber.model_id
    assert data["text/plain"] == repr(scrubber) == "Scrubber(3 frames)"


FRAMES = [PNG + "A", PNG + "B"]


@pytest.mark.parametrize("arguments, names", [
    ({"frames": []}, ["frames", "[]", "at least one"]),
    ({"frames": [PNG + "A", "frame.png"]}, ["frames[1]", "'frame.png'", PNG]),
    ({"frames": [PNG + "A", b"\x89PNG"]}, ["frames[1]", "PNG", PNG]),
    ({"captions": ["only one"]}, ["captions", "1", "each of the 2"]),
    ({"captions": ["one", " "]}, ["captions[1]", "' '", "words"]),
    ({"captions": ["one", 2]}, ["captions[1]", "2", "words"]),
    ({"label": ""}, ["label", "''", "words"]),
    ({"still": 2}, ["still", "2", "2 frames"]),
    ({"still": -3}, ["still", "-3", "2 frames"]),
])
def test_bad_input_is_named(arguments, names):
    with pytest.raises(ValueError) as error:
        Scrubber(**{"frames": FRAMES, "captions": ["one", "two"], **arguments})
    for name in names:
        assert name in str(error.value)
