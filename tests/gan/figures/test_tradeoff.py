"""gan.figures.TruncationCurve: its numbers are those of NumPy, its words the rows'; its weights; bad input is named."""
import base64
import io
import json

import numpy as np
import pytest
import torch
from PIL import Image

import gan
from gan.figures import TruncationCurve
from gan.figures.styletext import hashed_maps, hashed_normals, style_as_text
from gan.models import Generator, progressive_pair, stylegan_pair

PSIS = (0.0, 0.5, 1.0, 1.2)


def row(seed, psi, **changed):
    return {"seed": seed, "psi": psi, "precision": 0.9 - 0.2 * psi + 0.01 * seed, "recall": 0.3 * psi + 0.02 * seed,
            "density": 1.5 - psi / 2, "coverage": 0.2 + 0.5 * psi, "distance": 90 - 60 * psi + seed, **changed}


def rows(seeds=3, psis=PSIS):
    return [row(seed, psi) for seed in range(seeds) for psi in psis]


@torch.no_grad()
def styled(channels=None, latent=8, **options):
    """A generator whose every part shows: biases, styles and strengths of noise as training may leave them."""
    G, _ = stylegan_pair(channels or {4: 8, 8: 6, 16: 4}, latent, **options)
    for layer in G.net.layers:
        layer.strength.fill_(4)
        layer.conv.bias.normal_(0, 5)
    return G


def curve(given=None, **options):
    return TruncationCurve(given or rows(), **{"G": styled(), **options})


# What is handed to the page ------------------------------------------------------------------------------------------
def test_rows_in_any_order_become_a_list_for_each_seed():
    mixed = rows()[::-1]
    figure = TruncationCurve([{"seed": 5, "note": "passed over", **one} for one in mixed], styled())
    assert figure.steps == list(PSIS) and figure.start == figure.psi == 1
    assert figure.measured == {name: [[pytest.approx(one[name], rel=1e-3) for one in rows() if one["seed"] == seed]
                                      for seed in (2, 1, 0)]
                               for name in ("precision", "recall", "density", "coverage", "distance")}
    assert repr(figure) == "TruncationCurve(24 faces, 4 ψ's, 3 seeds)"
    assert "1 seed)" in repr(curve(rows(1)))


def test_what_is_not_measured_is_left_out():
    few = [{name: one[name] for name in ("seed", "psi", "precision", "recall")} for one in rows()]
    assert list(curve(few).measured) == ["precision", "recall"]
    assert list(curve([{**one, "distance": 3} for one in few]).measured) == ["precision", "recall", "distance"]


def test_the_weights_are_gs_without_its_mapping_in_half_precision():
    G = styled(depth=2)
    figure = curve(G=G)
    names, counts, scales = zip(*figure.tensors)
    assert not [name for name in names if name.startswith("mapping")]
    assert set(names) == {name for name, _ in G.net.named_parameters() if not name.startswith("mapping")}
    halves = np.frombuffer(base64.b64decode(figure.weights), "<f2").astype(np.float32)
    assert len(halves) == sum(counts)
    for name, part, scale in zip(names, np.split(halves, np.cumsum(counts)), scales):
        assert np.allclose(part, G.net.get_parameter(name).detach().numpy().ravel(), rtol=1e-3, atol=1e-6), name
        assert scale > 0
    whole = style_as_text(G)[1]
    assert sum(count for _, count, _ in whole) == sum(weight.numel() for weight in G.net.parameters())


def test_the_stored_generator_is_the_default_and_fits_the_page():
    figure = TruncationCurve(rows())
    stored = gan.evidence.load("stylegan_faces")["runs"][0]["G"]
    G = stylegan_pair()[0]
    G.load_state_dict(stored)
    assert np.allclose(figure.centre, G.net.mean(), atol=1e-4) and np.shape(figure.w) == (24, 64)
    size = len(json.dumps({key: value for key, value in figure.get_state().items() if key not in ("_esm", "_css")}))
    assert 400_000 < size < 460_000


def test_truncation_shrinks_towards_the_mean_and_only_noise_is_left_at_0():
    G = styled()
    figure = curve(G=G)
    images = {psi: figure.images(psi) for psi in (0, 0.5, 1)}
    assert images[1].shape == (24, 3, 16, 16) and torch.equal(figure.images(), images[1])
    spread = {psi: x.std(0).mean().item() for psi, x in images.items()}
    assert 0 < spread[0] < spread[0.5] < spread[1]
    for layer in G.net.layers:
        layer.strength.data.zero_()
    still = curve(G=G).images(0)
    assert (still - still[0]).abs().max() < 1e-5 and (curve(G=G).images(1) - still).abs().max() > 0.1


def test_given_ws_are_drawn():
    G, w = styled(), torch.randn(5, 8)
    figure = curve(G=G, w=w)
    maps = [torch.cat(layer) for layer in zip(*(hashed_maps([4, 8, 16], i + 1) for i in range(5)))]
    direct = G.net.synthesis(w[:, None].expand(-1, 3, -1), maps).clamp(-1, 1)
    assert (figure.images(1) - direct).abs().max() < 0.02                        # half precision, four decimals


@pytest.mark.parametrize("given", [rows(), rows(1), rows(2, (0.3, 0.7, 1.0))])
def test_still_is_a_png_that_is_the_same_each_time(given):
    G = styled()
    first = curve(given, G=G)._still()
    assert Image.open(io.BytesIO(first)).size == (840, 390) and first == curve(given, G=G)._still()
    assert len(first) < 90_000


# Bad input -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("given, error, words", [
    ([], TypeError, "a list of dicts"), ({"psi": 1}, TypeError, "a list of dicts"), ([3], TypeError, "a list of dicts"),
    (None, TypeError, "rows: got None"),
    ([*rows(), {"seed": 9, "psi": 1}], ValueError, "row 12 has no 'precision'"),
    ([{"psi": 1, "precision": 1, "recall": 1}], ValueError, "row 0 has no 'seed'"),
    ([row(0, 0), row(0, 0.5, recall=1.2)], ValueError, "row 1 has recall 1.2; must be a finite number from 0 to 1"),
    ([row(0, -0.5)], ValueError, "psi -0.5; must be a finite number that is not negative"),
    ([row(0, 0, distance=float("nan"))], ValueError, "distance nan"),
    ([row(0, 0, precision="0.9")], ValueError, "precision '0.9'"),
    ([row(0, 0, precision=True)], ValueError, "precision True"),
    ([{key: value for key, value in row(0, 1).items() if key != "density"}], ValueError, "must hold both, or none"),
    ([*rows(), row(1, 0.5)], ValueError, "seed 1 is there twice at psi 0.5"),
    (rows()[:-1], ValueError, "seed 2 has the ψ's .* the first seed"),
    (rows(2, (0.5, 1.0)), ValueError, "2 different psi; must hold 3 or more"),
])
def test_rows_that_do_not_fit_are_named(given, error, words):
    with pytest.raises(error, match=words):
        TruncationCurve(given, styled())


@pytest.mark.parametrize("options, error, words", [
    ({"psi": 0.7}, ValueError, "psi: got 0.7; must be one of those measured: 0, 0.5, 1, 1.2"),
    ({"psi": "1"}, ValueError, "psi: got '1'"), ({"psi": True}, ValueError, "psi: got True"),
    ({"w": torch.randn(3, 7)}, ValueError, r"w: got \(3, 7\); must be a tensor of 1 to 24 w's of 8"),
    ({"w": torch.randn(25, 8)}, ValueError, "1 to 24"), ({"w": torch.randn(0, 8)}, ValueError, "1 to 24"),
    ({"w": torch.full((3, 8), torch.nan)}, ValueError, "finite"), ({"w": [[0.0] * 8]}, ValueError, "w: got"),
    ({"G": progressive_pair({4: 8, 8: 8}, 8)[0]}, TypeError, "must be a StyleGenerator"),
    ({"G": Generator(torch.nn.Linear(8, 8), 8)}, TypeError, "G: got Generator"),
])
def test_options_that_do_not_fit_are_named(options, error, words):
    with pytest.raises(error, match=words):
        curve(**options)


def test_weights_that_the_page_cannot_hold_are_refused():
    with pytest.raises(ValueError, match="at most 250,000"):
        curve(G=stylegan_pair({4: 128, 8: 128}, 8)[0])
    G = styled()
    with torch.no_grad():
        G.net.constant[0, 0, 0, 0] = 1e6
    with pytest.raises(ValueError, match="not finite in half precision"):
        curve(G=G)


# The page's numbers --------------------------------------------------------------------------------------------------
IMPORTS = """import { styleNet, noiseMaps } from "./figures/stylenet.js";
import { normals } from "./figures/convnet.js";
globalThis.matchMedia = () => ({ matches: false });
const tradeoff = await import("./figures/tradeoff.js");"""


def asked(in_node, folder, body, **values):
    given = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in values.items())
    return in_node(folder, IMPORTS, given + body)


def test_a_face_in_the_page_is_pytorchs_at_three_psis(in_node, scripts):
    """To 1/255, of a trained network, with its noise."""
    figure = TruncationCurve(rows())
    state = {name: getattr(figure, name) for name in ("sizes", "tensors", "weights", "centre", "w")}
    drawn = asked(in_node, scripts, """
        const G = styleNet(state.sizes, state.tensors, state.weights);
        return [0, 0.7, 1.2].map((psi) => [0, 7, 23].map((k) => [...tradeoff.faceAt(G, state, k, psi)]));
        """, state=state)
    for psi, faces in zip((0, 0.7, 1.2), drawn):
        real = figure.images(psi)[[0, 7, 23]]
        page = torch.tensor(faces).reshape(3, 3, 32, 32)
        assert (page - real).abs().max() < 2 / 255 / 4 and real.std() > 0.2


def test_noise_in_the_page_is_the_same(in_node, scripts):
    numbers, maps = asked(in_node, scripts, "return [[...normals(12, 7)], noiseMaps([4, 8], 3).map((one) => [...one])]")
    assert np.allclose(numbers, hashed_normals(12, 7), atol=1e-12)
    for page, real in zip(maps, hashed_maps([4, 8], 3)):
        assert np.allclose(page, real.flatten(), atol=1e-6)


def test_between_measured_psis_it_is_the_straight_line(in_node, scripts):
    steps, values, psis = [0.2, 0.5, 1.0, 1.6], [3.0, 5.0, 4.0, 0.0], np.linspace(0.2, 1.6, 29).round(2).tolist()
    page = asked(in_node, scripts, "return psis.map((psi) => tradeoff.at(values, tradeoff.place(steps, psi)))",
                 steps=steps, values=values, psis=psis)
    assert np.allclose(page, np.interp(psis, steps, values))
    shares = asked(in_node, scripts, "return steps.map((psi) => tradeoff.place(steps, psi))", steps=steps)
    assert shares == [{"i": i, "share": 0} for i in range(4)]
    odd = asked(in_node, scripts, "return tradeoff.place([0.1, 0.2, 0.3, 0.4], 0.1 + 0.2)")
    assert odd == {"i": 2, "share": 0}                                           # though 0.1 + 0.2 is above 0.3


def words(in_node, scripts, psi, given=None, start=1.0):
    figure = curve(given)
    return asked(in_node, scripts, "return tradeoff.inWords(measured, steps, psi, start)", psi=psi, start=start,
                 measured=figure.measured, steps=figure.steps)


def test_words_say_means_ranges_and_changes(in_node, scripts):
    assert words(in_node, scripts, 1.0) == [
        "ψ = 1.00, means of 3 seeds: precision 0.710, recall 0.320, density 1.00, coverage 0.700, "
        "Fréchet distance 31.0.",
        "Over the seeds, precision is 0.700 to 0.720 and recall 0.300 to 0.340."]
    assert words(in_node, scripts, 0.5)[::2] == [
        "ψ = 0.50, means of 3 seeds: precision 0.810, recall 0.170, density 1.25, coverage 0.450, "
        "Fréchet distance 61.0.",
        "Against ψ = 1.00: precision 0.100 higher, recall 0.150 lower, density 0.25 higher, coverage 0.250 lower, "
        "Fréchet distance 30.0 higher."]
    said = words(in_node, scripts, 0.75)[0]
    assert said.startswith("ψ = 0.75, means of 3 seeds, read off between the measured 0.5 and 1: precision 0.760, ")


def test_words_of_one_seed_and_of_what_does_not_change(in_node, scripts):
    few = [{"seed": 0, "psi": psi, "precision": 1, "recall": 0} for psi in PSIS]
    assert words(in_node, scripts, 0.5, few) == ["ψ = 0.50: precision 1.000, recall 0.000.",
                                                 "Against ψ = 1.00: precision the same, recall the same."]


@pytest.mark.parametrize("low, high", [(0, 1), (-0.02, 0.31), (0.9435, 1.003), (0, 0.021), (3.2, 140), (-0.1, 1.7)])
def test_marks_are_round_and_few_and_tell_apart(in_node, scripts, low, high):
    found = asked(in_node, scripts, "return tradeoff.marks(low, high)", low=low, high=high)
    values, texts = found["values"], [f"{value:.{found['decimals']}f}" for value in found["values"]]
    assert 2 <= len(values) <= 7 and low - 1e-9 <= min(values) and max(values) <= high + 1e-9
    assert len(set(texts)) == len(texts)
    assert np.allclose([float(text) for text in texts], values, atol=1e-9)


@pytest.mark.parametrize("name, values, least", [("recall", [0, 0.4], 0.4), ("recall", [0, 0, 0], 0.02),
                                                 ("precision", [0.99, 1.0], 0.02), ("distance", [7, 100], 93),
                                                 ("psi", [0, 1.2], 1.2)])
def test_an_axis_holds_all_and_makes_no_mountain_of_noise(in_node, scripts, name, values, least):
    low, high = asked(in_node, scripts, "return tradeoff.extent(name, values)", name=name, values=values)
    assert low < min(values) <= max(values) < high and high - low == pytest.approx(1.14 * least)


def test_spread_is_the_mean_standard_deviation(in_node, scripts):
    images = np.random.default_rng(0).normal(size=(5, 12))
    found = asked(in_node, scripts, "return tradeoff.spread(images)", images=images.tolist())
    assert found == pytest.approx(images.std(0).mean())
