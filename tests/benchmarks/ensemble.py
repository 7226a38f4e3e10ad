"""Run-steps per second of many runs at once, beside one run at a time. Prints ratios from one run.

    one      ``gan.train`` with one pair
    batched  ``gan.train`` with ``gan.ensemble.stack``: one batched product for each layer
    vmap     the same step with torch.func.vmap over stacked weights, written out by hand

Short chunks alternate, each time in another order; a ratio is the median over the rounds.

    python tests/benchmarks/ensemble.py [runs [rounds]]
"""

import sys
import time
from statistics import median

import torch
from torch.func import functional_call, stack_module_state, vmap
from torch.nn.functional import logsigmoid
from torch.optim import Adam

import gan

BATCH, RATE, BETAS = 128, 2e-4, (0.5, 0.999)


def one(pairs, data, device):
    G, D = pairs[0]
    return iter(gan.train(G.to(device), D.to(device), data, steps=10**9, batch=BATCH, device=device, seed=0))


def batched(pairs, data, device):
    G, D = gan.ensemble.stack(pairs)
    return iter(gan.train(G.to(device), D.to(device), data, steps=10**9, batch=BATCH, device=device, seed=0))


def vmapped(pairs, data, device):
    random = torch.Generator(device).manual_seed(0)
    Gs, Ds = ([network.to(device) for network in networks] for networks in zip(*pairs))
    g_weights, d_weights = stack_module_state(Gs)[0], stack_module_state(Ds)[0]
    # nn.Flatten(0) ends a D; vmap sees one run, so it stays as it is.
    G = vmap(lambda weights, z: functional_call(Gs[0], weights, (z,)))
    D = vmap(lambda weights, x: functional_call(Ds[0], weights, (x,)))
    g_adam = Adam(g_weights.values(), RATE, BETAS, fused=True)
    d_adam = Adam(d_weights.values(), RATE, BETAS, fused=True)
    while True:
        real = data[torch.randint(len(data), (len(pairs), BATCH), generator=random, device=device)]
        fake = G(g_weights, torch.randn(len(pairs), BATCH, Gs[0].latent, generator=random, device=device))
        real_logits, fake_logits = D(d_weights, torch.cat([real, fake.detach()], 1)).chunk(2, -1)
        d_loss = -(logsigmoid(real_logits) + logsigmoid(-fake_logits)).mean(-1).sum()
        d_adam.zero_grad()
        d_loss.backward(inputs=list(d_weights.values()))
        d_adam.step()
        g_loss = -logsigmoid(D(d_weights, fake)).mean(-1).sum()
        g_adam.zero_grad()
        g_loss.backward(inputs=list(g_weights.values()))
        g_adam.step()
        yield


def main(runs, rounds, steps=30):
    device = gan.pick_device()
    data = gan.data.ring().sample((50_000,)).to(device)
    loops, seconds = [], {}
    for loop, factor in ((one, 1), (batched, runs), (vmapped, runs)):
        torch.manual_seed(0)
        loops.append((loop.__name__, factor, loop([gan.models.mlp_pair() for _ in range(runs)], data, device)))
        seconds[loop.__name__] = []                                      # of one run-step
    for i in range(rounds + 1):
        for name, factor, steps_of in loops[i % 3:] + loops[:i % 3]:
            start = time.perf_counter()
            for _ in range(steps):
                next(steps_of)
            if device.type == "cuda":
                torch.cuda.synchronize()
            if i:                                                        # the first round warms up
                seconds[name].append((time.perf_counter() - start) / steps / factor)
    print(f"ring GAN on {device}, {torch.get_num_threads()} thread(s), {runs} runs: "
          f"one at a time {1 / median(seconds['one']):.0f} run-steps/s", end="")
    for name, wanted in (("batched", " (wanted: 3.5)"), ("vmapped", "")):
        ratio = median(alone / own for alone, own in zip(seconds["one"], seconds[name], strict=True))
        print(f"; {name} {1 / median(seconds[name]):.0f}, {ratio:.2f} x{wanted}", end="")
    print()


if __name__ == "__main__":
    runs, rounds = (int(word) for word in (sys.argv[1:] + ["16", "15"][len(sys.argv) - 1:])[:2])
    for threads in (1, 2):
        torch.set_num_threads(threads)
        main(runs, rounds)
