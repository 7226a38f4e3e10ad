"""What is seen of a run while it goes on: the bar, and TensorBoard."""

from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image
from small import IMAGES, POINTS, convs, mlps, refusal, run
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch.utils.tensorboard import SummaryWriter

import gan


def test_nothing_is_printed_unless_a_bar_is_asked_for(capfd):
    run()
    assert capfd.readouterr() == ("", "")
    run(progress=True)
    out, err = capfd.readouterr()
    assert out == ""
    assert "6/6" in err
    assert "100%" in err


def events(folder):
    """Scalars, {tag: {step: value}}, and images, {tag: {step: PNG}}, as TensorBoard reads them."""
    board = EventAccumulator(str(folder), {"images": 0, "scalars": 0}).Reload()
    scalars = {tag: {event.step: event.value for event in board.Scalars(tag)} for tag in board.Tags()["scalars"]}
    images = {tag: {event.step: event.encoded_image_string for event in board.Images(tag)}
              for tag in board.Tags()["images"]}
    return scalars, images


@pytest.mark.filterwarnings("default")                 # tensorboard's own
def test_tensorboard_shows_losses_probabilities_and_a_grid_of_samples(tmp_path):
    G, D = convs()
    ours, steps, samples = gan.train(G, D, IMAGES, steps=201, batch=4, seed=0, writer=SummaryWriter(tmp_path)), {}, {}
    for step in ours:
        if step.index in (1, 100, 200):
            steps[step.index] = step
            samples[step.index] = G.sample(64, generator=torch.Generator().manual_seed(0))
    ours.writer.close()
    scalars, images = events(tmp_path)
    expected = {
        "loss/D": lambda s: s.d_loss,
        "loss/G": lambda s: s.g_loss,
        "probability/D(x)": lambda s: s.real_logits.sigmoid().mean(),
        "probability/D(G(z))": lambda s: s.fake_logits.sigmoid().mean(),
    }
    assert sorted(scalars) == sorted(expected)
    for tag, value in expected.items():
        assert scalars[tag] == pytest.approx({index: value(step).item() for index, step in steps.items()}, rel=1e-6)

    assert list(images) == ["samples"]
    assert sorted(images["samples"]) == [1, 100, 200]
    picture = np.asarray(Image.open(BytesIO(images["samples"][200])))
    assert picture.shape == (8 * 8, 8 * 8, 3)
    second = (samples[200][1, 0].numpy() + 1) / 2 * 255
    assert np.abs(picture[:8, 8:16, 0] - second).max() <= 1


@pytest.mark.filterwarnings("default")
def test_tensorboard_shows_no_images_of_points(tmp_path):
    writer = SummaryWriter(tmp_path)
    run(steps=1, writer=writer)
    writer.close()
    assert events(tmp_path)[1] == {}




def test_tensorboard_shows_each_run_of_an_ensemble(tmp_path):
    G, D = gan.ensemble.stack(mlps() for _ in range(2))
    writer = SummaryWriter(tmp_path)
    step, = gan.train(G, D, POINTS, steps=1, batch=16, writer=writer)
    writer.close()
    events = EventAccumulator(str(tmp_path)).Reload()
    for r in range(2):
        assert events.Scalars(f"loss/D/{r}")[0].value == pytest.approx(step.d_loss[r].item())
        assert events.Scalars(f"probability/D(x)/{r}")[0].value == pytest.approx(
            step.real_logits[r].sigmoid().mean().item())




@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("channels", [1, 2, 3, 4, 6])
def test_tensorboard_shows_images_of_any_number_of_channels(channels, tmp_path):
    G, D = gan.models.conv_pair(8, channels, latent=3, width=4)
    writer = SummaryWriter(tmp_path)
    list(gan.train(G, D, IMAGES.expand(-1, channels, -1, -1), steps=1, batch=4, writer=writer))
    writer.close()
    picture = np.asarray(Image.open(BytesIO(events(tmp_path)[1]["samples"][1])))
    side_by_side = 1 if channels in (1, 3) else channels
    assert picture.shape == (8 * 8, 8 * 8 * side_by_side, 3)
    x = (G.sample(64, generator=torch.Generator().manual_seed(0)) + 1) / 2 * 255
    second = x[1, -1].numpy()                           # its last channel: the right one, or the blue
    left = 8 * side_by_side * 2 - 8
    assert np.abs(picture[:8, left:left + 8, 2] - second).max() <= 1


@pytest.mark.filterwarnings("default")
def test_tensorboard_shows_the_images_of_each_run_of_an_ensemble(tmp_path):
    writer = SummaryWriter(tmp_path)
    list(gan.train(*gan.ensemble.stack(convs() for _ in range(2)), IMAGES, steps=1, batch=4, writer=writer))
    writer.close()
    assert sorted(events(tmp_path)[1]) == ["samples/0", "samples/1"]


def test_a_writer_needs_a_generator_that_can_be_sampled(tmp_path):
    class Bare(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlps()[0]

        def noise(self, n, generator=None):
            return self.net.noise(n, generator)

        def forward(self, z):
            return self.net(z)
    list(gan.train(Bare(), mlps()[1], POINTS, steps=1))
    writer = SummaryWriter(tmp_path)
    why = refusal(Bare(), mlps()[1], POINTS, writer=writer)
    assert why.startswith("writer: shows G.sample(64, generator), but G is a Bare without it")
    writer.close()


@pytest.mark.filterwarnings("default")
def test_tensorboard_shows_pictures_in_0_to_1_as_they_are_and_a_critics_numbers_as_no_probability(tmp_path):
    G, D = convs()
    G.net[-1] = torch.nn.Sigmoid()
    writer = SummaryWriter(tmp_path)
    step, = gan.train(G, D, (IMAGES + 1) / 2, steps=1, batch=4, writer=writer, loss=gan.losses.wasserstein)
    writer.close()
    scalars, images = events(tmp_path)
    assert sorted(scalars) == ["logit/D(G(z))", "logit/D(x)", "loss/D", "loss/G"]
    assert scalars["logit/D(x)"][1] == pytest.approx(step.real_logits.mean().item(), rel=1e-6)
    picture = np.asarray(Image.open(BytesIO(images["samples"][1])))
    second = G.sample(64, generator=torch.Generator().manual_seed(0))[1, 0].numpy() * 255
    assert np.abs(picture[:8, 8:16, 0] - second).max() <= 1
