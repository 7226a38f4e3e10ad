"""Make gan/lab/handwritten.js: scikit-learn's digits, four bits a pixel, and a small network that reads them.

The reader is a perceptron, as network.js runs it: 64 pixels, 64 hidden units, 10 logits. It is fitted on four fifths of
the digits, with their pixels shaken and noise added, and the script says how many of the others it reads rightly.
"""
import base64
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy

import gan
from gan.models import leaky, mlp

FILE = Path(__file__).resolve().parents[2] / "gan/lab/handwritten.js"
TEXT = """\
// What book/tools/handwritten.py has made. HANDWRITTEN: scikit-learn's 1,797 digits (Alpaydin & Kaynak 1998), 8 x 8
// pixels of 16 grey levels, two to a byte, sorted; COUNTS of them are 0, 1, ... READER: the weights, in half precision,
// of a perceptron (64, 64, 10) that reads {right:.1f} % of {held_out} digits rightly that it never saw.
export const COUNTS = [{counts}];
export const HANDWRITTEN = "{digits}";
export const READER = "{reader}";
"""


def packed() -> tuple[bytes, list[int]]:
    """Two pixels to a byte; of scikit-learn's 17 grey levels the two darkest become one."""
    images, labels = gan.data.digits()
    levels = ((images + 1) * 8).round().clamp(max=15).to(torch.uint8).flatten(1)[labels.argsort(stable=True)]
    return (levels[:, ::2] * 16 + levels[:, 1::2]).numpy().tobytes(), labels.bincount().tolist()


def fitted() -> tuple[torch.nn.Module, float, int]:
    """The reader, the share of held-out digits that it reads rightly, and how many these are."""
    images, labels = gan.data.digits()
    torch.manual_seed(0)
    order = torch.randperm(len(images))
    known, held_out = order[360:], order[:360]
    net = mlp([64, 64, 10], leaky)
    adam = torch.optim.Adam(net.parameters(), 3e-3, weight_decay=1e-4)
    steps = 3_000
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps)
    for _ in range(steps):
        rows = known[torch.randint(len(known), (64,))]
        x = images[rows].roll([int(torch.randint(-1, 2, ())) * int(torch.rand(()) < 0.3)], [3]).flatten(1)
        loss = cross_entropy(net(x + 0.2 * torch.randn_like(x)), labels[rows])
        adam.zero_grad()
        loss.backward()
        adam.step()
        rate.step()
    net = net.half().float()
    right = (net(images[held_out].flatten(1)).argmax(1) == labels[held_out]).float().mean().item()
    return net, right, len(held_out)


def main() -> None:
    digits, counts = packed()
    net, right, held_out = fitted()
    weights = torch.cat([weight.detach().flatten() for weight in net.parameters()]).half().numpy().astype("<f2")
    encoded = [base64.b64encode(part).decode() for part in (digits, weights.tobytes())]
    FILE.write_text(TEXT.format(counts=", ".join(map(str, counts)), right=100 * right, held_out=held_out,
                                digits=encoded[0], reader=encoded[1]), "utf8")
    print(f"{FILE.name}: {FILE.stat().st_size / 1024:.0f} KiB; {100 * right:.1f} % of {held_out} read rightly")


if __name__ == "__main__":
    main()
