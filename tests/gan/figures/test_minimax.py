"""gan.figures.MinimaxExplorer: its numbers are PyTorch's, its still is repeatable, bad input is named."""
import base64
import io
import json
import math

import pytest
import torch
from PIL import Image
from torch.distributions import Normal
from torch.nn.functional import logsigmoid

from gan.figures import MinimaxExplorer

SETTINGS = [(0, 1), (1.5, 0.7), (-2, 2.5), (5, 0.4), (-5, 3), (0.05, 1), (0, 0.4)]


def by_quadrature(mean, width):
    """V at the best D, and JSD, in PyTorch."""
    x = torch.linspace(-60, 60, 240_001, dtype=torch.float64)
    real, fake = Normal(0.0, 1.0), Normal(torch.tensor(mean, dtype=torch.float64), torch.tensor(width).double())
    log_p, log_p_g = real.log_prob(x), fake.log_prob(x)
    a = log_p - log_p_g
    V = torch.trapezoid(log_p.exp() * logsigmoid(a) + log_p_g.exp() * logsigmoid(-a), x).item()
    return {"V": V, "JSD": (V + math.log(4)) / 2}


def test_numbers_are_those_of_quadrature_in_pytorch(in_node, tmp_path):
    (tmp_path / "minimax.mjs").write_text(MinimaxExplorer._esm, "utf8")
    answers = in_node(tmp_path, 'import { at, value } from "./minimax.mjs";',
                      f"return {json.dumps(SETTINGS)}.map((s) => [value(...s), at(0.3, ...s)]);")
    for (mean, width), (value, at) in zip(SETTINGS, answers, strict=True):
        assert value == pytest.approx(by_quadrature(mean, width), abs=1e-8)
        bells = Normal(0.0, 1.0), Normal(float(mean), float(width))
        p, p_g = (bell.log_prob(torch.tensor(0.3)).exp().item() for bell in bells)
        D = p / (p + p_g)
        best = p * math.log(D) + (p_g * math.log(1 - D) if p_g > 1e-20 else 0)
        coin = -(p + p_g) * math.log(2)
        assert at == pytest.approx({"p": p, "pg": p_g, "D": D, "best": best, "coin": coin}, abs=1e-5)


def test_still_travels_as_a_picture_the_same_each_time():
    explorer = MinimaxExplorer(mean=1.5, width=0.7)
    (data, _), (again, _) = explorer._repr_mimebundle_(), MinimaxExplorer(mean=1.5, width=0.7)._repr_mimebundle_()
    assert data["image/png"] == again["image/png"]
    assert Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).size == (640, 420)
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == explorer.model_id
    assert data["text/plain"] == repr(explorer) == "MinimaxExplorer(mean=1.5, width=0.7)"


@pytest.mark.parametrize("arguments, names", [
    ({"mean": 6}, ["mean", "6", "-5 and 5"]),
    ({"width": 0}, ["width", "0", "0.4 and 3"]),
    ({"mean": math.nan}, ["mean", "nan"]),
])
def test_bad_input_is_named(arguments, names):
    with pytest.raises(ValueError) as error:
        MinimaxExplorer(**arguments)
    for name in names:
        assert name in str(error.value)
