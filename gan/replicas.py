"""One run on several processes, a GPU for each: torchrun starts them, DistributedDataParallel averages the gradients.

    torchrun --standalone --nproc-per-node 2 -m gan.replicas --steps 200 --save run.pt

Each process, a rank, holds networks, optimizers and averages of its own, and ``gan.train`` runs on it as anywhere. The
weights stay equal, because they begin so and all ranks take the same mean gradient. All draw the same random numbers,
and each takes its own part of every batch. So the number of ranks changes a run by rounding alone, and a checkpoint
can be gone on with by another number of them. That holds for what ``noise`` and data draw: what a layer or penalty
draws by itself, dropout or the points of a gradient penalty, comes from torch's global generator and is not split.
"""

import argparse
import inspect
import os
from copy import deepcopy

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from gan import data as datasets
from gan.models import dcgan_pair
from gan.penalties import r1
from gan.train import train

# Batch norm's running statistics need no broadcast at each forward where its batches are synchronised. The argument
# has another name since PyTorch 2.14.
QUIET = "forward_sync_buffers" if "forward_sync_buffers" in inspect.signature(DistributedDataParallel).parameters \
    else "broadcast_buffers"


def join_group(on: str = "") -> tuple[int, int, torch.device]:
    """This process's rank, how many there are, and its device. Without torchrun or a group it is the only one.

    NCCL connects GPUs, one to a rank; where they are too few, or ``on`` is "cpu", gloo connects CPUs.
    """
    if dist.is_initialized():
        return dist.get_rank(), dist.get_world_size(), torch.device("cpu")
    rank, ranks = (int(os.environ.get(name, default)) for name, default in (("RANK", 0), ("WORLD_SIZE", 1)))
    local, here = (int(os.environ.get(name, default)) for name, default in (("LOCAL_RANK", 0), ("LOCAL_WORLD_SIZE", 1)))
    on_gpus = on != "cpu" and torch.cuda.is_available() and torch.cuda.device_count() >= here
    device = torch.device("cuda", local) if on_gpus else torch.device("cpu")
    if on_gpus:
        torch.cuda.set_device(device)
    if ranks > 1:
        dist.init_process_group("nccl" if on_gpus else "gloo")
    return rank, ranks, device


def spread_out(G: nn.Module, D: nn.Module, data,
               device: torch.device | str = "cpu") -> tuple[nn.Module, nn.Module, "PartOfData"]:
    """G, D and data as ``gan.train`` takes them on each rank of a group, with ``batch`` the size of a rank's part.

    Batch norm becomes ``SyncBatchNorm``, which PyTorch has for GPUs alone: on CPUs it raises ``ValueError``, since
    statistics of a part would make the run depend on the number of ranks. Layers that compare samples, such as
    minibatch standard deviation, see their rank's part.
    """
    if not dist.is_initialized():
        return G.to(device), D.to(device), PartOfData(data, device)
    pair = []
    for name, network in (("G", G), ("D", D)):
        if any(isinstance(layer, nn.modules.batchnorm._BatchNorm) for layer in network.modules()):
            if torch.device(device).type == "cpu":
                raise ValueError(f"{name}: has batch norm, whose statistics would be those of a rank's part; must be "
                                 "without on CPUs (on GPUs it becomes SyncBatchNorm)")
            network = nn.SyncBatchNorm.convert_sync_batchnorm(network)
        pair.append(Replica(network.to(device)))
    return *pair, PartOfData(data, device)


class Replica(DistributedDataParallel):
    """DistributedDataParallel that is otherwise like the network in it: its attributes, its names in a checkpoint.

    A copy of it, as G's moving average is, is a plain network. A generator's ``noise`` gives the rank's part of what
    all ranks draw together; its ``sample`` is the network's own, with no other rank asked.
    """

    def __init__(self, network: nn.Module, **more):
        super().__init__(network, **({QUIET: False} | more))

    def __getattr__(self, name: str):
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(self.module, name)

    def __deepcopy__(self, memo):
        return deepcopy(self.module, memo)

    def noise(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        return part_of(self.module.noise(n * dist.get_world_size(), generator))

    def state_dict(self, *given, **more):
        return self.module.state_dict(*given, **more)

    def load_state_dict(self, *given, **more):
        return self.module.load_state_dict(*given, **more)

    def get_buffer(self, target: str) -> Tensor:
        return self.module.get_buffer(target)


class PartOfData:
    """Data of which each rank draws its part of a batch: a tensor (N, ...), a tuple (x, y, ...), or what draws."""

    def __init__(self, data, device: torch.device | str = "cpu"):
        self.data = data
        if not hasattr(data, "sample"):
            self.data = tuple(part.to(device) for part in (data if isinstance(data, tuple) else (data,)))

    def sample(self, shape: tuple[int, ...], generator: torch.Generator) -> Tensor | tuple[Tensor, ...]:
        shape = (shape[0] * (dist.get_world_size() if dist.is_initialized() else 1), *shape[1:])
        if hasattr(self.data, "sample"):
            drawn = self.data.sample(shape, generator=generator)
            return tuple(map(part_of, drawn)) if isinstance(drawn, tuple) else part_of(drawn)
        which = part_of(torch.randint(len(self.data[0]), shape, generator=generator, device=generator.device))
        return tuple(part[which] for part in self.data)


def part_of(x: Tensor) -> Tensor:
    """This rank's share of what all ranks have drawn alike, (ranks · B, ...) -> (B, ...)."""
    return x.chunk(dist.get_world_size())[dist.get_rank()] if dist.is_initialized() else x


def train_faces(arguments: list[str] | None = None) -> train:
    """Train a small pair on faces; on each rank of torchrun, or alone. What is asked for is in ``--help``."""
    parser = argparse.ArgumentParser("python -m gan.replicas", description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--batch", type=int, default=32, help="of all ranks together")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--save", help="a checkpoint's path; rank 0 writes it")
    parser.add_argument("--every", type=int, default=50, help="steps from one report, and checkpoint, to the next")
    parser.add_argument("--resume", help="the path of a checkpoint, of any number of ranks")
    parser.add_argument("--double", action="store_true", help="in double precision, to compare runs")
    parser.add_argument("--cpu", action="store_true", help="even where there are GPUs")
    asked = parser.parse_args(arguments)

    there_already = dist.is_initialized()
    rank, ranks, device = join_group("cpu" if asked.cpu else "")
    if asked.batch % ranks:
        raise ValueError(f"--batch: got {asked.batch} for {ranks} ranks; must be a multiple, so that all take as many")
    torch.manual_seed(asked.seed)                          # the same first weights everywhere
    images, _ = datasets.faces(2_000, 16, torch.Generator().manual_seed(asked.seed))
    G, D = dcgan_pair(16, width=16, norm="")
    if asked.double:
        images, G, D = images.double(), G.double(), D.double()
    G, D, data = spread_out(G, D, images, device)
    run = train(G, D, data, steps=asked.steps, batch=asked.batch // ranks, lr=1e-3, betas=(0.0, 0.99), ema=0.95,
                penalties=(r1(1.0),), seed=asked.seed, device=device, resume=asked.resume)
    print(f"rank {rank} of {ranks}, {device}: {run.batch} of {asked.batch} faces, from step {run.index}", flush=True)
    for step in run:
        if step.index % asked.every == 0 or step.index == asked.steps:
            losses = torch.stack([step.d_loss, step.g_loss])
            if ranks > 1:
                dist.all_reduce(losses)                    # all ranks must come here
            if rank == 0:
                d_loss, g_loss = (losses / ranks).tolist()
                print(f"step {step.index}: D's loss ≈ {d_loss:.3f}, G's ≈ {g_loss:.3f}", flush=True)
                if asked.save:
                    run.save(asked.save)
    if ranks > 1 and not there_already:
        dist.destroy_process_group()
    return run


if __name__ == "__main__":
    train_faces()
