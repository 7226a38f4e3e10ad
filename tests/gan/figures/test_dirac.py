"""gan.figures.dirac: the page's numbers are autograd's in PyTorch, the still is repeatable, bad input is named."""
import base64
import io
import json
import math

import pytest
import torch
from PIL import Image

import gan
from gan.figures import DiracExplorer, dirac

PLACES = [(1.0, 1.0), (-0.7, 1.6), (0.3, -0.2), (-1.5, -0.9), (0.05, 0.4)]
STRENGTHS = [0.3, 1.0, 1.7]


def by_autograd(method, theta, psi, k):
    """Each player's downhill direction, from losses written with the package's functions on logits."""
    theta, psi = torch.tensor([theta, psi], dtype=torch.float64).requires_grad_()
    pair = {"non-saturating": gan.losses.non_saturating}.get(
        method, gan.losses.wasserstein if method.startswith("WGAN") else gan.losses.minimax)
    real, fake = torch.zeros(()).double(), theta
    L_D, L_G = pair.discriminator(psi * real, psi * fake), pair.generator(psi * fake)
    if method == "R1":
        L_D = L_D + k / 2 * psi**2
    if method == "WGAN-GP":
        L_D = L_D + k / 2 * (psi.abs() - 1) ** 2
    if method == "instance noise":
        e = torch.linspace(-9, 9, 2_001, dtype=torch.float64)
        weight = torch.distributions.Normal(0, 1).log_prob(e).exp() * (e[1] - e[0])
        noisy = psi * k * e, psi * (theta + k * e)
        L_D, L_G = (pair.discriminator(*noisy) * weight).sum(), (pair.generator(noisy[1]) * weight).sum()
    if method == "consensus":
        v = [torch.autograd.grad(L, w, create_graph=True)[0] for L, w in ((L_G, theta), (L_D, psi))]
        more = k / 2 * (v[0] ** 2 + v[1] ** 2)
        L_D, L_G = L_D + more, L_G + more
    return [-torch.autograd.grad(L, w, retain_graph=True)[0].item() for L, w in ((L_G, theta), (L_D, psi))]


@pytest.fixture(scope="module")
def page(in_node, tmp_path_factory):
    """What the page's script computes: fields, steps and eigenvalues at all places, strengths and orders."""
    folder = tmp_path_factory.mktemp("dirac")
    (folder / "dirac.mjs").write_text(DiracExplorer._esm, "utf8")
    return in_node(folder, 'import { METHODS, step, eigenvalues } from "./dirac.mjs";', f"""
        const places = {json.dumps(PLACES)}, strengths = {json.dumps(STRENGTHS)}, answers = {{}};
        for (const name of Object.keys(METHODS)) answers[name] = strengths.map((k) => ({{
          field: places.map((p) => METHODS[name].field(...p, k)),
          steps: [false, true].map((turn) => places.map((p) => step(name, p, 0.2, k, turn))),
          eigenvalues: [false, true].map((turn) => eigenvalues(name, 0.2, k, turn)),
        }}));
        return answers;
    """)


def test_page_has_the_same_methods(page):
    assert list(page) == list(dirac.FIELDS)


@pytest.mark.parametrize("method", dirac.FIELDS)
@pytest.mark.parametrize("i, k", list(enumerate(STRENGTHS)))
def test_fields_are_those_of_autograd(page, method, i, k):
    for place, ours in zip(PLACES, page[method][i]["field"], strict=True):
        expected = by_autograd(method, *place, k)
        in_python = dirac.FIELDS[method](*torch.tensor(place, dtype=torch.float64), k)
        assert ours == pytest.approx(expected, abs=1e-8)
        assert [v.item() for v in in_python] == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("method", dirac.FIELDS)
@pytest.mark.parametrize("i, k", list(enumerate(STRENGTHS)))
def test_steps_and_eigenvalues_are_those_of_the_python_step(page, method, i, k):
    for turn, first in enumerate((None, "D")):
        for place, ours in zip(PLACES, page[method][i]["steps"][turn], strict=True):
            step = dirac.step(method, torch.tensor(place, dtype=torch.float64), 0.2, k, first)
            assert ours == pytest.approx(step.tolist(), abs=1e-9)
        ours = page[method][i]["eigenvalues"][turn]
        if method == "WGAN-GP":
            assert ours is None
            continue
        J = torch.autograd.functional.jacobian(lambda w: dirac.step(method, w, 0.2, k, first),
                                               torch.zeros(2, dtype=torch.float64))
        expected = sorted((v.real, v.imag) for v in torch.linalg.eigvals(J).tolist())
        for mine, theirs in zip(sorted(map(tuple, ours)), expected, strict=True):
            assert mine == pytest.approx(theirs, abs=1e-6)


def test_alternating_by_hand():
    """G first: theta moves, psi answers the new theta; D first the other way round; rates of their own."""
    start = torch.tensor([1.0, 1.0], dtype=torch.float64)
    assert dirac.step("WGAN", start, 0.2, first="G").tolist() == pytest.approx([1.2, 1 - 0.2 * 1.2])
    assert dirac.step("WGAN", start, 0.2, first="D").tolist() == pytest.approx([1 + 0.2 * 0.8, 0.8])
    assert dirac.step("WGAN", start, 0.2).tolist() == pytest.approx([1.2, 0.8])
    assert dirac.step("WGAN", start, 0.2, d_h=0.6).tolist() == pytest.approx([1.2, 0.4])
    assert dirac.step("WGAN, clipped", start, 0.2, 0.5, "D").tolist() == pytest.approx([1.1, 0.5])


def test_path_starts_at_its_start_and_has_one_state_per_step():
    path = dirac.path("R1", (1.0, -1.0), 50, h=0.2, k=1.0)
    assert path.shape == (51, 2) and path[0].tolist() == [1, -1] and path[-1].norm() < 0.1


def test_still_travels_as_a_picture_the_same_each_time():
    explorer = DiracExplorer("R1", strength=0.3)
    (data, _), (again, _) = explorer._repr_mimebundle_(), DiracExplorer("R1", strength=0.3)._repr_mimebundle_()
    assert data["image/png"] == again["image/png"]
    assert data["image/png"] != DiracExplorer("R1", strength=1.0)._repr_mimebundle_()[0]["image/png"]
    assert Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).size == (460, 440)
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == explorer.model_id
    assert data["text/plain"] == repr(explorer) == "DiracExplorer('R1', strength=0.3, h=0.2, in_turn=False)"


@pytest.mark.parametrize("arguments, names", [
    ({"method": "WGAN-XY"}, ["method", "WGAN-XY", "minimax"]),
    ({"strength": 3}, ["strength", "3", "0 and 2"]),
    ({"h": 0}, ["h is 0", "0.02 and 1"]),
    ({"theta": -2.5}, ["theta", "-2.5"]),
    ({"psi": math.nan}, ["psi", "nan"]),
])
def test_bad_input_is_named(arguments, names):
    with pytest.raises(ValueError) as error:
        DiracExplorer(**arguments)
    for name in names:
        assert name in str(error.value)
