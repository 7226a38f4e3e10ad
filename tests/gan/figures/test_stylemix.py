"""gan.figures.StyleExplorer: the page's pictures are StyleGAN's, in PyTorch; words are the inspector's; bad input is
named."""
import base64
import io
import json
import shutil
from urllib.parse import quote

import numpy as np
import pytest
import torch
from PIL import Image

from gan.data.portraits import FACTORS
from gan.figures import StyleExplorer
from gan.figures.stylereader import SAYS
from gan.figures.styletext import hashed_normals
from gan.metrics import Inspector
from gan.models import Generator, progressive_pair, stylegan_pair

IMPORTS = """import { normals } from "./figures/convnet.js";
import { inspectorOf, noiseMaps, styleNet } from "./figures/stylenet.js";
import { inWords, readings, reliability, whose } from "./figures/inspected.js";
globalThis.matchMedia = () => ({ matches: false });
const { isStyle, linkOf, settingOf } = await import("./figures/stylemix.js");"""
REPORT = {name: 0.95 for name in FACTORS}


@torch.no_grad()
def styled(channels=None, latent=64, **options):
    """A generator whose every part shows: biases, styles and strengths of noise as training may leave them."""
    G, _ = stylegan_pair(channels, latent, **options)
    for layer in G.net.layers:
        layer.strength.fill_(4)
        layer.conv.bias.normal_(0, 5)
    for layer in G.net.mapping.layers:
        layer.bias.normal_(0, 10)
    G.net.to_rgb.conv.bias.normal_(0, 3)
    return G


def small(**options):
    return styled({4: 8, 8: 6, 16: 4}, 8, **options)


@torch.no_grad()
def inspecting(size=16, width=3):
    """An inspector with batch norms as training leaves them."""
    inspector = Inspector(size, width=width, features=10).eval()
    for layer in inspector.modules():
        if hasattr(layer, "running_mean"):
            layer.running_mean.normal_(0, 0.3)
            layer.running_var.uniform_(0.3, 2)
            layer.weight.normal_(1, 0.3)
            layer.bias.normal_(0, 0.3)
    inspector.report = REPORT
    return inspector


def explorer(G=None, directions=None, inspector=None, **options):
    G = G or small()
    width = G.net.layers[0].style.weight.shape[1]
    if directions is None:
        directions = {"smile": torch.randn(width), "hair, eyes": torch.randn(len(G.net.layers), width)}
    return StyleExplorer(G, directions, inspector or inspecting(G.net.sizes[-1]), **options)


def network(explorer):
    return f"""const G = styleNet({explorer.sizes}, {json.dumps(explorer.tensors)}, "{explorer.weights}");"""


DEFAULT = (None, 64, 3)
NETS = {"the chapter's": DEFAULT, "64 pixels": ({4: 16, 8: 16, 16: 8, 32: 8, 64: 4}, 24, 2),
        "no mapping": ({4: 8, 8: 8}, 12, 0), "one size": ({4: 8}, 8, 1)}


def in_page(in_node, scripts, shown, z, noisy):
    """What the page makes of latents, one for each layer, and the maps of noise that it took."""
    sizes = shown.sizes
    made, maps = in_node(scripts, IMPORTS, f"""{network(shown)}
        const maps = noiseMaps({sizes}, {int(noisy)} && 7);
        return [{z.tolist()}.map((zs) => [...G.synthesis(zs.map(G.mapping), maps)]), maps?.map((map) => [...map])];""")
    noise = noisy and [torch.tensor(map).reshape(1, 1, s, s) for map, s in zip(maps, sizes)]
    return torch.tensor(made).reshape(len(z), 3, sizes[-1], sizes[-1]), noise


@torch.no_grad()
def in_pytorch(G, z, noise):
    """G itself, with the page's precision by another way."""
    for parameter in G.parameters():
        parameter.data = parameter.data.half().float()
    return G.net.synthesis(G.net.mapping(z), noise)


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("noisy", [True, False])
def test_the_pages_picture_is_pytorchs(in_node, scripts, name, noisy):
    """A w of its own for each layer; noise from the same maps, or none."""
    channels, latent, depth = NETS[name]
    G = styled(channels, latent, depth=depth, mixing=0)                 # of one size there is nothing to mix
    sizes = G.net.sizes
    shown, z = explorer(G, inspector=inspecting(sizes[-1])), torch.randn(3, len(sizes), latent)
    made, noise = in_page(in_node, scripts, shown, z, noisy)
    real = in_pytorch(G, z, noise)
    other = in_pytorch(G, z, not noisy and G.net.draw_noise(1))
    assert real.std() > 0.3
    assert (made - real).abs().max() < 0.02 / 255 * max(1, real.abs().max())
    assert (made - other).abs().max() > 10 / 255                   # without noise, or with
    assert (made - real.roll(1, 0)).abs().max() > 10 / 255         # another face
    assert (made - real.mT).abs().max() > 10 / 255                 # the same, on its side
    assert len(sizes) == 1 or (made - in_pytorch(G, z.flip(1), noise)).abs().max() > 10 / 255      # layers reversed


FAULTS = [
    ("/ spread", "", "demodulation left out"),
    ("powers[i * outputs + o]", "powers[o * s.length + i]", "demodulation over the wrong axis"),
    ("** 2 / (doubles ? 4 : 1)", "** 2", "a doubling layer's pixels meet a quarter of the kernel"),
    ("made[k] * GAIN", "made[k]", "no gain"),
    ("modulated(x, s), weight, none, kernel, 1)", "x, weight, none, kernel, 1)", "no modulation"),
    ("strength * noise[p]", "noise[p]", "noise without its strength"),
    ("strength * noise[p]", "strength * noise[0]", "one number of noise for all pixels"),
    ("noise?.[i]", "noise?.at(-1)", "the last layer's noise in all"),
    ("v / Math.sqrt(mean + 1e-8)", "v", "the latent's length left in"),
    ("SLOPE = 0.2", "SLOPE = 0.01", "another slope"),
    ("x, ws[i], noise", "x, ws[0], noise", "one style for all layers"),
    ('ws.at(-1), "to_rgb', 'ws[0], "to_rgb', "colours of the first layer's style"),
    (".map((v) => v * scale)", "", "weights not scaled"),
]


@pytest.fixture
def mended(scripts, tmp_path):
    """Function that copies the scripts and replaces a text that stands in one of them, once."""
    def mended(name, old, new):
        shutil.copytree(scripts, tmp_path, dirs_exist_ok=True)
        path = tmp_path / f"figures/{name}.js"
        text = path.read_text("utf8")
        assert text.count(old) == 1, old
        path.write_text(text.replace(old, new), "utf8")
        return tmp_path

    return mended


@pytest.mark.parametrize("old, new", [pytest.param(old, new, id=name) for old, new, name in FAULTS])
def test_a_fault_in_the_pages_network_is_seen(in_node, mended, old, new):
    torch.manual_seed(2)
    G = small(depth=2)
    shown, z = explorer(G), torch.randn(3, 3, 8)
    made, noise = in_page(in_node, mended("stylenet", old, new), shown, z, True)
    assert not (made - in_pytorch(G, z, noise)).abs().max() < 10 / 255


def test_its_image_is_the_pages_with_all_that_can_be_set(in_node, scripts):
    """As the browser's test has it, but here in Python: mapping, mix, truncation, directions and noise one by one."""
    G = small()
    d = torch.randn(8)
    shown = explorer(G, {"smile": d, "skin": torch.stack([0 * d, d, 0 * d])},
                     start={"mix": (0, 0.25, 1), "psi": 0.6, "smile": 0.5, "skin": -1, "noise": 3})
    half = shown._net
    with torch.no_grad():
        a, b = half.mapping(torch.tensor(shown.sources))
        mean = torch.tensor(shown.centre)
        rows = [a, a + 0.25 * (b - a), b]
        rows = [mean + 0.6 * (w - mean) + 0.5 * d + (i == 1) * -1 * d for i, w in enumerate(rows)]
        assert torch.allclose(shown.w(), torch.stack(rows), atol=1e-3)
        image = half.synthesis(shown.w()[None], shown.noise())[0].clamp(-1, 1)
    assert torch.equal(shown.image(), image) and (mean - half.mean()).abs().max() < 1e-4
    assert torch.allclose(shown.w([0, 0, 0], False), mean + 0.6 * (a - mean).expand(3, -1), atol=1e-5)
    for change in ({"a": 5}, {"b": 5}, {"mix": [0.0, 0.0, 1.0]}, {"psi": 1.0}, {"noise": 0}, {"noise": 4},
                   {"edits": {"smile": 0.5, "skin": 0.0}}):
        shown.chosen = {**shown.start, **change}
        assert (shown.image() - image).abs().max() > 2 / 255, change
    shown.chosen = {**shown.start, "a": 5}
    with torch.no_grad():
        drawn = half.mapping(torch.tensor(hashed_normals(5, 8)).float())
    assert torch.allclose(shown.w([0, 0, 0], False)[0], mean + 0.6 * (drawn - mean), atol=1e-5)


def test_the_noise_of_a_seed_is_the_pages(in_node, scripts):
    theirs = in_node(scripts, IMPORTS, "return [3, 999999, 1000007].map((seed) => [...normals(seed, 101)]);")
    for seed, numbers in zip((3, 999_999, 1_000_007), theirs):
        assert np.allclose(hashed_normals(seed, 101), numbers, atol=1e-9)


def outputs_apart(in_node, scripts, inspector):
    """By how much the page's outputs differ from the inspector's at most, beside how much these vary."""
    images = 1.2 * torch.randn(5, 3, inspector.size, inspector.size)
    reader = explorer(styled({2**k: 4 for k in range(2, 10) if 2**k <= inspector.size}, 8), inspector=inspector).reader
    made = torch.tensor(in_node(scripts, IMPORTS, f"""const inspect = inspectorOf({json.dumps(reader)});
        return {images.flatten(1).tolist()}.map((image) => [...inspect(image)]);"""))
    with torch.no_grad():
        real = inspector(images.clamp(-1, 1))
    real = torch.cat([real[name] for name in SAYS], 1)
    return ((made - real).abs().max() / real.std()).item()


@pytest.mark.parametrize("size, width", [(16, 3), (32, 12), (8, 4)])
def test_the_pages_inspector_gives_what_pytorchs_gives(in_node, scripts, size, width):
    assert outputs_apart(in_node, scripts, inspecting(size, width)) < 0.01


@pytest.mark.parametrize("old, new", [
    ("2 * row) * size + 2 * column", "2 * row + 1) * size + 2 * column + 1"),              # stride 2 begins at 0
    ("kernel), outputs), 0)", "kernel), outputs), 1)"),                                    # no ReLU
    ("Math.min(1, Math.max(-1, v))", "v"),                                                 # not as it is seen
])
def test_a_fault_in_the_pages_inspector_is_seen(in_node, mended, old, new):
    assert outputs_apart(in_node, mended("stylenet", old, new), inspecting()) > 0.1


def test_batch_norm_of_the_batch_would_be_seen(in_node, scripts):
    inspector = inspecting()
    shown = explorer(inspector=inspector).reader["weights"]
    inspector.body[1].running_mean += 1
    assert explorer(inspector=inspector).reader["weights"] != shown
    assert outputs_apart(in_node, scripts, inspector.train()) > 0.1


def test_what_is_read_is_what_the_inspector_reads(in_node, scripts):
    inspector, images = inspecting(), torch.randn(40, 3, 16, 16).clamp(-1, 1)
    reader = explorer(inspector=inspector).reader
    seen = in_node(scripts, IMPORTS, f"""const reader = {json.dumps(reader)}, inspect = inspectorOf(reader);
        return {images.flatten(1).tolist()}.map((image) => readings(reader.reads, [...inspect(image)]));""")
    with torch.no_grad():
        logits = inspector(images)
    kinds, numbers = inspector.kinds(images), inspector.numbers(images)
    for name in SAYS:
        values = torch.tensor([one[name]["value"] for one in seen])
        if name in kinds:
            assert (values == kinds[name]).float().mean() > 0.97               # half precision may turn a close one
            sure = torch.tensor([one[name]["sure"] for one in seen])
            assert (sure - logits[name].softmax(1).max(1).values).abs().max() < 0.02
        else:
            apart = values - numbers[name]
            apart = apart - apart.round() if name in ("wall", "shirt") else apart
            assert apart.abs().max() < 0.03, name


def face(**changes):
    usual = {"hair": 1, "dye": 0, "iris": 0, "hat": 0, "glasses": 0, "beard": 0, "smile": 0.0, "turn": 0.0,
             "tilt": 0.0, "skin": 0.5, "light": 0.0, "wall": 0.0, "shirt": 0.5}
    return {name: {"value": value, "sure": 1 if name in changes or name != changes.get("unsure") else 0.5}
            for name, value in {**usual, **{k: v for k, v in changes.items() if k != "unsure"}}.items()}


@pytest.mark.parametrize("seen, words", [
    ({}, "short black hair, no glasses, no beard, a straight mouth, medium skin, brown eyes, a red wall and a "
         "turquoise shirt"),
    ({"hair": 0, "hat": 1, "glasses": 1, "smile": 0.6, "skin": 0.9}, "a bald head, a hat, glasses, no beard, a smile, "
     "light skin, brown eyes, a red wall and a turquoise shirt"),
    ({"hair": 3, "dye": 2, "beard": 1, "smile": -0.5, "skin": 0.1, "iris": 2, "turn": 0.5, "tilt": -0.9, "wall": 0.97,
      "shirt": 1 / 3}, "curly blond hair, no glasses, a beard, corners of the mouth turned down, dark skin, green "
     "eyes, the head turned to the right, the head tilted to the left, a red wall and a blue shirt"),
    ({"light": -0.8}, "short black hair, no glasses, no beard, a straight mouth, medium skin, brown eyes, light from "
     "the left, a red wall and a turquoise shirt"),
    ({"unsure": "glasses"}, "short black hair, perhaps no glasses, no beard, a straight mouth, medium skin, brown "
     "eyes, a red wall and a turquoise shirt"),
    ({"unsure": "dye"}, "perhaps short black hair, no glasses, no beard, a straight mouth, medium skin, brown eyes, "
     "a red wall and a turquoise shirt"),
])
def test_it_says_what_is_seen(in_node, scripts, seen, words):
    reads = explorer().reader["reads"]
    assert in_node(scripts, IMPORTS, f"return inWords({json.dumps(reads)}, {json.dumps(face(**seen))});") == words


def test_hues_have_the_names_of_what_the_painter_paints():
    """inspected.js: red, violet, blue, turquoise, green, yellow, in sixths of a turn."""
    from gan.data.painting import hue

    colours = hue(torch.arange(6) / 6, 0.5, 0.3)[:, :, 0, 0] > 0.5
    assert colours.int().tolist() == [[1, 0, 0], [1, 0, 1], [0, 0, 1], [0, 1, 1], [0, 1, 0], [1, 1, 0]]


@pytest.mark.parametrize("a, b, third, words", [
    ({}, {"smile": 0.1, "wall": 0.99, "skin": 0.55}, {}, "Between A and B it sees no difference."),
    ({"glasses": 1, "hair": 2}, {"smile": 0.8, "beard": 1}, {"glasses": 1, "smile": 0.75},
     "Where A and B differ, the mixed face is like A in glasses and beard; like B in hair and smile."),
    ({"skin": 0.1, "hair": 1}, {"skin": 0.9, "hair": 2}, {"skin": 0.5, "hair": 3},
     "Where A and B differ, the mixed face is between them in skin; like neither in hair."),
    ({"wall": 0.9}, {"wall": 0.2}, {"wall": 0.05}, "Where A and B differ, the mixed face is between them in wall."),
    ({"turn": -0.5}, {"turn": 0.2}, {"turn": 0.9}, "Where A and B differ, the mixed face is like neither in turn."),
    ({"hair": 0, "dye": 1}, {"hair": 1, "dye": 3}, {"hair": 0, "dye": 3},
     "Where A and B differ, the mixed face is like A in hair."),
])
def test_it_says_whose_the_third_face_is(in_node, scripts, a, b, third, words):
    faces = ", ".join(json.dumps(face(**one)) for one in (a, b, third))
    assert in_node(scripts, IMPORTS, f"return whose({json.dumps(explorer().reader['reads'])}, {faces});") == words


def said_of(in_node, scripts, reader):
    return in_node(scripts, IMPORTS, f"return reliability({json.dumps(reader['reads'])});")


def test_it_says_how_reliable_it_is(in_node, scripts):
    inspector = inspecting()
    inspector.report = {**REPORT, "glasses": 0.9968, "hat": 1.0, "smile": 0.941, "wall": 0.0081}
    words = said_of(in_node, scripts, explorer(inspector=inspector).reader)
    for part in ("glasses 99.7 %", "hat 100 %", "beard 95 %", "smile 0.94", "wall 1 %", "less than 80 % sure"):
        assert part in words
    assert "second" not in words


def test_it_says_how_often_a_second_inspector_reads_the_same(in_node, scripts):
    G, inspector, second = small(), inspecting(), inspecting()
    same = {read["name"]: read["same"] for read in explorer(G, {}, inspector, second=inspector).reader["reads"]}
    assert {value for name, value in same.items() if name not in ("wall", "shirt")} <= {1, None}
    assert same["smile"] == 1 and same["wall"] is None
    with torch.no_grad():                                          # one that never sees a hat agrees for no reason
        inspector.head.bias[inspector.parts[0]] += 1e3
    same = {read["name"]: read["same"] for read in explorer(G, {}, inspector, second=second).reader["reads"]}
    assert same["hat"] is None and sum(value is not None for value in same.values()) > 3
    reader = explorer(G, {}, inspector, second=second).reader
    with torch.no_grad():
        images = torch.cat([G.eval()(part) for part in G.noise(4_000).split(1000)]).clamp(-1, 1)
    words, tested = said_of(in_node, scripts, reader), 0
    for read in reader["reads"]:
        name, same = read["name"], read["same"]
        if "kinds" in read:
            share = (inspector.kinds(images)[name] == second.kinds(images)[name]).float().mean()
        elif name not in ("wall", "shirt"):
            share = torch.stack([one.numbers(images)[name] for one in (inspector, second)]).corrcoef()[0, 1]
        if same is not None:
            assert abs(same - share) < 0.1, name                   # of 1,000 faces, beside 4,000 others
            tested += 0.02 < same < 0.98
    assert tested > 3 and "a second inspector read as this one did: hair " in words and "correlate: smile " in words


def test_the_stored_inspector_reads_faces_and_fits_a_page_with_the_chapters_generator():
    shown = StyleExplorer(stylegan_pair()[0], {})
    right = {read["name"]: read["right"] for read in shown.reader["reads"]}
    assert min(right[name] for name in ("hair", "dye", "hat", "glasses", "beard")) > 0.98 and right["smile"] > 0.9
    assert len(shown.weights) * 3 / 4 < 500_000 and len(json.dumps(shown.get_state())) < 620_000


START = {"a": 0, "b": 0, "mix": [0.0, 0.0, 0.5], "psi": 0.7, "noise": 1, "edits": {"smile": 0.3, "hair, eyes": 0.0}}
SET = {"a": 12, "b": 999999, "mix": [1, 0.35, 0], "psi": 0.05, "noise": 0, "edits": {"smile": 0, "hair, eyes": -0.55}}


def setting(in_node, scripts, link):
    return in_node(scripts, IMPORTS, f"""const start = {json.dumps(START)};
        const {{ found, problem }} = settingOf({json.dumps(link)}, start);
        return [found, problem];""")


def test_a_link_holds_all_that_is_set(in_node, scripts):
    link = in_node(scripts, IMPORTS, f"return linkOf({json.dumps(SET)});")
    assert link == f"#style=12.999999&mix=1,0.35,0&psi=0.05&noise=0&{quote('hair, eyes')}=-0.55"
    assert setting(in_node, scripts, link) == [SET, ""]


def test_what_a_link_leaves_out_is_as_at_the_start_but_for_directions(in_node, scripts):
    found = {**START, "a": 3, "b": 4, "edits": {"smile": 0, "hair, eyes": 0}}
    assert setting(in_node, scripts, "#style=3.4") == [found, ""]


@pytest.mark.parametrize("part", ["mix=0,1", "mix=0,1,2", "mix=0,1,x", "mix=0,,1", "psi=2", "psi=", "psi=0,0",
                                  "noise=-1", "noise=1.5", "noise=1e9", "smile=1.5", "smile=NaN",
                                  "frown=1", "toString=1"])
def test_what_a_link_gets_wrong_is_said_and_left_out(in_node, scripts, part):
    found, problem = setting(in_node, scripts, f"#style=3.4&{part}&hair%2C eyes=1")
    assert problem == f"Not all of this link could be used: “{part}”."
    assert found == {**START, "a": 3, "b": 4, "edits": {"smile": 0, "hair, eyes": 1}}


@pytest.mark.parametrize("style", ["x.1", "1", "1.2.3", "-1.2", "1000000.1", ""])
def test_faces_that_a_link_gets_wrong_are_the_first_ones(in_node, scripts, style):
    found, problem = setting(in_node, scripts, f"#style={style}")
    assert (found["a"], found["b"]) == (0, 0) and problem.startswith("Not all of this link")


def test_only_links_to_a_style_are_taken_for_one(in_node, scripts):
    links = ["#style=1.2", "#preset=first", "#styles-of-two", "", "#a-style=1"]
    assert in_node(scripts, IMPORTS, f"return {links}.map(isStyle);") == [True, False, False, False, False]


def test_still_travels_as_a_picture_the_same_each_time():
    torch.manual_seed(3)
    (data, _), shown = explorer()._repr_mimebundle_(), None
    torch.manual_seed(3)
    shown = explorer()
    assert data["image/png"] == shown._repr_mimebundle_()[0]["image/png"]
    still = np.asarray(Image.open(io.BytesIO(base64.b64decode(data["image/png"]))), dtype=int)
    assert still.shape == (128, 272, 4)
    for left, times, image in ((0, 4, shown.image([0] * 3, False)), (72, 8, shown.image()),
                               (208, 4, shown.image([1] * 3, False))):
        part = still[128 - 16 * times::times, left:left + 16 * times:times]
        assert abs(part[..., :3] - ((image + 1) * 127.5).permute(1, 2, 0).numpy()).max() <= 0.51
        assert (part[..., 3] == 255).all()
    assert (still[:64, :64, 3] == 0).all() and (still[:, 64:72, 3] == 0).all()
    assert data["text/plain"] == repr(shown) == "StyleExplorer(3 layers, directions: smile, hair, eyes)"


def test_g_and_inspector_stay_as_they_were():
    G, inspector = small().double().train(), inspecting()
    before = [{name: value.clone() for name, value in net.state_dict().items()} for net in (G, inspector)]
    state = torch.get_rng_state()
    explorer(G, {}, inspector)
    assert torch.equal(torch.get_rng_state(), state) and G.training and G.net.constant.requires_grad
    for net, values in zip((G, inspector), before):
        assert all(torch.equal(value, values[name]) for name, value in net.state_dict().items())


def broken(name, value):
    G = small()
    with torch.no_grad():
        weight = G.get_parameter(name)
        weight[(0,) * weight.ndim] = value
    return G


W, START_OF = torch.zeros(8), {"mix": (0, 0, 1)}


@pytest.mark.parametrize("error, arguments, names", [
    (TypeError, {"G": lambda: torch.tanh}, ["G", "builtin", "StyleGenerator", "stylegan_pair()"]),
    (TypeError, {"G": lambda: progressive_pair({4: 8, 8: 4}, 8)[0]}, ["G", "got Generator", "StyleGenerator"]),
    (TypeError, {"G": lambda: stylegan_pair({4: 8, 8: 4}, 8)[1]}, ["G", "got GrowingDiscriminator"]),
    (TypeError, {"G": lambda: small().net}, ["G", "got StyleNet"]),
    (TypeError, {"G": lambda: Generator(small().net, 8)}, ["G", "got Generator"]),
    (ValueError, {"G": lambda: stylegan_pair({4: 96, 8: 96, 16: 48})[0]}, ["G", "250,000", "500 kB", "fewer channels"]),
    (ValueError, {"G": lambda: broken("net.layers.1.conv.weight", torch.nan)}, ["G", "not finite"]),
    (ValueError, {"G": lambda: broken("net.constant", 1e6)}, ["G", "not finite in half", "65504"]),
    (ValueError, {"directions": [W]}, ["directions", "dict", '{"smile": d}']),
    (ValueError, {"directions": {str(i): W for i in range(7)}}, ["directions", "at most 6"]),
    (ValueError, {"directions": {" ": W}}, ["directions", "' '", "words"]),
    (ValueError, {"directions": {"psi": W}}, ["directions", "'psi'", "other than", "mix"]),
    (ValueError, {"directions": {"smile": torch.zeros(9)}}, ["directions", "smile", "(9,)", "(8,)", "(3, 8)"]),
    (ValueError, {"directions": {"smile": torch.zeros(1, 8)}}, ["smile", "(1, 8)", "(3, 8) for each"]),
    (ValueError, {"directions": {"smile": [0.0] * 8}}, ["smile", "[0.0", "tensor in W"]),
    (ValueError, {"directions": {"smile": W / 0}}, ["smile", "not finite"]),
    (ValueError, {"inspector": lambda: inspecting(32)}, ["inspector", "size 32", "of size 16"]),
    (ValueError, {"inspector": lambda: torch.tanh}, ["inspector", "builtin", "Inspector"]),
    (ValueError, {"inspector": lambda: Inspector(16, width=3)}, ["inspector", "report", "fit_inspector"]),
    (ValueError, {"second": lambda: inspecting(32)}, ["second", "size 32", "of size 16"]),
    (ValueError, {"sources": torch.zeros(3, 8)}, ["sources", "(3, 8)", "(2, 8)", "G.noise(2)[:, 0]"]),
    (ValueError, {"sources": torch.zeros(2, 8) / 0}, ["sources", "(2, 8)", "finite"]),
    (ValueError, {"sources": 3}, ["sources", "3", "tensor (2, 8)"]),
    (ValueError, {"start": {"frown": 1}}, ["start", "'frown'", "mix, psi, noise, smile"]),
    (ValueError, {"start": {"mix": (0, 1)}}, ["start", "mix", "(0, 1)", "3 numbers"]),
    (ValueError, {"start": {"mix": (0, 1, 2)}}, ["start", "mix", "from 0"]),
    (ValueError, {"start": {"mix": 0.5}}, ["start", "mix", "0.5"]),
    (ValueError, {"start": {"psi": 1.5}}, ["start", "psi", "1.5", "0 to 1"]),
    (ValueError, {"start": {"psi": True}}, ["start", "psi", "True"]),
    (ValueError, {"start": {"smile": -2}}, ["start", "smile", "-1 to 1"]),
    (ValueError, {"start": {"noise": 0.5}}, ["start", "noise", "0.5", "whole number"]),
    (ValueError, {"start": {"noise": -1}}, ["start", "noise", "-1"]),
])
def test_bad_input_is_named(error, arguments, names):
    made = {name: value() if callable(value) else value for name, value in arguments.items()}
    with pytest.raises(error) as raised:
        StyleExplorer(**{"G": small(), "directions": {"smile": W}, "inspector": inspecting(), **made})
    for name in names:
        assert name in str(raised.value)


def test_without_mapping_a_source_of_any_length_is_one_face(in_node, scripts):
    """pixel_norm takes the length away, on both sides."""
    G = styled({4: 8, 8: 8}, 12, depth=0)
    one, other = (explorer(G, {}, sources=k * torch.ones(2, 12)).image() for k in (1, 3))
    assert (one - other).abs().max() < 1e-3
