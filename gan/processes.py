"""Processes that a notebook talks to: what torchrun makes of a script, for one function after the other."""

import ast
import inspect
import pickle
import signal
import tempfile
import textwrap
import time
import warnings
from datetime import timedelta
from pathlib import Path

import torch
import torch.distributed as dist
import torch.multiprocessing as mp

GIVEN = """
import gan, torch
import torch.distributed as dist
from functools import partial
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from gan.replicas import PartOfData, Replica, part_of, spread_out
"""


class Ranks:
    """``n`` processes on this machine's CPU, in one gloo group, with a thread each. They start when first asked.

        ranks = Ranks(2)

        @ranks.know
        def number():
            return dist.get_rank(), dist.get_world_size()

        ranks.ask(number)                     # [(0, 2), (1, 2)]: each rank's result

    A function's text is sent, so it can use its arguments, functions that are known already, and what ``GIVEN``
    imports; in this process it stays what it is. Where a rank fails or is killed, the others are stopped, and
    ``RuntimeError`` says which it was and why; the next question starts new ones. ``timeout``: seconds that a rank
    waits for the others.
    """

    def __init__(self, n: int = 2, timeout: float = 60.0):
        self.n, self.timeout, self.texts, self.processes = n, timeout, {}, None

    def know(self, function):
        """Have all ranks define the function; gives it back as it is."""
        text = text_of(function)
        if self.processes:
            self._send(text)                               # one that cannot be defined is not kept
        self.texts[function.__name__] = text
        return function

    def ask(self, function, *given, **more) -> list:
        """What a known function gives on each rank, rank 0 first."""
        if not self.processes:
            self._start()
        return self._send((function.__name__, given, more))

    def close(self) -> None:
        """Stop the processes."""
        if not self.processes:
            return
        for process in self.processes.processes:
            process.kill()
            process.join()
        for pipe in self.pipes:
            pipe.close()
        self.folder.cleanup()
        self.processes = None

    def _start(self) -> None:
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        pipes = [mp.Pipe() for _ in range(self.n)]
        self.pipes = [ours for ours, _ in pipes]
        meeting = (Path(self.folder.name) / "meeting").as_uri()            # a file: no port that could be taken
        given = self.n, meeting, self.timeout, [theirs for _, theirs in pipes]
        self.processes = mp.start_processes(serve_rank, given, self.n, join=False, daemon=True, start_method="spawn")
        for _, theirs in pipes:
            theirs.close()
        self._send(GIVEN)
        for name, text in list(self.texts.items()):
            kept = self.texts.pop(name)                    # gone if it fails: the next start is without it
            self._send(text)
            self.texts[name] = kept

    def _send(self, what) -> list:
        asked, answers, failures = pickle.dumps(what), {}, {}
        try:
            for pipe in self.pipes:
                pipe.send_bytes(asked)
            while len(answers) < self.n and not failures:
                self._listen(answers, failures)
        except BaseException as error:
            if not isinstance(error, OSError):                             # Ctrl-C: they may be anywhere
                self.close()
                raise
        if len(answers) < self.n:
            until = time.monotonic() + 0.5                   # one failure brings the next; which was first?
            while time.monotonic() < until and len(answers) + len(failures) < self.n:
                self._listen(answers, failures)
            rank = min(failures, key=lambda rank: failures[rank])
            _, why = failures[rank]
            self.close()
            raise RuntimeError(f"rank {rank} {why}\nall ranks are stopped")
        return [answers[rank] for rank in range(self.n)]

    def _listen(self, answers: dict, failures: dict) -> None:
        """Take what has come: answers, and of each rank that failed when and why."""
        for rank, pipe in enumerate(self.pipes):
            if rank in answers or rank in failures or not pipe.poll(0.01):
                continue
            try:
                failed_at, answer = pickle.loads(pipe.recv_bytes())
            except (EOFError, OSError):                                    # it has ended without a word
                process = self.processes.processes[rank]
                process.join(5)
                failures[rank] = 0.0, f"was killed by {signal.Signals(-process.exitcode).name}" \
                    if (process.exitcode or 0) < 0 else f"ended with exit code {process.exitcode}"
                continue
            if failed_at is None:
                answers[rank] = answer
            else:
                failures[rank] = failed_at, answer


def text_of(function) -> str:
    """A function's text without its decorators."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    tree.body[0].decorator_list = []
    return ast.unparse(tree)


def serve_rank(rank: int, n: int, meeting: str, timeout: float, pipes: list) -> None:
    """A rank's life: meet the others, then define and call what comes through the pipe, until that is closed."""
    pipe = pipes[rank]
    for other in pipes:
        if other is not pipe:
            other.close()
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", "Grad strides do not match")         # DDP's, of weights with one row; no error
    dist.init_process_group("gloo", init_method=meeting, rank=rank, world_size=n, timeout=timedelta(seconds=timeout))
    names = {}
    while True:
        try:
            asked = pickle.loads(pipe.recv_bytes())
        except EOFError:                                                   # the notebook has ended
            break
        try:
            answer = None
            if isinstance(asked, str):
                exec(asked, names)
            else:
                name, given, more = asked
                answer = names[name](*given, **more)
            pipe.send_bytes(pickle.dumps((None, answer)))
        except Exception as error:
            pipe.send_bytes(pickle.dumps((time.time(), f"raised {type(error).__name__}: {error}")))
            raise
    dist.destroy_process_group()
