"""Steps per second of ``gan.train`` beside two loops written out by hand. Prints ratios from one run.

    lean      the least work that makes the same step: shared fakes, one pass of D, fused Adam, no checks
    tutorial  as most tutorials write it: DataLoader, fresh fakes in each step, BCELoss with label tensors,
              plain Adam, D's gradients computed in G's step, .item() and a print in each step, and the
              memory layout that torch gives without being asked (``conv_pair`` puts channels last)

Short chunks of steps alternate between the loops, each time in another order, so that a busy machine disturbs
all alike. A ratio is the median over the rounds.

    python tests/benchmarks/loop.py [rounds]
"""

import os
import subprocess
import sys
import time
from contextlib import redirect_stdout
from itertools import count
from statistics import median

import torch
from torch import nn
from torch.nn.functional import logsigmoid
from torch.optim import Adam
from torch.utils.data import DataLoader, TensorDataset

import gan

RATE, BETAS = 2e-4, (0.5, 0.999)


def ours(G, D, data, batch, device):
    return iter(gan.train(G, D, data, steps=10**9, batch=batch, device=device, seed=0))


def lean(G, D, data, batch, device):
    random = torch.Generator(device).manual_seed(0)
    data, g_weights, d_weights = data.to(device), list(G.parameters()), list(D.parameters())
    g_adam, d_adam = Adam(g_weights, RATE, BETAS, fused=True), Adam(d_weights, RATE, BETAS, fused=True)
    while True:
        real = data[torch.randint(len(data), (batch,), generator=random, device=device)]
        fake = G(torch.randn(batch, G.latent, generator=random, device=device))
        real_logits, fake_logits = D(torch.cat([real, fake.detach()])).split(batch)
        d_loss = -(logsigmoid(real_logits) + logsigmoid(-fake_logits)).mean()
        d_adam.zero_grad()
        d_loss.backward(inputs=d_weights)
        d_adam.step()
        g_loss = -logsigmoid(D(fake)).mean()
        g_adam.zero_grad()
        g_loss.backward(inputs=g_weights)
        g_adam.step()
        yield


def tutorial(G, D, data, batch, device):
    G, D = G.to(memory_format=torch.contiguous_format), D.to(memory_format=torch.contiguous_format)
    loader = DataLoader(TensorDataset(data), batch, shuffle=True, drop_last=True)
    bce, g_adam, d_adam = nn.BCELoss(), Adam(G.parameters(), RATE, BETAS), Adam(D.parameters(), RATE, BETAS)
    for epoch in count():
        for i, (real,) in enumerate(loader):
            real = real.to(device)
            ones, zeros = torch.ones(batch, device=device), torch.zeros(batch, device=device)
            d_adam.zero_grad()
            fake = G(torch.randn(batch, G.latent, device=device))
            d_real, d_fake = bce(D(real).sigmoid(), ones), bce(D(fake.detach()).sigmoid(), zeros)
            (d_real + d_fake).backward()
            d_adam.step()
            g_adam.zero_grad()
            fake = G(torch.randn(batch, G.latent, device=device))
            g_loss = bce(D(fake).sigmoid(), ones)
            g_loss.backward()
            g_adam.step()
            print(f"epoch {epoch} batch {i}: D {d_real.item() + d_fake.item():.3f} G {g_loss.item():.3f}")
            yield


def race(name, pair, data, batch, steps, rounds, bar):
    """Print our speed and the ratios to the other two loops; each loop has networks of its own."""
    device = gan.pick_device()
    loops, seconds = [], {}
    for loop in (ours, lean, tutorial):
        torch.manual_seed(0)
        G, D = pair()
        loops.append((loop.__name__, loop(G.to(device), D.to(device), data, batch, device)))
        seconds[loop.__name__] = []
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        for i in range(rounds + 1):
            for loop, steps_of in loops[i % 3:] + loops[:i % 3]:
                start = time.perf_counter()
                for _ in range(steps):
                    next(steps_of)
                if device.type == "cuda":
                    torch.cuda.synchronize()
                if i:                                        # the first round warms up
                    seconds[loop].append(time.perf_counter() - start)
    print(f"{name}, on {device}: {steps / median(seconds['ours']):.0f} steps/s", end="")
    for other, wanted in (("lean", 0.97), ("tutorial", bar)):
        ratio = median(theirs / ours for theirs, ours in zip(seconds[other], seconds["ours"], strict=True))
        print(f"; {ratio:.2f} x {other} (wanted: {wanted})", end="")
    print()


def import_time(times=5):
    code = "import torch, time; start = time.perf_counter(); import gan; print(time.perf_counter() - start)"
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
            for _ in range(times)]
    print(f"import gan, on top of import torch: {median(map(float, runs)):.3f} s (wanted: below 0.1)")


if __name__ == "__main__":
    torch.set_num_threads(1)                                 # two threads wait for each other where others work too
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    import_time()
    ring = gan.data.ring().sample((50_000,))
    race("MLP on the ring, batch 128", gan.models.mlp_pair, ring, 128, steps=40, rounds=rounds, bar=1.6)
    images, _ = gan.data.digits(size=32)
    race("conv pair, 32 x 32, batch 64", lambda: gan.models.conv_pair(32), images, 64, steps=4, rounds=rounds, bar=1.4)
    faces, _ = gan.data.faces(2_000, 32, torch.Generator().manual_seed(0))
    race("conv pair, faces of 32 x 32, batch 32", lambda: gan.models.conv_pair(32, 3), faces, 32, steps=8,
         rounds=rounds, bar=1.4)
