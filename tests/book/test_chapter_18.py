"""Chapter 18 catches the errors it warns of, its exercises refuse wrong answers, no rival passes."""
import pytest
import torch
from cells import exercise, refuses, refuses_answer, run
from rivals import RIVALS, train_of

import gan
from gan.penalties import r1, r2

CHAPTER = "18_today"
TOOLS, BLOCK, PAIR = "from gan.ensemble import Generators", "class Block(", "def residual_pair("
LOSS = "relativistic = "
LINEAR, GROWTH, FILTER = "linear = lambda", "def growth(", "filtered ="
FLOW_LOSS, FLOWING, CARRIED, TRUE, ENDS = ("def flow_loss(", "def flowing(", "def carried(", "def true_velocity(",
                                           "ends = carried")
NETS = (TOOLS, BLOCK, PAIR)
FLOW = (*NETS, FLOW_LOSS, FLOWING, CARRIED, TRUE, ENDS)
BRIEF = [("r), 400):", "r), 1):")]               # where a check before the network's claim is to fail
FAULTS = {
    "an R3GAN that is not relativistic":
        ((TOOLS, LOSS, LINEAR), [("discriminator=lambda real, fake: softplus(fake - real)",
                                  "discriminator=lambda real, fake: softplus(-real) + softplus(fake)")],
         "the recipe's loss does not change"),
    "both players paid for the same lead":
        ((TOOLS, LOSS, LINEAR), [("generator=lambda fake, real: softplus(real - fake)",
                                  "generator=lambda fake, real: softplus(fake - real)")],
         "G's loss takes the real sample"),
    "R2 at reals": ((TOOLS, LOSS, LINEAR), [("torch.allclose(r2(3.0)(curved, *line)",
                                             "torch.allclose(r1(3.0)(curved, *line)")], "D(x) = |x|²/2 pays"),
    "a penalty without its half": ((TOOLS, LOSS, LINEAR), [("[penalty(3.0)(linear", "[2 * penalty(3.0)(linear")],
                                   "a linear critic pays the same"),
    "a last layer that is drawn": ((*NETS, GROWTH), [("            self.V.weight.zero_()", "            pass")],
                                   "a residual net of 16 blocks begins"),
    "a block without its own way past":
        ((*NETS, GROWTH), [("return x + self.V(", "return self.V(")], "a residual net of 16 blocks begins"),
    "a filter that sums to 2": ((TOOLS, FILTER), [("[[[0.25, 0.5, 0.25]]]", "[[[0.5, 1.0, 0.5]]]")],
                                "[1, 2, 1]/4 keeps a constant"),
    "means of two for the filter": ((TOOLS, FILTER), [("[[[0.25, 0.5, 0.25]]]", "[[[0.5, 0.0, 0.5]]]")],
                                    "[1, 2, 1]/4 keeps a constant"),
    "time that runs the wrong way":
        (FLOW, [("(t * law.std ** 2 - (1 - t)) / width", "((1 - t) - t * law.std ** 2) / width"), *BRIEF],
         "followed in 400 steps"),
    "bells that all count alike": (FLOW, [("- away.square().sum(-1) / 2 / width)", "- 0 * away.sum(-1))"), *BRIEF],
                                   "the mixture's formula is the mean"),
    "a velocity towards noise": (FLOW, [("(v(clocked(z + t * (x - z), t)) - (x - z))",
                                         "(v(clocked(z + t * (x - z), t)) - (z - x))")], "after 400 steps the network"),
    "a way with its ends exchanged": (FLOW, [("z + t * (x - z), t)) - (x - z)", "x + t * (z - x), t)) - (x - z)")],
                                      "after 400 steps the network"),
    "a network that has learned nothing": (FLOW, BRIEF, "after 400 steps the network"),
}

PICTURES = (TOOLS, "class ConvBlock(", "class Basis(", "def picture_pair(", "bare = [")
FAULTS |= {
    "a picture block whose last layer is drawn":
        (PICTURES, [("conv(wide, width, 1, 1, 0.0)", "conv(wide, width, 1, 1, gain)")],
         "both picture networks begin as themselves without blocks"),
    "a picture block without its way past": (PICTURES, [("return x + self.layers(x)", "return self.layers(x)")],
                                             "both picture networks begin as themselves without blocks"),
    "batch norm in the picture block":
        (PICTURES, [("conv(wide, wide, 3, wide // 16, gain),", "nn.BatchNorm2d(wide),")],
         "no picture depends on others of its batch"),
    "a picture halved without its filter":
        (PICTURES, [("avg_pool2d(avg_pool2d(pad(x, (1, 0, 1, 0), \"replicate\"), 2, 1), 2)", "x[..., ::2, ::2]")],
         "halved and doubled, a constant stays"),
    "a filter with zeros beyond the rims":
        (PICTURES, [("(1, 0, 1, 0), \"replicate\")", "(1, 0, 1, 0))")], "halved and doubled, a constant stays"),
    "pictures doubled without their right strength":
        (PICTURES, [("return avg_pool2d(x, 2, 1)", "return avg_pool2d(x, 2, 1) / 4")],
         "halved and doubled, a constant stays"),
}


STORED, BEDS, LIVE, NOW, DENSITY, DENSE = ("race = gan.evidence.load", "beds = race[", "LIVE = {", "MARGIN = {",
                                          "def log_density(", "there = carried")
SHORT = [('LIVE = {"flow": 2_000, "GAN": 1_000}', 'LIVE = {"flow": 250, "GAN": 125}')]
DENSITIES = (*FLOW[:-1], STORED, DENSITY, DENSE)
FAULTS |= {
    "a flow that has hardly learned": ((*FLOW[:-1], STORED, BEDS, LIVE, NOW), [*SHORT, *BRIEF], "flow, after"),
    "a log density without the divergence":
        (DENSITIES, [("gathered + dt * spreading", "gathered + 0 * spreading"), *BRIEF], "the log density of one bell"),
    "a divergence with its sign wrong":
        (DENSITIES, [("return noise - gathered", "return noise + gathered"), *BRIEF], "the log density of one bell"),
    "a divergence of one coordinate":
        (DENSITIES, [("for i in range(x.shape[-1])]", "for i in range(1)]"), *BRIEF], "the log density of one bell"),
    "a way back that is a way on":
        (DENSITIES, [("carried(flows, x, 200, 1.0, 0.0)", "carried(flows, x, 200)"), *BRIEF],
         "back to noise and forth"),
}
ONLY = """def claim(sentence, holds, measured=None):
    if sentence.startswith({start!r}) and not holds:
        raise AssertionError(sentence)"""


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_caught(fault):
    marks, changes, claim = FAULTS[fault]
    refuses(CHAPTER, marks, claim, *changes)


@pytest.mark.parametrize("rival", RIVALS)
def test_no_rival_passes_for_the_gan(rival, monkeypatch):
    monkeypatch.setattr(gan, "train", train_of(rival))
    refuses(CHAPTER, (*FLOW[:-1], LOSS, STORED, BEDS, LIVE, NOW), "GAN, after", *SHORT, *BRIEF,
            given=ONLY.format(start="GAN"))


# The recipe -----------------------------------------------------------------------------------------------------------
def test_penalties_are_r1_and_r2_of_the_right_samples():
    real, fake = torch.randn(2, 5, 3)

    def square(x):
        return x.square().sum(-1)

    assert torch.allclose(r1(2.0)(square, real, fake), 4 * real.square().sum(-1))
    assert torch.allclose(r2(2.0)(square, real, fake), 4 * fake.square().sum(-1))


def test_runs_of_a_pair_do_not_share_a_number():
    torch.manual_seed(0)
    G, D = run(CHAPTER, *NETS)["residual_pair"](2, 3, 4)
    z = torch.randn(4, 6, 3)
    D(G(z))[1].sum().backward()
    for weight in [*G.parameters(), *D.parameters()]:
        assert weight.grad[[0, 2, 3]].abs().max() == 0


def test_a_pair_learns_all_of_its_weights():
    """A block whose last layer is zero passes no gradient to its first one, but only until its first step."""
    names = run(CHAPTER, *NETS, LOSS)
    torch.manual_seed(0)
    G, D = names["residual_pair"](2, 2, 2)
    before = [weight.clone() for weight in [*G.parameters(), *D.parameters()]]
    for _ in gan.train(G, D, gan.data.ring(), steps=3, batch=16, loss=names["relativistic"], device="cpu",
                       penalties=(r1(0.1), r2(0.1))):
        pass
    # But for the offset of D's last layer: nothing depends on the level of D's output.
    for one, other in list(zip(before, [*G.parameters(), *D.parameters()]))[:-1]:
        assert not torch.equal(one, other)


def test_the_picture_pair_learns_all_of_its_weights():
    """Its blocks, groups, learned pictures and head, by the recipe's loss and both penalties."""
    names = run(CHAPTER, *PICTURES[:-1], LOSS)
    torch.manual_seed(0)
    G, D = names["picture_pair"]()
    weights = [*G.parameters(), *D.parameters()]
    before = [weight.clone() for weight in weights]
    for _ in gan.train(G, D, torch.rand(50, 3, 16, 16), steps=3, batch=4, loss=names["relativistic"], device="cpu",
                       penalties=(r1(0.1), r2(0.1))):
        pass
    # Two offsets behind D's last leaky ReLU move its level alone, and nothing depends on that.
    level = (D[-4].layers[-1].bias, D[-2].bias)
    assert all(not torch.equal(one, other) for one, other in zip(before, weights)
               if not any(other is offset for offset in level))


def test_the_middle_of_a_block_looks_one_pixel_around_within_its_group():
    names = run(CHAPTER, TOOLS, "class ConvBlock(")
    middle = names["ConvBlock"](16, 3).layers[2]
    x = torch.zeros(1, 32, 9, 9)
    x[0, 3, 4, 4] = 1
    seen = (middle(x) - middle(0 * x)).abs()[0] > 0
    assert seen[:16, 3:6, 3:6].all() and seen.sum() == 16 * 9


def test_the_flow_is_carried_back_to_where_it_came_from():
    names = run(CHAPTER, TOOLS, *NETS[1:], FLOW_LOSS, CARRIED)

    def v(c):
        return -0.5 * c[..., :2] + c[..., 2:3]

    z = torch.randn(1, 50, 2)
    x = names["carried"](v, z, 2_000)
    assert (names["carried"](v, x, 2_000, 1.0, 0.0) - z).abs().max() < 2e-3


# The exercises --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("answer", [(4, 3), (5, 4), (3, 3.5), (3, 3), (2, 4), (0, 3)])
def test_exercise_1_refuses(answer):
    check = exercise(CHAPTER)
    check(3, 4)
    refuses_answer(check, *answer)


@pytest.mark.parametrize("answer", [(1.25, 5), (5, 20), (2.5, 5), (15, 60), (1.118, 2.236)])
def test_exercise_2_refuses(answer):
    check = exercise(CHAPTER, 2)
    check(2.5, 10.0)
    refuses_answer(check, *answer)


@pytest.mark.parametrize("wrong", [lambda x: x[..., ::2, ::2], lambda x: torch.nn.functional.avg_pool2d(x, 2),
                                   lambda x: x, lambda x: torch.zeros_like(x[..., ::2, ::2])])
def test_exercise_3_refuses(wrong):
    refuses_answer(exercise(CHAPTER, 3), wrong)
