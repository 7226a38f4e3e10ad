"""A checkpoint is whole or not there, and a run that goes on from it ends as one that never stopped."""

import os
import random
import signal
import time
import warnings
from contextlib import suppress

import pytest
import torch
from small import IMAGES, POINTS, convs, mlps
from torch import nn

import gan
from gan.models import mlp_pair

STEPS = 8


def dropouts():
    return mlp_pair(width=8)[0], nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Dropout(), nn.Linear(8, 1), nn.Flatten(0))


def new(pair=mlps, data=POINTS, **settings):
    torch.manual_seed(1)
    G, D = pair()
    return gan.train(G, D, data, **{"steps": STEPS, "batch": 16, "seed": 5, **settings})


def state(run):
    """All numbers of a run, in one list of tensors."""
    networks = [run.G, run.D] + ([run.average] if run.average else [])
    both = (run.g_optimizer, run.d_optimizer)
    adams = [value for adam in both for one in adam.state.values() for value in one.values()]
    return [value.clone() for net in networks for value in net.state_dict().values()] + adams + [run.random.get_state()]


def same(a, b):
    return len(a) == len(b) and all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


# Resume ---------------------------------------------------------------------------------------------------------------

RUNS = {
    "mlp": {},
    "density": {"data": gan.data.ring()},
    "conv with batch norm": {"pair": convs, "data": IMAGES},
    "moving average": {"pair": convs, "data": IMAGES, "ema": 0.9},
    "dropout, from the global generator": {"pair": dropouts},
    "five steps of D, fresh noise": {"d_steps": 5, "fresh_noise": True},
}


@pytest.mark.parametrize("settings", RUNS.values(), ids=RUNS)
def test_a_resumed_run_ends_bit_equal_to_one_never_stopped(settings, tmp_path):
    path = tmp_path / "run.pt"
    whole = new(**settings)
    torch.manual_seed(2)
    losses = [(step.d_loss, step.g_loss) for step in whole]

    stop, first = random.randint(1, STEPS - 1), new(**settings)
    torch.manual_seed(2)
    for step in first:
        if step.index == stop:
            first.save(path)
            break
    torch.rand(99)                                      # another process, another state
    second = new(**{**settings, "seed": 77}, resume=path)
    assert second.index == stop
    torch.nn.init.zeros_(next(first.G.parameters()))    # the first run's weights are not the second's
    again = [(step.d_loss, step.g_loss) for step in second]
    assert again == losses[stop:], f"stopped at step {stop}"
    assert same(state(second), state(whole)), f"stopped at step {stop}"


def test_a_finished_run_can_be_extended_and_keeps_its_new_learning_rate(tmp_path):
    first = new(steps=3)
    list(first)
    first.save(tmp_path / "run.pt")
    longer = new(steps=5, lr=1e-3, resume=tmp_path / "run.pt")
    assert longer.g_optimizer.param_groups[0]["lr"] == 1e-3
    assert [step.index for step in longer] == [4, 5]
    assert list(new(steps=3, resume=tmp_path / "run.pt")) == []


def test_saving_changes_nothing_and_makes_folders(tmp_path):
    quiet, saving = new(), new()
    list(quiet)
    for step in saving:
        saving.save(tmp_path / "deep" / "folder" / f"{step.index}.pt")
    assert same(state(quiet), state(saving))
    assert len(list((tmp_path / "deep" / "folder").iterdir())) == STEPS


def test_the_bar_starts_where_the_run_does(tmp_path, capfd):
    first = new(steps=3)
    list(first)
    first.save(tmp_path / "run.pt")
    list(new(steps=6, resume=tmp_path / "run.pt", progress=True))
    assert "3/6" in capfd.readouterr().err


def test_a_checkpoint_of_another_device_warns_and_goes_on(tmp_path):
    path = tmp_path / "run.pt"
    new().save(path)
    saved = torch.load(path, weights_only=True)
    torch.save(saved | {"device": "cuda"}, path)
    with pytest.warns(UserWarning, match="was saved on cuda: the run goes on with other random numbers"):
        run = new(resume=path)
    assert len(list(run)) == STEPS


# Whole or not there ---------------------------------------------------------------------------------------------------

def save_forever(path):
    """In a child: save as fast as it goes, with another step each time."""
    run = new(steps=10**6)
    for _ in run:
        run.save(path)


# forking is what is wanted here: importing torch twenty times would take a minute
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_kill_9_at_random_moments_never_leaves_a_checkpoint_that_does_not_load(tmp_path):
    path, indices, run = tmp_path / "run.pt", [], new()
    run.save(path)
    start = time.perf_counter()
    run.save(path)
    once = min(time.perf_counter() - start, 0.1)
    for _ in range(20):
        child = os.fork()
        if child == 0:
            with suppress(BaseException):
                save_forever(path)
            os._exit(1)
        before = path.stat().st_mtime_ns
        while path.stat().st_mtime_ns == before:        # it saves: now kill it, somewhere in the next saves
            time.sleep(0.001)
        time.sleep(random.uniform(0, 5 * once))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert os.WTERMSIG(status) == signal.SIGKILL
        run = new(steps=10**6, resume=path)
        indices.append(run.index)
        next(iter(run))
    assert min(indices) >= 1
    assert len(set(indices)) > 1                        # the moments did differ
    others = [file.name for file in tmp_path.iterdir() if file != path]
    assert all(name.startswith(".run.pt-") for name in others)
    assert others                                       # and some of them fell into the middle of a save


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["full", "ctrl-c"])
def test_a_save_that_fails_half_way_keeps_the_old_checkpoint_and_leaves_no_litter(error, monkeypatch, tmp_path):
    run = new()
    next(iter(run))
    run.save(tmp_path / "run.pt")
    before = (tmp_path / "run.pt").read_bytes()

    def half(state, file):
        file.write(b"half of it")
        raise error
    monkeypatch.setattr(torch, "save", half)
    with pytest.raises(type(error)):
        run.save(tmp_path / "run.pt")
    assert (tmp_path / "run.pt").read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["run.pt"]


def test_what_a_killed_process_left_is_removed_once_it_is_old(tmp_path):
    for name in (".run[1].pt-old", ".run[1].pt-young", ".run1.pt-other"):
        (tmp_path / name).write_bytes(b"half")
        if "young" not in name:
            os.utime(tmp_path / name, (0, 0))
    new().save(tmp_path / "run[1].pt")
    assert sorted(file.name for file in tmp_path.iterdir()) == [".run1.pt-other", ".run[1].pt-young", "run[1].pt"]


def test_others_may_read_a_checkpoint_as_far_as_the_umask_lets_them(tmp_path):
    new().save(tmp_path / "run.pt")
    (tmp_path / "plain").touch()
    assert (tmp_path / "run.pt").stat().st_mode == (tmp_path / "plain").stat().st_mode


# Files that are no checkpoint of this run -----------------------------------------------------------------------------

def put(path, content):
    path.write_bytes(content)


def checkpoint(path, **settings):
    run = new(**settings)
    next(iter(run))
    run.save(path)


def edited(path, **changes):
    checkpoint(path)
    torch.save(torch.load(path, weights_only=True) | changes, path)


def truncated(path, share):
    checkpoint(path)
    put(path, path.read_bytes()[:int(path.stat().st_size * share)])


def zeroed(path):
    checkpoint(path)
    content = bytearray(path.read_bytes())
    content[len(content) // 3:] = bytes(len(content) - len(content) // 3)
    put(path, content)


def wide():
    return mlp_pair(width=9)


def deep():
    return mlp_pair(width=8, depth=3)


FOREIGN = {
    "truncated by little": (lambda path: truncated(path, 0.99), "damaged or no checkpoint"),
    "truncated by much": (lambda path: truncated(path, 0.1), "damaged or no checkpoint"),
    "zeros at the end": (zeroed, "damaged or no checkpoint"),
    "empty": (lambda path: put(path, b""), "damaged or no checkpoint"),
    "text": (lambda path: put(path, b"hello, world\n"), "damaged or no checkpoint"),
    "a picture": (lambda path: put(path, b"\x89PNG\r\n\x1a\n" + bytes(100)), "damaged or no checkpoint"),
    "another pickle": (lambda path: put(path, b"cos\nsystem\n(S'true'\ntR."), "damaged or no checkpoint"),
    "a whole network": (lambda path: torch.save(mlps()[0], path), "damaged or no checkpoint"),
    "a state_dict": (lambda path: torch.save(mlps()[0].state_dict(), path), "holds no run of gan.train"),
    "a list": (lambda path: torch.save([1, 2], path), "holds no run of gan.train"),
    "a later format": (lambda path: edited(path, format=4), "has format 4; must be 3"),
    "parts are missing": (lambda path: torch.save({"format": 3, "index": 3}, path), "holds no run of gan.train"),
    "wider networks": (lambda path: checkpoint(path, pair=wide), "G's net.0.weight is (9, 2) there and (8, 2) here"),
    "deeper networks": (lambda path: checkpoint(path, pair=deep), "is of another model"),
    "convolutions": (lambda path: checkpoint(path, pair=convs, data=IMAGES), "is of another model"),
    "another D": (lambda path: checkpoint(path, pair=dropouts), "D's 0.0.weight is None there"),
    "with a moving average": (lambda path: checkpoint(path, ema=0.9), "saved with a moving average"),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_file_that_is_no_checkpoint_of_this_run_gives_one_value_error_and_changes_nothing(kind, tmp_path):
    write, why = FOREIGN[kind]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        write(tmp_path / "run.pt")
    torch.manual_seed(3)
    G, D = mlps()
    before = [value.clone() for net in (G, D) for value in net.state_dict().values()], torch.get_rng_state()
    with pytest.raises(ValueError) as error:
        gan.train(G, D, POINTS, steps=STEPS, seed=0, resume=tmp_path / "run.pt")
    message = str(error.value)
    assert message.startswith("resume: ")
    assert "run.pt" in message
    assert "must" in message
    assert why in message
    assert same(before[0], [value for net in (G, D) for value in net.state_dict().values()])
    assert torch.equal(before[1], torch.get_rng_state())


def test_random_bytes_are_never_more_than_one_value_error(tmp_path):
    path, lottery = tmp_path / "run.pt", random.Random(0)
    checkpoint(path)
    good = path.read_bytes()
    for _ in range(30):
        put(path, lottery.choice([lottery.randbytes(200), b"\x80\x02" + lottery.randbytes(60), b"PK" + good[2:999]]))
        with pytest.raises(ValueError, match=r"^resume: "):
            new(resume=path)


def test_a_missing_checkpoint_is_named(tmp_path):
    for path in (tmp_path / "nothing.pt", tmp_path):
        with pytest.raises(FileNotFoundError, match=r"^resume: there is no file .*; must be one that run.save"):
            new(resume=path)


def test_an_average_that_was_not_saved_cannot_be_resumed(tmp_path):
    checkpoint(tmp_path / "run.pt")
    with pytest.raises(ValueError, match="was saved without a moving average of G; must agree with ema"):
        new(ema=0.9, resume=tmp_path / "run.pt")


def test_fewer_steps_than_were_saved_are_refused(tmp_path):
    run = new(steps=5)
    list(run)
    run.save(tmp_path / "run.pt")
    with pytest.raises(ValueError, match=r"^steps: got 4, but .*run.pt has done 5; must be at least that"):
        new(steps=4, resume=tmp_path / "run.pt")
