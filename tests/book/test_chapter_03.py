"""Chapter 3 catches the errors it warns of, its exercise refuses wrong answers, its figure works without a kernel."""
import re

import pytest
from building import BROWSER
from cells import exercise, refuses, refuses_answer, run, show_alone

CHAPTER = "03_minimax_value"
DENSITIES, BEST = "def bell(", "best of 1,000 values of D"
PROOF, LOGIT = ("def jsd(", "step 3:"), "gradients in the logit"
FAULTS = {
    "a bell without its 1/2 (papers.md 5)":
        ([DENSITIES], "torch.exp(-0.5 * ((x - mean)", "torch.exp(-((x - mean)", "both densities have area 1"),
    "D* with p and p_g exchanged (papers.md 4)":
        ([DENSITIES, BEST], "D_star = p / (p + p_g)", "D_star = p_g / (p + p_g)", "the best of 1,000 values of D"),
    "the value without its 2":
        ([DENSITIES, BEST, *PROOF], "-LOG4 + 2 * jsd(p, p_g)", "-LOG4 + jsd(p, p_g)", "step 3"),
    "the value without log 4":
        ([DENSITIES, BEST, *PROOF], "kl(p_g, m) - LOG4", "kl(p_g, m)", "step 2"),
    "V with the sign of the loss":
        ([DENSITIES, "real_logits, fake_logits = 1.0"], "V = logsigmoid(real_logits).mean() +",
         "V = -logsigmoid(real_logits).mean() -", "V is -2 times"),
    "flipped labels called minimax (papers.md 3)":
        ([DENSITIES, LOGIT], "gan.losses.minimax.generator(a).sum()",
         "binary_cross_entropy_with_logits(a, torch.ones_like(a), reduction='sum')", "-D and D - 1"),
    "minimax said to be flat at D = 1 (papers.md 1)":
        ([DENSITIES, LOGIT], "-minimax[0] < 2e-4 and -minimax[-1] > 0.999",
         "-minimax[-1] < 2e-4 and -minimax[0] > 0.999", "minimax is flat where D is near 0"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_caught(fault):
    marks, right, wrong, claim = FAULTS[fault]
    refuses(CHAPTER, marks, claim, (right, wrong))


def test_without_a_fault_the_same_cells_pass():
    run(CHAPTER, DENSITIES, BEST, *PROOF, "real_logits, fake_logits = 1.0", LOGIT)


def test_exercise_takes_the_right_answer():
    exercise(CHAPTER, given="import math")(-0.955)


@pytest.mark.parametrize("wrong", [0.955, -1.386, 0.216, -1.171, -1.301, 0.0])
def test_exercise_refuses(wrong):
    refuses_answer(exercise(CHAPTER, given="import math"), wrong)


@pytest.fixture
def explorer(new_page):
    """Function that opens the figure alone, as the book's pages do, and returns its page."""
    from gan.figures import MinimaxExplorer

    state = {"_esm": str(MinimaxExplorer._esm), "_css": str(MinimaxExplorer._css), "mean": 0.0, "width": 1.0}
    return lambda **options: show_alone(new_page(**options), state)


def numbers(page):
    """V, JSD as the figure says them."""
    text = page.locator("figcaption[aria-live=polite]").text_content().replace("−", "-")
    return tuple(float(re.search(pattern, text)[1]) for pattern in (r"G\) = (-?\d\.\d+)", r"JSD is (\d\.\d+)"))


@pytest.mark.skipif(BROWSER is None, reason="no browser")
def test_figure_by_keyboard(explorer):
    page = explorer()
    assert numbers(page) == (-1.386, 0)
    mean, width = page.get_by_role("slider").all()
    curves = [page.locator("path.fake").get_attribute("d")]
    mean.focus()
    mean.press("End")
    curves.append(page.locator("path.fake").get_attribute("d"))
    assert numbers(page) == (-0.034, 0.676)                        # as the chapter computes it for mean 5, width 1
    mean.press("Home")
    assert numbers(page) == (-0.034, 0.676)
    for _ in range(100):
        mean.press("ArrowRight")
    width.focus()
    width.press("End")
    curves.append(page.locator("path.fake").get_attribute("d"))
    assert len(set(curves)) == 3 and numbers(page)[1] > 0.1


@pytest.mark.skipif(BROWSER is None, reason="no browser")
def test_figure_by_touch(explorer):
    page = explorer(width=412, has_touch=True, is_mobile=True)
    seen = [numbers(page)]
    for slider in page.get_by_role("slider").all():
        box = slider.bounding_box()
        assert box["height"] >= 44
        page.touchscreen.tap(box["x"] + 0.8 * box["width"], box["y"] + box["height"] / 2)
        seen.append(numbers(page))
    assert len(set(seen)) == 3
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
