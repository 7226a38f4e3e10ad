"""Faces against their probabilities, and pictures against the one factor that has been changed."""

import os
import subprocess
import sys
import time
from itertools import combinations

import pytest
import torch

import gan
from gan.data.painting import chances, head_axes
from gan.data.portraits import COARSE, FACTORS, FINE, HUES, MIDDLE, draw, render

KINDS = {name: given for name, given in FACTORS.items() if isinstance(given, dict)}
NUMBERS = {name: given for name, given in FACTORS.items() if name not in KINDS}


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def many():
    return draw(10_000, generator())


# Drawing --------------------------------------------------------------------------------------------------------------

def test_faces_are_images_with_their_factors():
    images, factors = gan.data.faces(7, 16, generator())
    assert images.shape == (7, 3, 16, 16)
    assert images.dtype == torch.float32
    assert -1 <= images.min() < -0.5
    assert 0.5 < images.max() <= 1
    assert factors.keys() == FACTORS.keys() | {"noise"}
    assert FACTORS == COARSE | MIDDLE | FINE
    assert len(FACTORS) == 19
    for name, value in factors.items():
        assert value.shape == (7,)
        assert value.dtype == (torch.int64 if name in KINDS or name == "noise" else torch.float32)
    assert torch.equal(render(factors, 16), images)


@pytest.mark.parametrize("name", KINDS)
def test_kinds_come_as_often_as_their_probabilities_say(name, many):
    counts = many[name].bincount(minlength=len(KINDS[name]))
    assert len(counts) == len(KINDS[name])
    assert sum(KINDS[name].values()) == pytest.approx(1)
    for count, p in zip(counts.tolist(), KINDS[name].values()):
        assert abs(count / 10_000 - p) < 3 * (p * (1 - p) / 10_000) ** 0.5
    assert KINDS["hat"]["yes"] == 0.03


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_lie_evenly_between_their_bounds(name, many):
    low, high = NUMBERS[name]
    u = (many[name] - low) / (high - low)
    assert 0 <= u.min()
    assert u.max() <= 1
    for p in (0.1, 0.25, 0.5, 0.75, 0.9):
        assert abs((u < p).float().mean().item() - p) < 3 * (p * (1 - p) / 10_000) ** 0.5


def test_factors_are_independent_of_each_other(many):
    table = torch.stack([value.double() for value in many.values()])
    correlation = torch.corrcoef(table) - torch.eye(len(table))
    assert correlation.abs().max() < 4 / 10_000**0.5
    assert torch.corrcoef(table.square()).sub(torch.eye(len(table))).abs().max() < 4 / 10_000**0.5


def test_a_seed_gives_the_same_bytes_at_every_call_the_same_faces_at_every_size_and_leaves_torch_alone():
    before = torch.get_rng_state()
    (a, f), (b, _), (c, g), (d, _) = (gan.data.faces(300, size, generator(seed))
                                      for size, seed in ((16, 1), (16, 1), (24, 1), (16, 2)))
    assert a.numpy().tobytes() == b.numpy().tobytes()
    assert all(torch.equal(f[name], g[name]) for name in f)
    assert not torch.equal(a, d)
    assert torch.equal(torch.get_rng_state(), before)
    small = torch.nn.functional.interpolate(c, (16, 16), mode="bilinear", antialias=True)
    assert (small - a).abs().mean() < 0.06
    assert (small - d).abs().mean() > 0.2
    gan.data.faces(1, 8)
    assert not torch.equal(torch.get_rng_state(), before)


def test_the_first_faces_of_a_seed_are_pinned():
    """Values of 0 to 255, so that another machine, or another version, may differ by rounding alone."""
    images, factors = gan.data.faces(3, 32, generator())
    assert [factors[name].tolist() for name in ("hair", "dye", "noise")] == PINNED_FACTORS
    seen = ((images + 1) * 127.5)[:, :, [4, 10, 14, 17, 18, 21, 22, 30], [16, 8, 12, 15, 17, 16, 13, 16]]
    assert (seen - torch.tensor(PINNED_PIXELS)).abs().max() <= 1


PINNED_FACTORS = [[1, 2, 0], [2, 1, 0], [1884874, 2574580, 4055191]]
PINNED_PIXELS = [
    [[205, 242, 24, 139, 141, 142, 160, 141],
     [165, 190, 75, 89, 92, 93, 53, 135],
     [79, 111, 156, 60, 62, 63, 55, 47]],
    [[92, 81, 63, 244, 195, 214, 225, 140],
     [51, 45, 36, 195, 123, 127, 156, 63],
     [26, 23, 17, 159, 93, 110, 131, 154]],
    [[163, 200, 181, 193, 246, 235, 225, 77],
     [247, 182, 173, 120, 194, 174, 198, 169],
     [213, 149, 166, 90, 157, 142, 195, 110]],
]


def test_another_processor_draws_the_same_picture_to_a_255th(tmp_path):
    """torch without vector instructions computes each cosine another way, as another machine does."""
    script = ("import sys, torch, gan; x, _ = gan.data.faces(300, 32, torch.Generator().manual_seed(1)); "
              "torch.save(x, sys.argv[1])")
    plain = os.environ | {"ATEN_CPU_CAPABILITY": "default"}
    subprocess.run([sys.executable, "-c", script, tmp_path / "x.pt"], env=plain, check=True)
    there, here = torch.load(tmp_path / "x.pt"), gan.data.faces(300, 32, generator(1))[0]
    assert (there - here).abs().max() < 1 / 255


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
def test_a_generator_on_a_gpu_draws_there_and_the_picture_is_the_cpus():
    images, factors = gan.data.faces(300, 32, torch.Generator("cuda").manual_seed(0))
    assert images.is_cuda
    assert all(value.is_cuda for value in factors.values())
    on_cpu = render({name: value.cpu() for name, value in factors.items()}, 32)
    assert (images.cpu() - on_cpu).abs().max() < 2 / 255


def test_ten_thousand_small_portraits_take_seconds():
    start = time.process_time()
    gan.data.faces(10_000, 32, generator())
    assert time.process_time() - start < 10


# One factor changed, all others kept ----------------------------------------------------------------------------------
# Where a factor may change the picture, in coordinates of the picture (X, Y), the head (x, y) and the face (u): ±0.94
# is the picture's edge, the eyes lie at y = -0.07, the brows at -0.28, the mouth at 0.4, the chin at 0.66.

def around_head(X, Y, x, y, u):
    return (x.abs() < 0.87) & (Y < 0.88)


REGIONS = {
    "hair": around_head,
    "hat": lambda X, Y, x, y, u: (y < -0.27) & (x.abs() < 0.7),                   # nothing below the brows
    "turn": around_head,
    "tilt": lambda X, Y, x, y, u: Y < 0.88,
    "width": around_head,
    "glasses": lambda X, Y, x, y, u: (u.abs() < 0.65) & (-0.33 < y) & (y < 0.19),
    "beard": lambda X, Y, x, y, u: (x.abs() < 0.62) & (0.05 < y) & (y < 0.79),
    "smile": lambda X, Y, x, y, u: (u.abs() < 0.29) & (0.2 < y) & (y < 0.62),
    "open": lambda X, Y, x, y, u: (u.abs() < 0.29) & (0.2 < y) & (y < 0.62),
    "eyes": lambda X, Y, x, y, u: (u.abs() < 0.48) & (-0.27 < y) & (y < 0.12),
    "apart": lambda X, Y, x, y, u: (u.abs() < 0.65) & (-0.41 < y) & (y < 0.19),   # with brows and glasses
    "brow": lambda X, Y, x, y, u: (u.abs() < 0.46) & (-0.41 < y) & (y < -0.12),
    "nose": lambda X, Y, x, y, u: (u.abs() < 0.15) & (-0.08 < y) & (y < 0.32),
    "dye": around_head,
    "iris": lambda X, Y, x, y, u: (u.abs() < 0.42) & (-0.24 < y) & (y < 0.1),
    "skin": lambda X, Y, x, y, u: (x.abs() < 0.72) & (-0.72 < y) & (Y < 0.88),
    "light": lambda X, Y, x, y, u: Y < 2,                                         # everywhere
    "wall": lambda X, Y, x, y, u: (x / 0.35).square() + ((y - 0.02) / 0.57).square() > 1,        # not in the face
    "shirt": lambda X, Y, x, y, u: (Y > 0.68) & (X.abs() < 0.92),
    "noise": around_head,
}


def test_every_factor_has_a_region():
    assert REGIONS.keys() == FACTORS.keys() | {"noise"}


@pytest.mark.parametrize("size", [16, 32, 64])
@pytest.mark.parametrize("name", REGIONS)
def test_a_factor_changes_its_own_pixels_and_no_others(name, size):
    factors, others = draw(400, generator(1)), draw(400, generator(2))
    changed = (render(factors, size) - render(factors | {name: others[name]}, size)).abs().amax(1) > 1 / 255
    region = torch.zeros_like(changed)
    for one in (factors, others):                                                 # before and after
        turn, tilt = ((one if name == axis else factors)[axis][:, None, None] for axis in ("turn", "tilt"))
        axes = torch.broadcast_tensors(*head_axes(turn, tilt, size))
        region |= REGIONS[name](*axes)
    if size == 16:                                                                # an edge is a pixel wide
        region = torch.nn.functional.max_pool2d(region.float(), 3, 1, 1) > 0
    assert not (changed & ~region).any()
    assert changed.any()


def apart(name, values, factors, size=32):
    """The least, over faces and pairs of values, of the largest difference of a pixel, in 255ths."""
    pictures = [render(factors | {name: torch.full_like(factors[name], value)}, size) for value in values]
    return min((a - b).abs().flatten(1).amax(1).min().item() for a, b in combinations(pictures, 2)) * 127.5


@pytest.mark.parametrize("name", KINDS)
def test_no_two_kinds_give_the_same_picture(name):
    factors = draw(500, generator(3))
    assert apart(name, range(len(KINDS[name])), factors) > 12
    if name != "hat":                                                             # under which little is seen
        assert apart(name, range(len(KINDS[name])), factors | {"hat": 1}) > 8


@pytest.mark.parametrize("name", NUMBERS)
def test_no_two_numbers_give_the_same_picture(name):
    low, high = NUMBERS[name]
    steps = [low + (high - low) * k / 5 for k in range(5 if name in HUES else 6)]
    assert apart(name, steps, draw(500, generator(3))) > 2


@pytest.mark.parametrize("name", HUES)
def test_a_hue_is_an_angle(name):
    factors = draw(20, generator(3))
    a, b = (render(factors | {name: hue}) for hue in (0.0, 1.0))
    assert (a - b).abs().max() < 1 / 255


def test_noise_moves_freckles_and_strands_and_without_it_there_are_none():
    factors = draw(200, generator(4))
    plain = render({name: value for name, value in factors.items() if name != "noise"})
    noisy, other = render(factors), render(factors | {"noise": factors["noise"] + 1})
    assert ((noisy - other).abs().flatten(1).amax(1) > 8 / 255).all()
    assert ((noisy - plain).abs().flatten(1).amax(1) > 8 / 255).all()
    assert (noisy - other).abs().mean() < 0.03                                    # a detail, no other face


def test_chances_are_even_independent_and_exact():
    u = chances(torch.arange(20_000), 6)
    assert u.mean(0).tolist() == pytest.approx([0.5] * 6, abs=0.01)
    assert u.std(0).tolist() == pytest.approx([12**-0.5] * 6, abs=0.01)
    assert (torch.corrcoef(u.T) - torch.eye(6)).abs().max() < 0.03
    assert torch.corrcoef(torch.stack([u[1:, 0], u[:-1, 0]]))[0, 1].abs() < 0.03
    assert (chances(torch.tensor([5, 2**24 - 1]), 2) * 2**32).long().tolist() == PINNED_CHANCES


PINNED_CHANCES = [[623837184, 4195965440], [717610880, 73896632]]


# render ---------------------------------------------------------------------------------------------------------------

def test_a_face_is_painted_the_same_alone_and_among_others():
    factors = draw(600, generator(5))
    together = render(factors, 24)
    for i in (0, 299, 599):
        alone = render({name: value[i:i + 1] for name, value in factors.items()}, 24)
        assert (alone[0] - together[i]).abs().max() < 1 / 255


def test_one_number_holds_for_all_faces_and_the_table_stays_as_it_was():
    factors = draw(3, generator(6))
    before = {name: value.clone() for name, value in factors.items()}
    assert torch.equal(render(factors | {"hat": 1, "smile": 0.5}),
                       render(factors | {"hat": torch.ones(3, dtype=torch.int64), "smile": torch.full((3,), 0.5)}))
    assert all(torch.equal(factors[name], before[name]) for name in factors)
    assert render(dict.fromkeys(FACTORS, 0), 8).shape == (1, 3, 8, 8)


@pytest.mark.parametrize("size", [1, 5, 33, 600])
def test_any_size_can_be_painted(size):
    images, _ = gan.data.faces(2, size, generator())
    assert images.shape == (2, 3, size, size)
    assert images.isfinite().all()


@pytest.mark.parametrize("below", [True, False])
def test_numbers_may_leave_their_bounds_by_as_much_as_these_are_apart(below):
    far = {name: 2 * low - high if below else 2 * high - low for name, (low, high) in NUMBERS.items()}
    assert render(draw(5, generator()) | far | {"wall": -7.5, "shirt": 8.0}).abs().max() <= 1


@pytest.mark.parametrize(("change", "name", "got", "wanted"), [
    ({"smlie": 0.0}, "factors", "smlie is unknown", "must be hair, hat"),
    ({"iris": None}, "factors", "iris is missing", "must be hair, hat"),
    ({"hair": 4}, "hair", "4", "from 0 to 3, for bald, short, long, curly"),
    ({"hair": -1}, "hair", "-1", "from 0 to 3"),
    ({"hat": torch.tensor([0.5, 0.5])}, "hat", "torch.float32", "whole numbers from 0 to 1"),
    ({"smile": float("nan")}, "smile", "NaN", "finite"),
    ({"light": torch.tensor([0.0, float("inf")])}, "light", "infinity", "finite"),
    ({"smile": 3.5}, "smile", "3.5", "from -1 to 1"),
    ({"open": torch.tensor([0.5, -1.5])}, "open", "-1.5 to 0.5", "from 0 to 1"),
    ({"noise": 0.5}, "noise", "0.5", "whole numbers of at least 0"),
    ({"noise": -1}, "noise", "-1", "whole numbers of at least 0"),
    ({"turn": torch.zeros(3)}, "factors", "[(2,), (3,)]", "(n,) for each"),
    ({"turn": torch.zeros(2, 1)}, "factors", "(2, 1)", "(n,) for each"),
])
def test_factors_that_cannot_be_painted_are_named(change, name, got, wanted):
    factors = {key: value for key, value in (draw(2, generator()) | change).items() if value is not None}
    with pytest.raises(ValueError) as error:
        render(factors)
    assert str(error.value).startswith(f"{name}: ")
    assert got in str(error.value)
    assert wanted in str(error.value)


@pytest.mark.parametrize(("n", "size", "name"), [(0, 32, "n"), (2.5, 32, "n"), (3, 0, "size"), (3, (32, 32), "size")])
def test_bad_counts_are_named_before_anything_is_drawn(n, size, name):
    random = generator()
    before = random.get_state()
    with pytest.raises(ValueError, match=f"^{name}: got .*whole number of at least 1"):
        gan.data.faces(n, size, random)
    assert torch.equal(random.get_state(), before)


def test_no_faces_is_an_error_too():
    with pytest.raises(ValueError, match=r"^factors: got shapes \[\(0,\)\]"):
        render({name: torch.zeros(0) for name in FACTORS})


def test_the_room_shows_the_function_not_the_file():
    assert callable(gan.data.faces)
    assert gan.data.faces is gan.data.portraits.faces
