"""Chapter 19 catches the errors it warns of, and its exercises refuse wrong answers. All tests share two processes."""
import builtins
import linecache
import os
import shutil
import signal
import subprocess
import time
from functools import cache
from pathlib import Path

import cells
import pytest
import torch
from cells import exercise, refuses, refuses_answer, run

import gan
from gan import processes

CHAPTER = "19_many_gpus"
START, AVERAGE, GAME, PATH = "ranks = Ranks(2)", "def average_gradients(", "def game(seed", "def path_of(run)"
BY_HAND, SAME = "def by_hand(seed)", "def apart(a, b)"
PLAY = (START, AVERAGE, GAME, PATH, BY_HAND, SAME)
LOOKED, DIFFER = "def looked_at(seed)", "DIFFER = {"
CURVES = (*PLAY, "def watched(", "def spread_of_gradient(", "one_loss, _ =", "for D and for G, to 1e-10")
FAULTY, NORM, SYNCED = "def with_same_noise(", "def with_norm(", "def synced_norm("
RUNS, FAR, BUFFERS = "own_norm, all_norm = ranks.ask", "far = {name", "(_, variance), (_, other)"
ALL = (*PLAY, FAULTY, NORM, SYNCED, RUNS, FAR, BUFFERS)
TWICE, REPAIRED, GUARD = "def twice_through(", "repaired =", "without PyTorch's guard"
COUNT, SENT, TRAFFIC, TRAFFIC_CHECKS = "def counting(", "def sent(seed)", "bytes_sent, _ =", "autograd.grad inside R1"
ALONE, ALONE_CLAIM = "def penalty_alone(", "0 · logits brings D's last bias in"
SHARES = "samplers = ["
LOWER, TRAINED, COMPUTED, EXACT = "class Lower(", "trained = train_faces(", "def computed(", "def off(a, b)"
FORMATS, FORMAT_CLAIMS = "FORMATS = (", "of the squared slopes"
STORED, SCALES, LARGE, CONTROL = "stored = gan.evidence.load", "figure, (left, right)", "base, kept =", "of_d, of_g ="
KILL, NOTICED = "def killed(which)", "noticed_after < 10"
IMPORTS = """import time, math, torch.distributed as dist
from functools import partial
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from gan.models.equalized import MinibatchStd2d
from gan.processes import Ranks
from gan.replicas import PartOfData, Replica, part_of, spread_out, train_faces"""
FAULTS = {
    "the same noise on all ranks":
        (PLAY, [("G, D, data = spread_out(*game(seed, layer))",
                 "G, D, data = spread_out(*game(seed, layer))\n    G.noise = getattr(G, 'module', G).noise")],
         "after each of 40 steps of 16 points"),
    "the same points on all ranks":
        (PLAY, [("G, D, data = spread_out(*game(seed, layer))",
                 "G, D, data = spread_out(*game(seed, layer))\n    data = data.data[0]")],
         "after each of 40 steps of 16 points"),
    "D past its wrapper":
        (PLAY, [("return path_of(begun(G, D, data, seed))", "return path_of(begun(G, getattr(D, 'module', D), data, "
                 "seed))")], "after each of 40 steps of 16 points"),
    "the whole batch on each rank": (PLAY, [("32 // count", "32")], "after each of 40 steps of 16 points"),
    "a sum for the mean": (PLAY, [("    flat /= dist.get_world_size()\n", "")], "ten lines by hand and"),
    "no average": (PLAY, [("    dist.all_reduce(flat)", "    flat *= 2")], "ten lines by hand and"),
    "curves of ranks that never average":
        (CURVES, [('way != "no mean"', 'way == "the same noise"')], "at each of 120 steps the mean"),
    "noise that is not the same": (CURVES, [("share = lambda z: z[:len(z) // count]", "share = part_of")],
                                   "with the same noise G's loss is"),
    "gradients of the same noise that is not": (CURVES, [("z[:16] if same_noise else part_of(z)", "part_of(z)")],
                                                "with the same noise G's averaged gradient"),
    "an average where there is none": (CURVES, [('count > 1 and way != "no mean"', "count > 1")],
                                       "never averaged, the two"),
    "noise by rank that is no part of the whole":
        ((*PLAY, LOOKED, DIFFER), [('"noise": G.noise(16, run.random)', '"noise": G.module.noise(16, run.random)')],
         "the two ranks differ in samples"),
    "batch norm of each rank's own": (ALL, [("if synced and isinstance", "if False and isinstance")],
                                      "statistics summed by one all-reduce"),
    "statistics summed without their gradient": (ALL, [("    total.register_hook(all_reduced)\n", "")],
                                                 "statistics summed by one all-reduce"),
    "groups across ranks": (ALL, [("MinibatchStd2d(4)", "MinibatchStd2d(32)")], "minibatch std in groups of 4"),
    "buffers that do not differ":
        (ALL, [("return path, run.G_ema.state_dict()[\"net.1.running_var\"]", "return path, torch.ones(16)")],
         "with batch norm of its own part"),
    "buffers sent with no guard": ((START, TWICE, REPAIRED, GUARD), [("False, **{QUIET: False}", "False, **{}")],
                                   "where buffers are not sent"),
    "D's gradients leak in G's step":
        ((START, AVERAGE, GAME, COUNT, SENT, TRAFFIC, TRAFFIC_CHECKS),
         [(".backward(inputs=list(G.parameters()))", ".backward()")], "G's update costs D no traffic"),
    "R1's gradient never averaged":
        ((START, AVERAGE, GAME, COUNT, SENT, TRAFFIC, TRAFFIC_CHECKS), [("logits = D(x)", "logits = D.module(x)")],
         "autograd.grad inside R1"),
    "the penalty past the wrapper":
        ((START, AVERAGE, GAME, ALONE, ALONE_CLAIM), [("logits = D(x) if wrapped else D.module(x)",
                                                       "logits = D.module(x)")], "0 · logits brings"),
    "a metric of rank 0's share": ((SHARES,), [("together = frechet_distance(fakes,",
                                                "together = frechet_distance(fakes[:200],")], "of 400 fakes"),
    "set_epoch forgotten": ((SHARES,), [("samplers[0].set_epoch(1)\n", "")], "without set_epoch"),
    "no lower precision": ((LOWER, TRAINED, COMPUTED, EXACT, FORMATS, FORMAT_CLAIMS),
                           [("computed(part, torch.bfloat16)", "computed(part)"),
                            ('"--steps", "100"', '"--steps", "5"')],
                           "within autocast"),
    "nobody is killed": ((START, KILL, NOTICED), [("dist.get_rank() == which", "False")], "that a rank was killed"),
}


@pytest.fixture(scope="module")
def shared():
    ranks = processes.Ranks(2)
    yield ranks
    ranks.close()


@pytest.fixture(autouse=True)
def one_pool(shared, monkeypatch):
    """The chapter's processes are these, and its functions' text can be found, as that of a notebook's cells can."""
    def compile_and_keep(code, name, mode):
        linecache.cache[name] = len(code), None, code.splitlines(True), name
        return builtins.compile(code, name, mode)

    monkeypatch.setattr(processes, "Ranks", lambda n: shared)
    monkeypatch.setattr(cells, "compile", compile_and_keep, raising=False)
    yield
    shared.texts.clear()                                   # what a fault has taught them is not sent to later ones


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_caught(fault):
    marks, changes, claim = FAULTS[fault]
    refuses(CHAPTER, marks, claim, *changes,
            given=IMPORTS)


NO_EFFECT = {
    "the noise scale does not grow": ("run['noise'][-1] = run['noise'][0]", "stored, each seed: G's noise scale"),
    "the rate needs no scaling": ("run['runs']['128, rate kept'] = run['runs']['32']", "of equally many faces"),
    "scaling the rate does not help": ("run['runs']['128, rate x 4'] = run['runs']['128, rate kept']",
                                       "stored: four times the rate"),
    "a larger batch alone is enough": ("run['runs']['128, as many steps'] = {'distance': 1.0}",
                                       "stored, each seed: four times as many"),
    "the rate was right for 32": ("rates['32, rate x 2'] = run['runs']['32']['distance']",
                                  "stored, on average: twice the rate"),
    "128 at its best rate is best": ("run['runs']['128, rate x 2'] = {'distance': 8.0}",
                                     "at the best rate tried"),
}


@cache
def stored_names():
    return run(CHAPTER, STORED)


@pytest.mark.parametrize("name", NO_EFFECT)
def test_stored_runs_without_the_effect_are_refused(name, monkeypatch):
    change, claim = NO_EFFECT[name]
    evidence = {file: gan.evidence.load(file) for file in ("large_batches", "large_batch_rates")}
    for one, other in zip(*(each["runs"] for each in evidence.values()), strict=True):
        exec(change, {"run": one, "rates": other})
    monkeypatch.setattr(gan.evidence, "load", evidence.get)
    refuses(CHAPTER, (STORED, SCALES, LARGE, CONTROL), claim)


# Interrupted ----------------------------------------------------------------------------------------------------------
MANY = "100003"                                            # steps, by which a run is known among other people's


def started(of="-m gan.replicas"):
    """Numbers of living processes of the run of that many steps."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:                                    # it has just ended
            continue
        if MANY in line and of in line:
            found.append(int(path.parent.name))
    return found


def until(holds, seconds=150):
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.1)
    return holds()


class Interrupted(subprocess.Popen):
    """One whose reader presses Ctrl-C when torchrun and both ranks are there."""

    def communicate(self, *given, **more):
        assert until(lambda: len(started()) >= 3)
        raise KeyboardInterrupt


needs_proc = pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="finds processes in /proc")


@needs_proc
def test_the_chapters_torchrun_leaves_no_process_when_interrupted(monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(CHAPTER, "def on_two_processes(", changes=[('"--steps", "10", "--save"', f'"--steps", "{MANY}", "--save"')],
            given="from pathlib import Path\nfrom tempfile import TemporaryDirectory")
    assert until(lambda: not started(""), 30)


@needs_proc
@pytest.mark.skipif(not shutil.which("make"), reason="make")
@pytest.mark.parametrize("stop", [lambda pid: os.kill(pid, signal.SIGTERM), lambda pid: os.killpg(pid, signal.SIGINT)],
                         ids=["make is told to end", "Ctrl-C"])
def test_make_distributed_leaves_no_process_when_stopped(stop):
    run = subprocess.Popen(["make", "distributed", f"STEPS={MANY}"], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, cwd=Path(__file__).parents[2], start_new_session=True)
    try:
        assert until(lambda: len(started()) >= 3 or run.poll() is not None) and run.poll() is None
        stop(run.pid)
        assert until(lambda: not started(""), 30)
    finally:
        for left in started(""):
            os.kill(left, signal.SIGKILL)
        run.wait()


# Exercises ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("megabytes", [168, 192, 384, 42, 2688, 84, 336e6],
                         ids=["one way", "the gradients themselves", "without 7/8", "one piece", "all GPUs",
                              "weights for bytes", "bytes"])
def test_exercise_1_refuses(megabytes):
    refuses_answer(exercise(CHAPTER, 1), megabytes)


@pytest.mark.parametrize("wrong", [
    lambda small, big, b, B: (small - big) / (1 / b - 1 / B),                                  # the noise alone
    lambda small, big, b, B: (small - big) / (1 / b - 1 / B) / big,                            # |g_B|^2 for |G|^2
    lambda small, big, b, B: (small - big) / big,
    lambda small, big, b, B: (B * big - b * small) / (small - big),                            # upside down
], ids=["the noise alone", "a biased slope", "no sizes", "upside down"])
def test_exercise_2_refuses(wrong):
    refuses_answer(exercise(CHAPTER, 2), wrong)


def test_exercise_2_takes_the_solution():
    exercise(CHAPTER, 2)(lambda small, big, b, B: (small - big) / (1 / b - 1 / B) * (B - b) / (B * big - b * small))


def mean_of_means(numbers):
    own = numbers[:3] if dist.get_rank() == 0 else numbers[3:]  # noqa: F821
    mean = torch.tensor(sum(own) / len(own))
    dist.all_reduce(mean)  # noqa: F821
    return mean.item() / 2


def own_mean(numbers):
    own = numbers[:3] if dist.get_rank() == 0 else numbers[3:]  # noqa: F821
    return sum(own) / len(own)


@pytest.mark.parametrize("wrong", [mean_of_means, own_mean])
def test_exercise_3_refuses(wrong, shared):
    names = run(CHAPTER, START, "def check_exercise_3(", given="from gan.processes import Ranks")
    refuses_answer(names["check_exercise_3"], wrong)
