"""How good chapter 4's digits are, over seeds, in the eyes of a classifier that had no part in training them.

    python tests/benchmarks/digits.py [seeds]
"""

import sys
import time

import torch

import gan
from gan.metrics import fit_classifier, frechet_distance

SETTINGS = {"steps": 900, "batch": 32, "lr": 4e-3, "betas": (0.0, 0.99), "ema": 0.995}      # chapter 4's


def main(seeds):
    device = gan.pick_device()
    images, labels = (tensor.to(device) for tensor in gan.data.digits(size=16))
    split = torch.randperm(len(images), generator=torch.Generator().manual_seed(0)).to(device)
    known, held_out = split[:1_200], split[1_200:]
    classifier = fit_classifier(images[known], labels[known])
    features = classifier[:-1]
    right = (classifier(images[held_out]).argmax(1) == labels[held_out]).float().mean()
    print(f"classifier: right on {100 * right:.1f} % of held-out digits (wanted: 97)")

    def judge(name, pictures):
        sure, digit = classifier(pictures).softmax(1).max(1)
        rarest = torch.bincount(digit, minlength=10).min().item() / len(pictures)
        distance = frechet_distance(features(pictures), features(images))
        print(f"{name}: 90 % sure of {100 * (sure >= 0.9).float().mean():.0f} %, rarest digit {100 * rarest:.1f} %, "
              f"Fréchet distance {distance:.1f}", end="")
        return distance

    judge("real, held out", images[held_out])
    print()
    for seed in range(seeds):
        torch.manual_seed(seed)
        G, D = (net.to(device) for net in gan.models.conv_pair(size=16, latent=32, width=24))
        before = judge(f"seed {seed}, untrained", G.sample(2_000))
        start = time.perf_counter()
        run = gan.train(G, D, images, device=device, **SETTINGS)
        for _ in run:
            pass
        seconds = time.perf_counter() - start
        after = judge(f"\nseed {seed}, after {seconds:.0f} s", run.G_ema.sample(2_000))
        print(f", {before / after:.0f} times smaller\n    (wanted: in 45 s; sure of 65 %, rarest 3 %, 20 times)")


if __name__ == "__main__":
    torch.set_num_threads(1)                                 # two threads wait for each other where others work too
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
