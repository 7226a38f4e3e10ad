"""A run on several processes: the same as on one; its checkpoints; what happens where a process dies."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

import gan
from gan.models import mlp_pair
from gan.replicas import PartOfData, Replica, join_group, part_of, spread_out, train_faces

ALIKE = ("--double", "--cpu", "--every", "4")
TORCHRUN = (sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2",
            "-m", "gan.replicas")
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}


@pytest.fixture
def group(tmp_path):
    """A group of this process alone."""
    dist.init_process_group("gloo", init_method=(tmp_path / "meeting").as_uri(), rank=0, world_size=1)
    yield
    dist.destroy_process_group()


def weights_of(run):
    return torch.cat([weight.detach().flatten() for net in (run.G, run.D, run.G_ema) for weight in net.parameters()])


def torchrun(*options):
    ran = subprocess.run([*TORCHRUN, *options], capture_output=True, text=True, env=ENVIRONMENT, timeout=120)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


# Two processes --------------------------------------------------------------------------------------------------------
def test_two_processes_are_one_and_checkpoints_go_both_ways(tmp_path):
    """2 -> 1, and 1 -> 2, end where 8 steps on one process do."""
    on_one = train_faces(["--steps", "8", *ALIKE])
    two, one, again = (str(tmp_path / name) for name in ("two.pt", "one.pt", "again.pt"))
    said = torchrun("--steps", "4", "--save", two, *ALIKE)
    assert "rank 0 of 2, cpu: 16 of 32 faces, from step 0" in said and "rank 1 of 2, cpu" in said
    assert said.count("step 4: D's loss") == 1                                      # one of them tells
    finished = train_faces(["--steps", "8", "--resume", two, *ALIKE])
    assert finished.index == 8 and (weights_of(finished) - weights_of(on_one)).abs().max() < 1e-10

    train_faces(["--steps", "4", "--save", one, *ALIKE])
    torchrun("--steps", "8", "--resume", one, "--save", again, *ALIKE)
    saved = torch.load(again, weights_only=True)
    assert saved["index"] == 8 and saved["G"].keys() == on_one.G.state_dict().keys()
    assert all((saved["G"][name] - weight).abs().max() < 1e-10 for name, weight in on_one.G.state_dict().items())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.pt", "one.pt", "two.pt"]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds the ranks in /proc")
def test_a_killed_rank_ends_the_run_within_seconds_and_leaves_the_last_checkpoint_whole(tmp_path):
    path = tmp_path / "run.pt"
    run = subprocess.Popen([*TORCHRUN, "--steps", "100000", "--every", "1", "--save", str(path), "--cpu"],
                           stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
    try:
        until = time.monotonic() + 90
        while not path.exists():
            assert run.poll() is None and time.monotonic() < until
            time.sleep(0.05)
        ranks = [pid for pid in children(run.pid) if rank_of(pid) == "1"]
        os.kill(ranks[0], signal.SIGKILL)
        killed = time.monotonic()
        _, said = run.communicate(timeout=60)
        assert time.monotonic() - killed < 30                                       # seconds, on a busy machine too
    finally:
        run.kill()
    assert run.returncode != 0 and "SIGKILL" in said
    saved = torch.load(path, weights_only=True)
    assert saved["index"] >= 1
    assert train_faces(["--steps", str(saved["index"] + 1), "--resume", str(path), "--cpu"]).index == saved["index"] + 1


def children(parent):
    """Processes whose parent this is."""
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1]) == parent:
                yield int(folder.name)
        except (OSError, ValueError):
            continue


def rank_of(pid):
    settings = (Path("/proc") / str(pid) / "environ").read_bytes().split(b"\0")
    return next((one[5:].decode() for one in settings if one.startswith(b"RANK=")), None)


# One process ----------------------------------------------------------------------------------------------------------
def test_a_group_of_one_is_a_run_without_a_group(group):
    torch.manual_seed(0)
    runs = []
    points = gan.data.ring().sample((200,), torch.Generator().manual_seed(0))
    for wrapped in (False, True):
        torch.manual_seed(1)
        G, D = mlp_pair(width=8)
        data = points
        if wrapped:
            G, D, data = spread_out(G, D, points)
        run = gan.train(G, D, data, steps=5, batch=8, seed=2, ema=0.9, device="cpu", penalties=(gan.penalties.r1(1.0),))
        for _ in run:
            pass
        runs.append(run)
    assert torch.equal(*map(weights_of, runs))
    assert type(runs[1].G_ema) is gan.models.Generator and isinstance(runs[1].G, Replica)
    assert torch.equal(*(run.G.sample(3, torch.Generator().manual_seed(0)) for run in runs))


def test_a_replica_is_saved_as_the_network_in_it(group, tmp_path):
    G, _ = mlp_pair(width=4)
    replica = Replica(G)
    assert replica.latent == 2 and replica.state_dict().keys() == G.state_dict().keys()
    assert DistributedDataParallel(mlp_pair(width=4)[1]).state_dict().keys() != mlp_pair(width=4)[1].state_dict().keys()
    replica.load_state_dict({name: 0 * value for name, value in G.state_dict().items()})
    assert all(not weight.count_nonzero() for weight in G.parameters())
    assert replica.get_buffer("_like") is G.get_buffer("_like")
    with pytest.raises(AttributeError):
        replica.no_such_thing


def test_batch_norm_is_refused_on_cpus(group):
    G, D = mlp_pair(width=4)
    G.net.insert(1, nn.BatchNorm1d(4))
    with pytest.raises(ValueError, match="^G: has batch norm"):
        spread_out(G, D, torch.zeros(4, 2))


def test_batch_norm_of_one_process_is_let_through():
    G, D = gan.models.conv_pair(8, latent=3, width=4)
    images = torch.zeros(4, 1, 8, 8)
    assert spread_out(G, D, images)[:2] == (G, D)


# Parts ----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("ranks", [2, 4])
def test_parts_of_all_ranks_are_the_batch_of_one(monkeypatch, ranks):
    x, y = torch.randn(50, 3), torch.arange(50)

    def drawn(data, shape):
        return data.sample(shape, generator=torch.Generator().manual_seed(3))

    class Draws:
        def __init__(self, told):
            self.told = told

        def sample(self, shape, generator):
            made = torch.randn(*shape, 2, generator=generator)
            return (made, made[:, 0]) if self.told else made

    for data in ((x, y), x, Draws(True), Draws(False)):
        whole = drawn(PartOfData(data), (8,))
        parts = []
        with monkeypatch.context() as patch:
            patch.setattr(dist, "is_initialized", lambda: True)
            patch.setattr(dist, "get_world_size", lambda: ranks)
            for rank in range(ranks):
                patch.setattr(dist, "get_rank", lambda: rank)
                parts.append(drawn(PartOfData(data), (8 // ranks,)))
        if isinstance(whole, torch.Tensor):
            whole, parts = (whole,), [(part,) for part in parts]
        assert all(torch.equal(torch.cat(each), one) for each, one in zip(zip(*parts), whole, strict=True))
    assert part_of(x) is x


# The command ----------------------------------------------------------------------------------------------------------
def test_without_torchrun_it_is_the_only_rank(capsys):
    rank, ranks, device = join_group("cpu")
    assert (rank, ranks, device.type) == (0, 1, "cpu")
    run = train_faces(["--steps", "2", "--batch", "4", "--cpu"])
    assert run.index == 2 and "rank 0 of 1, cpu: 4 of 4 faces, from step 0" in capsys.readouterr().out


def test_in_a_group_it_is_that_groups_rank(group):
    assert join_group() == (0, 1, torch.device("cpu"))


def test_a_batch_that_ranks_cannot_share(group, monkeypatch):
    monkeypatch.setattr(dist, "get_world_size", lambda: 3)
    with pytest.raises(ValueError, match="^--batch: got 32 for 3 ranks"):
        train_faces(["--steps", "1"])
