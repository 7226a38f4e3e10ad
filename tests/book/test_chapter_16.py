"""Chapter 16 catches the errors it warns of, its exercises refuse wrong answers, its figures work without a kernel."""
import base64
import io

import nbformat
import pytest
import torch
from building import BROWSER, ROOT
from cells import exercise, refuses, refuses_answer, run, show_alone
from PIL import Image
from rivals import RIVALS, train_of
from torchvision.transforms.functional import pil_to_tensor

import gan

CHAPTER = "16_stylegan"
LOADED, NETS, DRAWN = 'runs = gan.evidence.load("stylegan_faces")', "inspector = restored(", "def drawn("
BY_HAND, SAME = "def styled(", "the mapping by hand is"
TOY, TOYS, TOY_CLAIMS = "def instance_norm(", "toys = {", "peaks = {"
LIVE, LIVE_CLAIMS = "faces16, _ = gan.data.faces", "def distance16("
ENDS, SHARE, READINGS, TABLES = "ends, starts =", "def share_carried(", "def readings(", "tables = {"
LAYER_CLAIMS, MORE_CLAIMS = "def share_of(", "counts = {kind"
MIXED, RISE = "def distance_of_mixed(", "rise = {"
SQUEEZED, BENT, BENT_CLAIMS = "class Cornerless", "def straightness(", "apart = bent"
LINEAR = "straight_G ="
PSI, PSI_CLAIMS = "def along_psi(", "at_half ="
DIRECTION, EDITS, STEPS, EFFECTS = "def direction(", "def precise(", "explored = mixed[0]", "def effects("
TRIED = "tried = {"
EDITED, EDIT_CLAIMS, CHANCE = "EDITED = (", "ratios_of = {", "chance = tried"
INVERTED, FOUND, FOUND_CLAIMS = "def inverted(", "found_w = {", "by_kind = {"
SLOPES = "def slopes_by_hand("
NOISE, NOISE_CLAIMS = "def moved_by_noise(", "moved_now = ["
ROWS, SMALL_CLAIMS = "ROWS = {", "peaks16 ="
SHIFTED, DECIBELS, DECIBEL_CLAIMS = "def moved_by(", "found_db = {", "moving by whole pixels"
STORED = (LOADED, NETS, DRAWN)
EDITING = (*STORED, "SHOWN = {", "tables = {", DIRECTION, EDITS, EDITED, STEPS, EFFECTS, TRIED, EDIT_CLAIMS, CHANCE)
COLLECT = """failed, asked = [], []
def claim(sentence, holds, measured=None):
    asked.append(sentence)
    if not holds:
        failed.append(sentence)"""
FAULTS = {
    "demodulation over the wrong axes":
        ((*STORED, BY_HAND, SAME), [("weight.square().sum((2, 3, 4), keepdim=True)",
                                     "weight.square().sum((1, 3, 4), keepdim=True)")], "the package, which scales"),
    "demodulation by the style alone":
        ((*STORED, BY_HAND, SAME),
         [("weight = weight / weight.square().sum((2, 3, 4), keepdim=True).sqrt()",
           "weight = weight / s.square().sum(1)[:, None, None, None, None].sqrt()")], "the package, which scales"),
    "no demodulation":
        ((*STORED, BY_HAND, SAME),
         [("weight = weight / weight.square().sum((2, 3, 4), keepdim=True).sqrt()", "weight = 1.0 * weight")],
         "the package, which scales"),
    "z of any length": ((*STORED, BY_HAND, SAME), [("w = z / z.square().mean(-1, keepdim=True).sqrt()", "w = z")],
                        "the mapping by hand"),
    "instance norm over the batch":
        ((LOADED, TOY, TOYS, TOY_CLAIMS),
         [("(x - x.mean((-2, -1), keepdim=True)) / x.std((-2, -1), keepdim=True)",
           "(x - x.mean((-3, -2, -1), keepdim=True)) / x.std((-3, -2, -1), keepdim=True)")],
         "instance norm alone lets"),
    "lengths over the batch":
        ((*STORED, SAME, BY_HAND, SLOPES), [("gradient.square().sum(2).mean(1).sqrt()",
                                             "gradient.square().sum(2).mean().sqrt().expand(len(w))")],
         "the lengths by hand"),
    "another face's readings":
        ((*STORED, SHARE, READINGS, TABLES, LAYER_CLAIMS, MORE_CLAIMS),
         [("of_a, of_b = readings(drawn(G, a)), readings(drawn(G, b))",
           "of_a, of_b = readings(drawn(G, a)), readings(drawn(G, b.flip(0)))")], "400 pairs drawn now"),
    "the next layer's style":
        ((*STORED, SHARE, READINGS, TABLES, LAYER_CLAIMS, MORE_CLAIMS),
         [("readings(drawn(G, with_layer(a, b, k)))", "readings(drawn(G, with_layer(a, b, (k + 1) % 4)))")],
         "400 pairs drawn now"),
    "w taken for z": ((*STORED, SQUEEZED, BENT, BENT_CLAIMS), [("w = nn.Sequential(*list(G.net)[:5])(z)", "w = z"),
                                                              ("steps=2_000, batch=128", "steps=10, batch=128")],
                      "in the toy a line reads"),
    "a path that turns in w": ((LOADED, LINEAR), [("for path in (slerp, torch.lerp)", "for path in (slerp, slerp)")],
                               "for a linear G"),
    "a random direction": (EDITING, [("    return c / c.square().sum()",
                                      "    u = torch.randn_like(c)\n    return u / u.norm() / c.norm()"),
                                     ("def effects(step, n=400)", "def effects(step, n=100)")],
                           "in the first model a whole step"),
    "an inversion that does not search": ((*STORED, INVERTED, FOUND, FOUND_CLAIMS), [("steps=120)", "steps=1)")],
                                          "G's own faces are found"),
    "a grid that is no finer":
        ((LOADED, SHIFTED, DECIBELS, DECIBEL_CLAIMS), [("finer(x, times), 0.2)", "x, 0.2)"),
                                                       ("else finer(y, 1 / times)", "else y")],
         "moved by 0.3 pixels"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_caught(fault):
    marks, changes, claim = FAULTS[fault]
    refuses(CHAPTER, dict.fromkeys((LOADED, *marks)), claim, *changes)


# Stored claims without the effect -------------------------------------------------------------------------------------
def failed(*marks, changes=()):
    names = run(CHAPTER, *dict.fromkeys((LOADED, *marks)), given=COLLECT, changes=changes)
    assert names["asked"]
    return names["failed"]


def test_claims_about_mixing_fail_where_it_changes_nothing():
    marks = (NETS, DRAWN, SHARE, READINGS, "SHOWN = {", TABLES, LAYER_CLAIMS, MORE_CLAIMS, MIXED, RISE)
    judged = 'judged = gan.evidence.load("dcgan_faces")'
    swap = [(judged, f"runs = unmixed_runs\n{judged}")]
    assert failed(*marks) == []
    bad = failed(*marks, changes=swap)
    for claim in ("the last layer carries more than 0.9", "the first layer carries most of at least 14",
                  "four latents in a face raise", "nearer to the data with two latents", "with a single latent each"):
        assert any(claim in sentence for sentence in bad), claim


def test_claims_about_truncation_fail_where_it_does_nothing():
    still = [("def along_psi(", "for run in runs:\n    one = run['measured']['truncation']\n    for psi in one:\n"
              "        one[psi] = one['1.0']\n\n\ndef along_psi(")]
    marks = ("tables = {", PSI, PSI_CLAIMS)
    assert failed(*marks) == []
    bad = failed(*marks, changes=still)
    for claim in ("a larger share of fakes is clean", "rises with every step", "less than 40 %"):
        assert any(claim in sentence for sentence in bad), claim


def test_claims_about_the_small_nets_fail_where_all_are_the_same():
    alike = [('small_eye = restored(', 'for one in small_runs:\n    for row in one["rows"]:\n'
              '        one["rows"][row] = one["rows"]["as it is"]\nsmall_eye = restored('),
             ("run = gan.train(G, D, faces16, steps=400", "run = gan.train(G, D, faces16, steps=2"),
             ("step.index % 40", "step.index % 1")]
    marks = (NETS, "SHOWN = {", LIVE, LIVE_CLAIMS, NOISE, ROWS, SMALL_CLAIMS)
    bad = failed(*marks, changes=alike)
    for claim in ("slopes more even", "no droplet shows", "with neither instance norm", "single faces are odder"):
        assert any(claim in sentence for sentence in bad), claim
    bad = failed(*marks, changes=alike[1:])
    assert not any(claim in sentence for sentence in bad for claim in ("more even", "droplet", "neither", "odder"))


# Generators that have learned nothing --------------------------------------------------------------------------------
@pytest.mark.parametrize("rival", RIVALS)
def test_no_rival_passes_for_the_live_run(rival, monkeypatch):
    monkeypatch.setattr(gan, "train", train_of(rival))
    short = [("steps=400, batch=16", "steps=3, batch=16"), ("ema=0.99", "ema=0.1"),
             ("step.index % 40", "step.index % 1")]
    bad = failed(NETS, LIVE, LIVE_CLAIMS, changes=short)
    assert any("within half of the mean" in sentence for sentence in bad)
    # Untrained nets of this kind are so garish that a blob is nearer by far.
    assert rival != "untrained" or any("less than a tenth" in sentence for sentence in bad)


def test_an_untrained_network_passes_for_none_of_the_stored_models():
    untrained = [("    net.load_state_dict(weights)\n", "    if isinstance(net, Inspector):\n"
                  "        net.load_state_dict(weights)\n"),
                 ("def effects(step, n=400)", "def effects(step, n=100)")]
    marks = (*STORED, "SHOWN = {", SHARE, READINGS, TABLES, LAYER_CLAIMS, MORE_CLAIMS, DIRECTION, EDITS, EDITED, STEPS,
             EFFECTS, TRIED, EDIT_CLAIMS, CHANCE, INVERTED, FOUND, FOUND_CLAIMS)
    bad = failed(*marks, changes=untrained)
    for claim in ("400 pairs drawn now", "in the first model a whole step", "an untrained network, with as much"):
        assert any(claim in sentence for sentence in bad), claim


# Exercises, films and files ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("number, right", [(1, (10, 100)), (2, (0.1, 0.7))])
def test_exercise_takes_the_right_answer(number, right):
    exercise(CHAPTER, number)(*right)


@pytest.mark.parametrize("number, wrong", [
    (1, (10**0.5, 10**0.5)), (1, (14, 140)), (1, (100, 10_000)), (1, (10, 10)), (1, (68**0.5, 6_800**0.5)),
    (2, (0.1, 0.4)), (2, (0.1, 0.6)), (2, (0.325, 0.7)), (2, (0.9, 0.3)), (2, (0.1, 0.775))])
def test_exercise_refuses(number, wrong):
    refuses_answer(exercise(CHAPTER, number), *wrong)


def right_truncation(w, mean, psi, layers):
    return torch.where(torch.arange(w.shape[1])[:, None] < layers, mean.lerp(w, psi), w)


def in_place(w, mean, psi, layers):
    w[:, :layers] = mean.lerp(w[:, :layers], psi)
    return w


def test_a_truncation_of_some_layers_is_taken():
    exercise(CHAPTER, 3)(right_truncation)


@pytest.mark.parametrize("wrong", [
    in_place, lambda w, m, p, n: right_truncation(w, 0 * m, p, n), lambda w, m, p, n: right_truncation(w, m, p, 4),
    lambda w, m, p, n: right_truncation(w.flip(1), m, p, n).flip(1),
    lambda w, m, p, n: right_truncation(w, m, 0.5 * p, n)])
def test_another_truncation_is_refused(wrong):
    refuses_answer(exercise(CHAPTER, 3), wrong)


@pytest.mark.skipif(BROWSER is None, reason="no browser")
def test_film_by_keyboard(new_page):
    notebook = nbformat.read(ROOT / f"book/{CHAPTER}.ipynb", 4)
    states = notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    film, = (one["state"] for one in states.values() if "frames" in one["state"])
    assert len(film["frames"]) == 11 and film["index"] == 0
    page = show_alone(new_page(), film)
    slider = page.get_by_role("slider")
    for key, said in {"End": "After 400 steps", "Home": "After 0 steps"}.items():
        slider.focus()
        slider.press(key)
        assert said in page.locator("figcaption").text_content()


def test_the_explorer_begins_with_a_face_that_is_neither_a_nor_b():
    notebook = nbformat.read(ROOT / f"book/{CHAPTER}.ipynb", 4)
    states = notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    explorer, = (one["state"] for one in states.values() if "mix" in one["state"].get("start", {}))
    assert explorer["start"] == explorer["chosen"] and set(explorer["start"]["mix"]) == {0, 1}
    still, = (cell.outputs[0].data["image/png"] for cell in notebook.cells if "StyleExplorer(explored" in cell.source)
    a, mixed, b = (part.float() for part in faces_of(still))
    assert min((mixed - a).abs().mean(), (mixed - b).abs().mean()) > 10


def faces_of(still):
    """The three faces of an explorer's still picture, each (4, 32, 32)."""
    sheet = pil_to_tensor(Image.open(io.BytesIO(base64.b64decode(still))).convert("RGBA"))
    small = sheet[:, -128:, :128], sheet[:, :, 144:400], sheet[:, -128:, -128:]
    return [part[:, ::part.shape[1] // 32, ::part.shape[2] // 32] for part in small]


def test_the_stored_files_are_small_and_of_three_seeds():
    for name, most in {"stylegan_faces": 1.5, "stylegan_unmixed": 1.5, "stylegan_depth": 0.2,
                       "stylegan_small": 0.2}.items():
        path = gan.evidence.find(name)
        assert path.stat().st_size < most * 2**20 and len(gan.evidence.load(name)["runs"]) == 3
