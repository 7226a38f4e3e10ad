"""Chapter 4 catches the errors it warns of, its checks refuse wrong answers, and no rival passes for a trained G."""
import re
from functools import cache

import pytest
import torch
from cells import code_cells, refuses, refuses_answer, run
from rivals import RIVALS, play
from torch.nn.functional import logsigmoid

import gan

CHAPTER = "04_training_loop"
LOOP = ("def d_turn(", "difference = max(")
BY_HAND = "20 steps by hand and 20 steps of gan.train lead to the same weights"
NAIVE, NAIVE_CLAIM = ("naive, = ",), "at logit -30 the loss with + 1e-8"
BATCH_NORM = ("def d_turn(", "difference = max(", "def play(", "def pm(", "def batch_norm_pair(", "def train_seeing(",
              "ways = {", "trap = met[")


# Faults in the loop -------------------------------------------------------------------------------------------------
FAULTS = {
    "bug 1: G's gradients never cleared":
        ("g_adam.zero_grad()                                              # G3", "pass"),
    "D's gradients never cleared":
        ("d_adam.zero_grad()                                              # D3", "pass"),
    "k = 2 forgotten": ("for _ in range(k):", "for _ in range(1):"),
    "minimax in G's turn (papers.md 9)":
        ("loss = -logsigmoid(D(fake))                                     # G4", "loss = logsigmoid(-D(fake))"),
    "the labels exchanged in D's turn": ("-logsigmoid(D(real)) - logsigmoid(-D(fake))              # D4",
                                         "-logsigmoid(-D(real)) - logsigmoid(D(fake))"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_in_the_loop_is_caught(fault):
    refuses(CHAPTER, (*LOOP, "exact, = ", "lead to the same weights"), BY_HAND, FAULTS[fault])


def test_a_package_that_takes_the_log_of_a_rounded_d_is_caught():       # papers.md 9
    refuses(CHAPTER, (*LOOP, "exact, = ", "lead to the same weights"), NAIVE_CLAIM,
            ("gan.losses.non_saturating.generator(b)", "-torch.log(torch.sigmoid(b) + 1e-8)"))


def test_without_a_fault_the_same_cells_pass():
    run(CHAPTER, *LOOP, "exact, = ", "lead to the same weights")


# The four diffs are the loops that run ------------------------------------------------------------------------------
BUGS = {"d_turn": ("d_uncut", "d_cleared_late"), "g_turn": ("g_uncleared", "g_into_both", "g_cut")}


def bare(source):
    """A function's lines without its name, notes and empty lines."""
    lines = [line.split("  #")[0].rstrip() for line in source.splitlines()]
    return [re.sub(r"def \w+", "def", line) for line in lines if line.strip()]


def functions():
    code = "\n\n\n".join(code_cells(CHAPTER))
    return {match[1]: bare(match[0]) for match in re.finditer(r"^def (\w+)\(.*?(?=\n\n\n|\Z)", code, re.M | re.S)}


def diffs():
    """Of each diff in the text: the lines it starts from, and those it ends with, for each function it touches."""
    text = (gan.evidence.FOLDER.parents[1] / f"book/{CHAPTER}.py").read_text("utf-8")
    for block in re.findall(r"# ```diff\n(.*?)# ```", text, re.S):
        lines = [line.removeprefix("# ") for line in block.splitlines()]
        for part in re.split(r"(?=^ def )", "\n".join(lines), flags=re.M):
            if part.strip():
                name = re.match(r" def (\w+)", part)[1]
                old = [line[1:] for line in part.splitlines() if line[:1] in " -"]
                new = [line[1:] for line in part.splitlines() if line[:1] in " +"]
                yield name, bare("\n".join(old)), bare("\n".join(new))


def holds(part, whole):
    return any(part == whole[k:k + len(part)] for k in range(len(whole)))


def test_each_diff_starts_from_the_eleven_lines_and_ends_in_a_loop_that_runs():
    known, unmatched = functions(), [name for names in BUGS.values() for name in names]
    shown = list(diffs())
    assert len(shown) == 5
    for name, old, new in shown:
        assert holds(old, known[name]), (name, old)
        k = next(k for k in range(len(known[name])) if known[name][k:k + len(old)] == old)
        mended = known[name][:k] + new + known[name][k + len(old):]
        same = [bug for bug in BUGS[name] if known[bug] == mended]
        assert len(same) == 1, (name, mended)
        unmatched.remove(same[0])
    assert not unmatched


# Batch norm's trap ---------------------------------------------------------------------------------------------------
def test_a_trap_that_is_none_is_caught():
    refuses(CHAPTER, BATCH_NORM, "fakes alone in G's turn: D's mean answer",
            ("(together, apart, batch_norm_pair)", "(together, together, batch_norm_pair)"),
            ("for _ in range(400):", "for _ in range(60):"))


def test_batch_norm_that_is_left_out_is_no_longer_blind(monkeypatch):
    monkeypatch.setattr(gan.claims, "claim", lambda *_: None)
    refuses(CHAPTER, (*LOOP, "def batch_norm_pair(", "trap = met["), "batch norm after the first layer",
            ("nn.Linear(2, 64), nn.BatchNorm1d(64), leaky(), nn.Linear(64, 1))", "nn.Linear(2, 64), nn.Linear(64, 1))"),
            given="from collections import defaultdict\n"
                  "met = defaultdict(lambda: dict(answers=(0, 0), share=torch.ones(4), far=torch.zeros(4)))")


# Rivals -------------------------------------------------------------------------------------------------------------
RING = (*LOOP, "def d_uncut(", "def g_into_both(", "def g_cut(", "def play(", "letters = {", "def standard_errors(",
        "def pm(", "def follow(", "def stored(")
# What has to be run for a claim on the ring, with changes that leave the training out: a rival needs none.
ON_THE_RING = {
    "right loop, live, 300 steps":
        (("live = {}", "circle, blob = "), ("play(name, steps=300)", "play(name, steps=3)")),
    "rate 2e-4, live, 1,000 steps":
        (("slow = {", "quick_steps, _ = "), ("(150, 1_000)) for momentum", "(2, 3)) for momentum")),
    "k = 5, live, 300 steps of G": (("one_step = ", "five_steps[0].mean()", "rows, cost = "),
                                    ("(300, 1_000), d_steps=1", "(2, 3), d_steps=1"),
                                    ("(300,), d_steps=5", "(3,), d_steps=5")),
    "no batch norm, and batch norm with": (("def batch_norm_pair(", "def train_seeing(", "ways = {", "trap = met["),
                                        ("for _ in range(400):", "for _ in range(40):")),
    "simultaneous steps also find the ring": (("def train_at_once(", "at_once.mean()", "live = {}"),
                                              ("steps=300, runs=8", "steps=3, runs=8"),
                                              ("play(name, steps=300)", "play(name, steps=3)")),
}


@cache
def classifier(seed):
    """The chapter's own second opinion, trained once for all rivals."""
    return run(CHAPTER, "def second_opinion(")["classifier"]


def only(claim):
    """A claim that is asked alone: the others in the same cells are left out."""
    def asked(sentence, holds, measured=None):
        if sentence.startswith(claim):
            real(sentence, holds, measured)

    real = gan.claims.claim
    return asked


@pytest.mark.parametrize("rival", RIVALS)
@pytest.mark.parametrize("claim", ON_THE_RING)
def test_no_rival_passes_on_the_ring(claim, rival, monkeypatch):
    stack, (marks, *changes) = gan.ensemble.stack, ON_THE_RING[claim]

    def rivalled(pairs):
        G, D = stack(pairs)
        play(rival, G, gan.data.ring(std=0.1))
        return G, D

    monkeypatch.setattr(gan.ensemble, "stack", rivalled)
    monkeypatch.setattr(gan.claims, "claim", only(claim))
    refuses(CHAPTER, (*RING, *marks), claim, *changes)


@pytest.mark.parametrize("rival", RIVALS)
@pytest.mark.parametrize("claim", ["each of the three stored generators", "each of them has less than a tenth",
                                   "live, step 500: the distance lies within"])
def test_no_rival_passes_on_the_digits(claim, rival, monkeypatch):
    pair = gan.models.conv_pair

    def rivalled(**sizes):
        G, D = pair(**sizes)
        play(rival, G, gan.data.digits(size=16)[0])
        return G, D

    judge = classifier(seed=0)
    monkeypatch.setattr(gan.metrics, "fit_classifier", lambda *_, **__: judge)
    monkeypatch.setattr(gan.models, "conv_pair", rivalled)
    monkeypatch.setattr(gan.claims, "claim", only(claim))
    refuses(CHAPTER, DIGITS, claim, ("steps=500)", "steps=5)"), ("step.index % 100 == 0", "step.index % 1 == 0"),
            ("untrained = gan.models.conv_pair(size=16, latent=32, width=24)[0]",
             "untrained = gan.models.conv.conv_pair(size=16, latent=32, width=24)[0]"),
            ("shown[200] != shown[500]", "shown[0] != shown[0]"))


DIGITS = ("def second_opinion(", "def opinion_rows(", "def digits_run(", "def shown_by(", "film, judged = ",
          "def stored_looks(", "generators, noise = ", "for seed, G in enumerate(generators):\n    opinions",
          "double = opinions", "spread = g_distance")


# Exercises ----------------------------------------------------------------------------------------------------------
def turns(D_turn=None, G_turn=None):
    """A step of one's own: the right one, but for the turn that is given."""
    def d_turn(G, D, adams, real, noises):
        loss = (-logsigmoid(D(real)) - logsigmoid(-D(G(noises[0]).detach()))).mean()
        adams[0].zero_grad()
        loss.backward()
        adams[0].step()

    def g_turn(G, D, adams, real, noises):
        loss = -logsigmoid(D(G(noises[1]))).mean()
        adams[1].zero_grad()
        loss.backward()
        adams[1].step()

    def step(*given):
        (D_turn or d_turn)(*given)
        (G_turn or g_turn)(*given)

    step.d_turn, step.g_turn = d_turn, g_turn
    return step


def move(adam, loss, clear=True):
    if clear:
        adam.zero_grad()
    loss.mean().backward()
    adam.step()


def d_loss(G, D, real, z):
    return -logsigmoid(D(real)) - logsigmoid(-D(G(z).detach()))


def g_loss(G, D, z):
    return -logsigmoid(D(G(z)))


def at_once(G, D, adams, real, noises):
    """Both losses before anybody moves."""
    losses = d_loss(G, D, real, noises[0]).mean(), g_loss(G, D, noises[1]).mean()
    grads = [torch.autograd.grad(loss, list(net.parameters())) for loss, net in zip(losses, (D, G))]
    for net, own, adam in zip((D, G), grads, adams):
        for weight, grad in zip(net.parameters(), own):
            weight.grad = grad
        adam.step()


def late_clearing(G, D, adams, real, noises):
    move(adams[0], d_loss(G, D, real, noises[0]), clear=False)
    adams[0].zero_grad()


WRONG_STEPS = {
    "bug 1: G's gradients never cleared": turns(
        G_turn=lambda G, D, adams, real, z: move(adams[1], g_loss(G, D, z[1]), clear=False)),
    "bug 3: D's cleared too late": turns(late_clearing),
    "D's never cleared": turns(lambda G, D, adams, real, z: move(adams[0], d_loss(G, D, real, z[0]), clear=False)),
    "bug 4: cut off in G's turn": turns(
        G_turn=lambda G, D, adams, real, z: move(adams[1], -logsigmoid(D(G(z[1]).detach())))),
    "minimax": turns(G_turn=lambda G, D, adams, real, z: move(adams[1], logsigmoid(-D(G(z[1]))))),
    "G wants 0": turns(G_turn=lambda G, D, adams, real, z: move(adams[1], -logsigmoid(-D(G(z[1]))))),
    "labels exchanged": turns(lambda G, D, adams, real, z: move(
        adams[0], -logsigmoid(-D(real)) - logsigmoid(D(G(z[0]).detach())))),
    "D's old fakes again": turns(G_turn=lambda G, D, adams, real, z: move(adams[1], g_loss(G, D, z[0]))),
    "the real samples forgotten": turns(lambda G, D, adams, real, z: move(
        adams[0], -logsigmoid(-D(G(z[0]).detach())))),
    "G first": lambda G, D, adams, real, z: (move(adams[1], g_loss(G, D, z[1])),
                                             move(adams[0], d_loss(G, D, real, z[0]))),
    "both at once": at_once,
    "G moves twice": lambda *given: (turns()(*given), turns().g_turn(*given)),
    "nobody moves": lambda *given: None,
}


def check_step():
    return run(CHAPTER, *LOOP, "def our_step(", "def check_exercise_1(")["check_exercise_1"]


def test_exercise_1_takes_right_steps():
    check_step()(turns())
    check_step()(turns(lambda G, D, adams, real, z: move(adams[0], d_loss(G, D, real, z[0]) / 2)))     # a mean of both


@pytest.mark.parametrize("wrong", WRONG_STEPS)
def test_exercise_1_refuses(wrong):
    refuses_answer(check_step(), WRONG_STEPS[wrong])


def smoothed(real, fake=0.0):
    """The loss whose D is told ``real`` of reals and ``fake`` of fakes."""
    return gan.losses.Loss(
        discriminator=lambda a, b: (-real * logsigmoid(a) - (1 - real) * logsigmoid(-a)
                                    - fake * logsigmoid(b) - (1 - fake) * logsigmoid(-b)),
        generator=lambda b: -logsigmoid(b))


def check_loss():
    return run(CHAPTER, *LOOP, "def check_exercise_3(")["check_exercise_3"]


def test_exercise_3_takes_the_right_loss():
    check_loss()(smoothed(0.9))


@pytest.mark.parametrize("wrong", [smoothed(1.0), smoothed(0.9, 0.1), smoothed(0.95), smoothed(0.1),
                                   gan.losses.Loss(smoothed(0.9).discriminator, lambda b: logsigmoid(-b))],
                         ids=["not smoothed", "both sides", "0.95", "0.1", "minimax"])
def test_exercise_3_refuses(wrong):
    refuses_answer(check_loss(), wrong)


def test_wishes_of_another_loss_are_not_opposite():
    refuses(CHAPTER, (*LOOP, "def play(", "def pm(", "def train_at_once(", "d_wish, -g_wish"), "at the fakes the two",
            ("loss=gan.losses.minimax", "loss=gan.losses.non_saturating"), ("steps=300, runs=8", "steps=3, runs=8"),
            given="live = {'right': torch.ones(8, 4)}")
