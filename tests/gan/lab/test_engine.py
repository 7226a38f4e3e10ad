"""The lab's networks and engine in node: gradients and updates are PyTorch's, a seed repeats a run."""
import json

import pytest
import torch

import gan
from gan.models import mlp

SETTING = {"loss": "non_saturating", "lr": 1e-3, "d_lr": 2e-3, "beta1": 0.5, "d_steps": 2, "width": 16, "latent": 3,
           "batch": 24, "seed": 5, "r1": 0, "gp": 0, "clip": 0}
LOSSES = ["minimax", "non_saturating", "least_squares", "hinge", "wasserstein"]
EXTRAS = [{}, {"r1": 0.7}, {"gp": 3.0}, {"clip": 0.05}, {"r1": 0.7, "gp": 3.0}]


# Three iterations, written down: what each update was given and what it made of it. Adam's first mean is its first
# gradient times 1 - beta1, from which the gradient is had back.
RECORD = """
    const setting = %s, run = E.start(setting, S.DATA.ring.draw), log = [];
    const dump = (net, name) => E.parametersOf(net).map((p) => [...p[name]]);
    const weights = () => ({ G: dump(run.G, "value"), D: dump(run.D, "value") });
    const before = weights();
    for (let i = 0; i < 3; i++) {
      for (let k = 0; k < setting.d_steps; k++) {
        E.stepD(run);
        log.push({ player: "D", both: [...run.both], z: [...run.z], points: [...run.oneTape.x ?? []], loss: run.dLoss,
                   mean: dump(run.D, "mean") });
      }
      E.stepG(run);
      log.push({ player: "G", loss: run.gLoss, norm: run.gNorm, mean: dump(run.G, "mean") });
    }
    return { before, after: weights(), log };
"""


def network(sizes, weights):
    net = mlp(sizes, gan.models.leaky).double()
    with torch.no_grad():
        for parameter, values in zip(net.parameters(), weights, strict=True):
            parameter.copy_(torch.tensor(values, dtype=torch.float64).view_as(parameter))
    return net


def slope(D, x):
    """|grad D(x)| squared, (B,), to be differentiated once more: the formula, written out."""
    x = x.clone().requires_grad_()
    gradient, = torch.autograd.grad(D(x).sum(), x, create_graph=True)
    return gradient.square().sum(1)


def far(ours, theirs):
    """Largest difference, as a share of the largest value."""
    ours = torch.cat([torch.tensor(o, dtype=torch.float64).flatten() for o in ours])
    theirs = torch.cat([t.detach().flatten() for t in theirs])
    return ((ours - theirs).abs().max() / theirs.abs().max()).item()


@pytest.mark.parametrize("extra", EXTRAS, ids=lambda extra: "+".join(extra) or "plain")
@pytest.mark.parametrize("name", LOSSES)
def test_gradients_and_updates_are_those_of_autograd_and_adam(node, name, extra):
    setting = {**SETTING, **extra, "loss": name}
    told = node(RECORD % json.dumps(setting))
    width, batch, loss = setting["width"], setting["batch"], getattr(gan.losses, name)
    G = network([setting["latent"], width, width, 2], told["before"]["G"])
    D = network([2, width, width, 1], told["before"]["D"])
    g_adam, d_adam = (torch.optim.Adam(net.parameters(), lr, (setting["beta1"], 0.999))
                      for net, lr in ((G, setting["lr"]), (D, setting["d_lr"])))
    first = set()
    for record in told["log"]:
        net, adam = (D, d_adam) if record["player"] == "D" else (G, g_adam)
        if net is D:
            real, copied = torch.tensor(record["both"], dtype=torch.float64).view(2, batch, 2)
            z = torch.tensor(record["z"], dtype=torch.float64).view(batch, -1)
            fake = G(z)
            assert far([copied.tolist()], [fake]) < 1e-6
            total = loss.discriminator(D(real)[:, 0], D(copied)[:, 0]).mean()
            if setting["r1"]:
                total = total + setting["r1"] / 2 * slope(D, real).mean()
            if setting["gp"]:
                points = torch.tensor(record["points"], dtype=torch.float64).view(batch, 2)
                t = ((points - real) * (copied - real)).sum(1) / (copied - real).square().sum(1)
                assert ((0 <= t) & (t < 1)).all() and t.std() > 0.15
                assert torch.allclose(points, real + t[:, None] * (copied - real))
                total = total + setting["gp"] * ((slope(D, points) + 1e-12).sqrt() - 1).square().mean()
        else:
            total = loss.generator(D(fake)[:, 0]).mean()
        gradients = torch.autograd.grad(total, list(net.parameters()))
        assert record["loss"] == pytest.approx(total.item(), rel=1e-6)
        if net is G:
            norm = torch.cat([g.flatten() for g in gradients]).norm().item()
            assert record["norm"] == pytest.approx(norm, rel=1e-6)
        if record["player"] not in first:
            first.add(record["player"])
            ours = [torch.tensor(mean, dtype=torch.float64) / (1 - setting["beta1"]) for mean in record["mean"]]
            assert far([o.tolist() for o in ours], gradients) < 1e-9                     # the bar is 1e-5
        for parameter, gradient in zip(net.parameters(), gradients, strict=True):
            parameter.grad = gradient
        adam.step()
        if net is D and setting["clip"]:
            with torch.no_grad():
                for parameter in D.parameters():
                    parameter.clamp_(-setting["clip"], setting["clip"])
    assert first == {"D", "G"}
    for name, net in (("G", G), ("D", D)):
        assert far(told["after"][name], net.parameters()) < 1e-6       # Adam divides by roots of near zeros


def test_losses_are_finite_where_a_plain_sigmoid_is_not(node):
    told = node("return [1e4, -1e4, 800, 0].map((a) => Object.values(E.LOSSES).map((loss) => "
                "[loss.real(a), loss.fake(a), loss.generator(a)]))")
    logits = torch.tensor([1e4, -1e4, 800, 0], dtype=torch.float64, requires_grad=True)
    for column, name in enumerate(LOSSES):
        loss, zero = getattr(gan.losses, name), torch.zeros(4, dtype=torch.float64)
        values = [loss.discriminator(logits, zero) - loss.discriminator(zero * 0, zero) + node_real0(name),
                  loss.discriminator(zero, logits) - loss.discriminator(zero, zero * 0) + node_fake0(name),
                  loss.generator(logits)]
        for part, value in enumerate(values):
            gradient, = torch.autograd.grad(value.sum(), logits)
            for row in range(4):
                ours = told[row][column][part]
                assert ours[0] == pytest.approx(value[row].item(), abs=1e-9), (name, part, row)
                if not (name == "hinge" and abs(logits[row]) == 1):
                    assert ours[1] == pytest.approx(gradient[row].item(), abs=1e-12), (name, part, row)


def node_real0(name):
    """What a real sample of logit 0 pays."""
    return {"least_squares": 0.5, "hinge": 1.0, "wasserstein": 0.0}.get(name, torch.tensor(2.0).double().log().item())


def node_fake0(name):
    return {"least_squares": 0.0, "hinge": 1.0, "wasserstein": 0.0}.get(name, torch.tensor(2.0).double().log().item())


def test_one_update_of_a_player_leaves_the_other_alone_and_a_seed_repeats_a_run(node):
    told = node("""
        const setting = S.PRESETS.first.setting;
        const dump = (net) => JSON.stringify(E.parametersOf(net).map((p) => [...p.value]));
        const run = S.begin(setting).run, states = [[dump(run.G), dump(run.D)]];
        for (const act of [E.stepD, E.stepG, E.stepG, E.stepD]) { act(run); states.push([dump(run.G), dump(run.D)]); }
        const again = S.begin(setting).run, other = S.begin({ ...setting, seed: 1 }).run;
        for (const act of [E.stepD, E.stepG, E.stepG, E.stepD]) { act(again); S.fakesOf(again, 100); }
        const moved = states.slice(1).map((now, k) => now.map((text, net) => text !== states[k][net]));
        return { moved, same: dump(again.G) === dump(run.G), other: dump(other.G) === states[0][0] };
    """)
    assert told["moved"] == [[False, True], [True, False], [True, False], [False, True]]
    assert told["same"] and not told["other"]


def test_noise_is_normal_and_uniform_numbers_are_even(node):
    u, n = node("const r = E.randomness(3), many = (f) => Array.from({ length: 50000 }, f);"
                "return [many(r.uniform), many(r.normal)]")
    u, n = torch.tensor(u), torch.tensor(n)
    assert u.min() >= 0 and u.max() < 1
    assert torch.histc(u, 20, 0, 1).sub(2500).abs().max() < 250
    sorted_n, expected = n.sort().values, torch.distributions.Normal(0.0, 1.0).icdf((torch.arange(50000) + 0.5) / 50000)
    assert (sorted_n - expected)[500:-500].abs().max() < 0.06
    assert abs(torch.corrcoef(torch.stack([n[:-1], n[1:]]))[0, 1]) < 0.02
