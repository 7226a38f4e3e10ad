import matplotlib as mpl
import pytest
import torch

mpl.use("Agg")

import matplotlib.pyplot as plt

from gan import plots


@pytest.fixture
def ax():
    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


@pytest.mark.parametrize("channels", [1, 3])
def test_images_are_drawn_as_a_grid_from_black_to_white(ax, channels):
    images = torch.linspace(-1, 1, 6)[:, None, None, None].expand(6, channels, 8, 8).clone().requires_grad_()
    assert plots.show_images(images, columns=3, ax=ax, title="six") is ax
    drawn = ax.get_images()[0].get_array()
    assert drawn.shape == (2 * 9 + 1, 3 * 9 + 1, 3)
    assert [round(float(drawn[4 + 9 * (i // 3), 4 + 9 * (i % 3), 0]), 3) for i in range(6)] == [0, .2, .4, .6, .8, 1]
    assert ax.get_title() == "six"
    assert not ax.axison


def test_images_are_not_changed_by_drawing_them(ax):
    images = torch.randn(2, 1, 4, 4)
    before = images.clone()
    plots.show_images(images, ax=ax)
    assert torch.equal(images, before)


def test_images_go_to_the_current_axes(ax):
    plt.sca(ax)
    assert plots.show_images(torch.zeros(1, 1, 4, 4)) is ax


def test_a_band_is_the_median_with_the_range(ax):
    runs = torch.tensor([[0.0, 1], [1, 5], [5, 6]], requires_grad=True)
    plots.band(ax, torch.tensor([10, 20]), runs, label="loss", **plots.FAKE)
    line, = ax.get_lines()
    assert line.get_xydata().tolist() == [[10, 1], [20, 5]]
    assert (line.get_color(), line.get_label()) == ("#D55E00", "loss")
    corners = ax.collections[0].get_paths()[0].vertices
    assert (corners[:, 1].min(), corners[:, 1].max()) == (0, 6)


@pytest.mark.parametrize(("draw", "name"), [
    (lambda ax: plots.show_images(torch.zeros(3, 8, 8), ax=ax), "images: got shape (3, 8, 8); must be (N, C, H, W)"),
    (lambda ax: plots.band(ax, [1, 2], [1.0, 2.0]), "runs: got shape (2,); must be (seeds, points)"),
])
def test_wrong_shapes_are_named(ax, draw, name):
    with pytest.raises(ValueError) as error:
        draw(ax)
    assert str(error.value) == name


def test_the_style_is_one_that_matplotlib_knows_and_lines_differ_without_colour():
    with plt.rc_context(plots.STYLE):
        pass
    styles = [plots.REAL, plots.FAKE, plots.JUDGE]
    assert len({s["linestyle"] for s in styles}) == len({s["color"] for s in styles}) == 3
