"""gan.figures.AskedFaces: page and still show what G makes of z and y, words say what is asked, bad input is named."""
import base64
import io
import json

import numpy as np
import pytest
import torch
from PIL import Image
from test_convnet import lived
from torch import nn

from gan.figures import AskedFaces
from gan.models import Generator, conditional_pair

IMPORTS = ('import { inWords, noiseOf, placesOf } from "./figures/asking.js"; '
           'import { network } from "./figures/convnet.js";')
WORN = {"glasses": ("no", "yes"), "hat": ("no", "yes")}
HAIR = {"hair": ("bald", "short", "long"), "hat": ("no", "yes")}


def small(told=2, size=16):
    torch.manual_seed(1)
    return lived(conditional_pair(size, told=told, latent=6, width=16)[0]).eval()


@pytest.mark.parametrize("size", [16, 32])
def test_the_page_shows_what_g_makes_of_the_first_noise_and_y(in_node, scripts, size):
    G = small(size=size)
    faces = AskedFaces(G, WORN, asked={"hat": "yes"})
    assert faces.y == [0, 1]
    pictures = in_node(scripts, IMPORTS, f"""const G = network({json.dumps(faces.layers)}, "{faces.weights}");
        return noiseOf(0, {json.dumps(faces.z)}).map((z) => [...G([...z, ...{faces.y}])]);""")
    pictures = torch.tensor(pictures).reshape(8, 3, size, size)
    with torch.no_grad():
        theirs = G(G.noise(8, torch.Generator().manual_seed(0)), torch.tensor([0.0, 1]).expand(8, 2))
    assert (pictures - theirs).abs().max() < 2 / 255 and (pictures - faces.images()).abs().max() < 0.02 / 255
    assert (AskedFaces(G, WORN).images() - faces.images()).abs().max() > 0.1


def test_the_chapters_generator_fits_the_page():
    faces = AskedFaces(conditional_pair(32, told=3)[0], {**WORN, "beard": ("no", "yes")})
    assert len(faces.weights) < 260_000 and len(json.dumps(faces.z)) < 5_000


@pytest.mark.parametrize("asked, y", [(None, [1, 0, 0, 0]), ({"hair": "long"}, [0, 0, 1, 0]),
                                      ({"hair": "short", "hat": "yes"}, [0, 1, 0, 1])])
def test_two_values_are_one_number_and_more_are_one_hot(in_node, scripts, asked, y):
    faces = AskedFaces(small(4), HAIR, asked)
    assert faces.y == y
    words = in_node(scripts, IMPORTS, f"return inWords({json.dumps(faces.attributes)}, {y});")
    assert words == {0: "hair bald, hat no", 2: "hair long, hat no", 1: "hair short, hat yes"}[y.index(1)]
    places = in_node(scripts, IMPORTS, f"return placesOf({json.dumps(faces.attributes)});")
    assert [(place["start"], place["end"]) for place in places] == [(0, 3), (3, 4)]


def test_between_two_values_the_words_say_where(in_node, scripts):
    words = in_node(scripts, IMPORTS, f"return inWords({json.dumps(list(WORN.items()))}, [0.35, 1]);")
    assert words == "glasses 0.35 of the way from no to yes, hat yes"


def test_new_faces_are_of_other_noise_for_each_seed(in_node, scripts):
    first = AskedFaces(small(), WORN).z
    noise = torch.tensor(in_node(scripts, IMPORTS, f"return [0, 1, 2, 1].map((s) => noiseOf(s, {first}));"))
    assert torch.equal(noise[0], torch.tensor(first)) and torch.equal(noise[1], noise[3])
    flat = noise[:3].reshape(24, 6)
    assert (torch.cdist(flat, flat) + 9 * torch.eye(24)).min() > 0.3


def test_still_travels_as_a_picture_the_same_each_time():
    faces = AskedFaces(small(), WORN)
    (data, _), (again, _) = faces._repr_mimebundle_(), AskedFaces(small(), WORN)._repr_mimebundle_()
    assert data["image/png"] == again["image/png"]
    still = np.asarray(Image.open(io.BytesIO(base64.b64decode(data["image/png"]))), dtype=int)
    assert still.shape == (2 * 128 + 8, 4 * 128 + 3 * 8, 3)
    sixth = still[136::8, 136:264:8]                                         # the second of the second row
    assert abs(sixth - ((faces.images()[5] + 1) * 127.5).permute(1, 2, 0).numpy()).max() <= 0.51
    assert (still[128:136] == 255).all() and (still[:, 128:136] == 255).all()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == faces.model_id
    assert data["text/plain"] == repr(faces) == "AskedFaces(8 faces, glasses: no or yes, hat: no or yes)"


@pytest.mark.parametrize("n, columns, rows", [(1, 1, 1), (3, 3, 1), (5, 3, 2), (6, 3, 2), (12, 4, 3)])
def test_noise_of_ones_own_makes_as_many_faces(n, columns, rows):
    """Of a G in double precision too, which need be no Generator."""
    faces = AskedFaces(small().net.double(), WORN, z=torch.randn(n, 6).double())
    assert len(faces.images()) == n
    width, height = Image.open(io.BytesIO(faces._still())).size
    assert (width + 8, height + 8) == (columns * 136, rows * 136)


GREY = nn.Sequential(nn.Linear(8, 64), nn.Unflatten(1, (4, 4, 4)), nn.ConvTranspose2d(4, 1, 4, 2, 1), nn.Tanh())


def test_grey_pictures_are_grey():
    class Told(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = GREY

        def forward(self, z, y):
            return self.net(torch.cat([z, y], 1))

    still = np.asarray(Image.open(io.BytesIO(AskedFaces(Told(), WORN, z=torch.randn(2, 6))._still())))
    assert (still.max(2) == still.min(2)).all() and still.std() > 5


@pytest.mark.parametrize("error, arguments, names", [
    (TypeError, {"G": torch.tanh}, ["G", "tanh", "must be a network"]),
    (TypeError, {"G": lambda: small().net}, ["G", "Concat", "z=torch.randn(8, latent)"]),
    (ValueError, {"G": lambda: Generator(small().net, 6, noise=torch.rand)}, ["noise", "rand", "torch.randn"]),
    (ValueError, {"G": lambda: conditional_pair(32, told=2, width=96)[0]}, ["G", "300,000", "fewer channels"]),
    (ValueError, {"G": lambda: Generator(nn.Sequential(nn.Linear(6, 4)), 6)}, ["attributes", "must make 0"]),
    (ValueError, {"attributes": {}}, ["attributes", "{}", '"hat"']),
    (ValueError, {"attributes": ["hat"]}, ["attributes", "['hat']"]),
    (ValueError, {"attributes": {"hat": "no"}}, ["attributes", "'hat'", "'no'", "two or more"]),
    (ValueError, {"attributes": {"hat": ("no",)}}, ["attributes", "'hat'", "two or more"]),
    (ValueError, {"attributes": {"hat": ("no", "no")}}, ["attributes", "'hat'", "different"]),
    (ValueError, {"attributes": {"hat": ("no", 1)}}, ["attributes", "'hat'", "words"]),
    (ValueError, {"attributes": HAIR}, ["attributes", "hair, hat", "a y of 4", "must make 2", "8, 6 of them z's"]),
    (ValueError, {"attributes": {"hat": ("no", "yes")}}, ["attributes", "a y of 1", "must make 2"]),
    (ValueError, {"asked": {"hat": "maybe"}}, ["asked", "'hat'", "'maybe'", "no, yes"]),
    (ValueError, {"asked": {"beard": "yes"}}, ["asked", "'beard'", "glasses, hat"]),
    (ValueError, {"z": torch.randn(6)}, ["z", "(6,)", "(n, latent)"]),
    (ValueError, {"z": torch.randn(25, 6)}, ["z", "(25, 6)", "24"]),
    (ValueError, {"z": torch.full((2, 6), torch.nan)}, ["z", "(2, 6)", "finite"]),
    (ValueError, {"z": [[0.0] * 6]}, ["z", "[[0.0", "tensor"]),
    (ValueError, {"z": torch.randn(2, 5)}, ["attributes", "must make 3"]),
])
def test_bad_input_is_named(error, arguments, names):
    G = arguments.get("G", small)
    with pytest.raises(error) as raised:
        AskedFaces(**{"attributes": WORN, **arguments, "G": G if G is torch.tanh else G()})
    for name in names:
        assert name in str(raised.value)
