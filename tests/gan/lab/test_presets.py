"""The lab's data sets are the package's, and its presets do what they say, some of them in gan.train too."""
import pytest
import torch

import gan
import gan.metrics
from gan.lab import source

PRESETS = source.presets()


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


def play(node, name, steps=0):
    """Three runs of a preset, with seeds that it was not tuned on: modes, quality, and whether what it says holds."""
    return node("""
        const preset = S.PRESETS.%s, arithmetic = S.quick();
        return [100, 101, 102].map((seed) => {
          const lab = S.begin({ ...preset.setting, seed }, arithmetic);
          while (lab.run.steps < (%d || preset.steps)) { E.step(lab.run); S.watch(lab); }
          return { ...S.count(lab), holds: preset.holds(lab.seen) };
        });
    """ % (name, steps))


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
    setting, steps = node(f"const p = S.PRESETS.{name}; return [p.setting, Math.min(p.steps, 3000)]")
    ours = [torch.tensor([float(one[key]) for one in play(node, name, steps)]) for key in ("modes", "quality")]
    theirs = seen_by_gan_train(setting, steps)
    modes, quality = {"first": ((7, 8), (0.2, 0.9)), "vanishing": ((0, 0.7), (0, 0.1)), "collapse": ((0, 4), (0, 1)),
                      "cure": ((6, 8), (0.01, 0.2))}[name]
    for found, share in (ours, theirs):
        assert modes[0] <= found.mean() <= modes[1] and quality[0] <= share.mean() <= quality[1], (ours, theirs)
