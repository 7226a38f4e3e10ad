"""Chapter 4 catches the errors it warns of, and its exercise refuses wrong answers. Only quick cells run here."""
import pytest
from cells import exercise, refuses, refuses_answer, run

CHAPTER = "04_training_loop"
LOOP, LOSSES, NAIVE = ("def d_turn", "difference = max("), ("by_hand = {", ), ("naive, = ", )
UNITS, WISHES = ("activations = {", "passed = {}"), ("def d_turn", "difference = max(", "d_wish = ")
BY_HAND = "by hand and by gan.train, 20 steps lead to the same weights"
FAULTS = {
    "bug 1: G's gradients never cleared":
        (LOOP, "g_adam.zero_grad() ", "pass ", BY_HAND),
    "D's gradients never cleared":
        (LOOP, "d_adam.zero_grad() ", "pass ", BY_HAND),
    "k = 2 forgotten":
        (LOOP, "for _ in range(2):", "for _ in range(1):", BY_HAND),
    "minimax in G's turn (papers.md 9)":
        (LOOP, "loss = -logsigmoid(D(fake)).mean()", "loss = logsigmoid(-D(fake)).mean()", BY_HAND),
    "the label-flipped loss called minimax (papers.md 3)":
        (LOSSES, '"minimax": torch.log(1 - torch.sigmoid(a))', '"minimax": -torch.log(torch.sigmoid(a))',
         "minimax: by hand and in the package"),
    "the two gradients exchanged (papers.md 3)":
        (LOSSES, '"minimax": -D_a, "non_saturating": D_a - 1', '"minimax": D_a - 1, "non_saturating": -D_a',
         "minimax: the gradient in the logit is -D"),
    "minimax said to saturate at D = 1 (papers.md 1)":
        (LOSSES, ")[40].item()", ")[200].item()", "that is exp(8)"),
    "a package that takes the log of a rounded D (papers.md 9)":
        (NAIVE, "gan.losses.non_saturating.generator(b)", "-torch.log(torch.sigmoid(b) + 1e-8)",
         "at logit -30 the naive loss"),
    "a LeakyReLU that is a ReLU":
        (UNITS, '"LeakyReLU 0.2": gan.models.leaky', '"LeakyReLU 0.2": nn.ReLU', "LeakyReLU still passes something"),
    "simultaneous steps with another loss than minimax":
        (WISHES, "gan.losses.minimax.generator(logits)", "gan.losses.non_saturating.generator(logits)",
         "at the fakes the two players want exactly opposite things"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_caught(fault):
    marks, right, wrong, claim = FAULTS[fault]
    refuses(CHAPTER, marks, claim, (right, wrong))


@pytest.mark.parametrize("marks", [WISHES, LOSSES, NAIVE, UNITS], ids=["loop", "losses", "naive", "units"])
def test_without_a_fault_the_same_cells_pass(marks):
    run(CHAPTER, *marks)


def test_exercise_takes_the_right_answer():
    exercise(CHAPTER)(-0.8)


@pytest.mark.parametrize("wrong", [-0.2, 0.8, -5.0, 0.2, -1.25])
def test_exercise_refuses(wrong):
    refuses_answer(exercise(CHAPTER), wrong)
