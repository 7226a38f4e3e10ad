"""Two processes that answer: what they know, and what happens where one of them fails."""

import linecache
import pickle
import time

import pytest
import torch
import torch.distributed as dist

from gan import processes
from gan.processes import Ranks, serve_rank, text_of


def number(add=0):
    return dist.get_rank() + add, dist.get_world_size()


def summed_numbers():
    x = torch.tensor([float(dist.get_rank() + 1)])
    dist.all_reduce(x)
    return number(10), x.item()


def fails_on_one(how):
    import os as system
    if dist.get_rank() == 1 and how == "killed":
        system.kill(system.getpid(), 9)
    if dist.get_rank() == 1:
        raise FloatingPointError("D's loss is nan at step 3")
    dist.all_reduce(torch.ones(1))


@pytest.fixture(scope="module")
def ranks():
    ranks = Ranks(2)
    for function in (number, summed_numbers, fails_on_one):
        assert ranks.know(function) is function
    yield ranks
    ranks.close()


def test_each_rank_answers(ranks):
    assert ranks.ask(number) == [(0, 2), (1, 2)]
    assert ranks.ask(number, add=5) == [(5, 2), (6, 2)]


def test_ranks_meet_and_use_what_they_know(ranks):
    assert ranks.ask(summed_numbers) == [((10, 2), 3.0), ((11, 2), 3.0)]


def test_a_function_learned_later_is_known(ranks):
    ranks.ask(number)

    @ranks.know
    def later(x):
        """Text and decorator go."""
        return x + number()[0]

    assert later.__doc__ == "Text and decorator go." and ranks.ask(later, 1) == [1, 2]


@pytest.mark.parametrize("how, message", [("killed", "rank 1 was killed by SIGKILL\nall ranks are stopped"),
                                          ("raised", "rank 1 raised FloatingPointError: D's loss is nan at step 3\n")])
def test_one_failure_ends_all_within_seconds_and_is_named(ranks, how, message):
    processes = (ranks.ask(number), ranks.processes.processes)[1]
    start = time.monotonic()
    with pytest.raises(RuntimeError, match=message):
        ranks.ask(fails_on_one, how)
    assert time.monotonic() - start < 10
    assert not any(process.is_alive() for process in processes) and ranks.processes is None


@pytest.mark.parametrize("running", [True, False], ids=["while they run", "before they start"])
def test_what_cannot_be_defined_is_forgotten(ranks, running, monkeypatch):
    ranks.ask(number)
    if not running:
        ranks.close()

    undefined_text = "def undefined(x: NoSuchType):\n    return x"
    if running:
        monkeypatch.setattr(processes, "text_of", lambda function: undefined_text)
        with pytest.raises(RuntimeError, match="NoSuchType"):
            ranks.know(number)
        assert ranks.texts["number"] != undefined_text
    else:
        ranks.texts["undefined"] = undefined_text
        with pytest.raises(RuntimeError, match="NoSuchType"):
            ranks.ask(number)
    assert "undefined" not in ranks.texts and ranks.ask(number) == [(0, 2), (1, 2)]


def test_the_text_goes_without_its_decorators():
    lines = ["@undefined\n", "def f():\n", "    return 1\n"]
    linecache.cache["a cell"] = sum(map(len, lines)), None, lines, "a cell"
    names = {"undefined": lambda f: f}
    exec(compile("".join(lines), "a cell", "exec"), names)
    assert text_of(names["f"]) == "def f():\n    return 1"


class Pipe:
    """A notebook that asks these questions and then ends."""

    def __init__(self, *asked):
        self.asked, self.answers = [pickle.dumps(one) for one in asked], []

    def recv_bytes(self):
        if not self.asked:
            raise EOFError
        return self.asked.pop(0)

    def send_bytes(self, answer):
        self.answers.append(pickle.loads(answer))


def test_a_rank_alone(tmp_path):
    pipe = Pipe("def twice(x): return 2 * x", ("twice", (3,), {}))
    serve_rank(0, 1, (tmp_path / "meeting").as_uri(), 10.0, [pipe])
    assert pipe.answers == [(None, None), (None, 6)] and not dist.is_initialized()


def test_a_rank_alone_says_what_it_failed_of(tmp_path):
    pipe = Pipe(("twice", (3,), {}))
    try:
        with pytest.raises(KeyError):
            serve_rank(0, 1, (tmp_path / "meeting").as_uri(), 10.0, [pipe])
    finally:
        dist.destroy_process_group()
    (when, why), = pipe.answers
    assert when <= time.time() and why == "raised KeyError: 'twice'"


def interrupted(*given):
    """As Ctrl-C; the signal itself is ignored in a process that was started in the background."""
    raise KeyboardInterrupt


def test_it_stops_where_the_notebook_is_interrupted(monkeypatch):
    ranks = Ranks(1)
    ranks.know(number)
    ranks.ask(number)
    process, = ranks.processes.processes
    monkeypatch.setattr(Ranks, "_listen", interrupted)
    with pytest.raises(KeyboardInterrupt):
        ranks.ask(number)
    assert not process.is_alive() and ranks.processes is None
