"""A generator of digits that descends on the Fréchet distance of one feature net, judged by others; three seeds.

"on": from the stored generator of noise_digits.py; "from scratch": the same net, untrained. There is no D: the loss is
the distance between a batch of fakes and all digits in the features of net A. The judges: A itself; A of another seed;
B, a perceptron that has learned the same classes; the first 16 principal components of the pixels; and the
same net as A after a single step. "stopped" is the stored generator as it is. All 1,797 digits are compared with 2,000
fakes, and for "floor" one half of the digits with the other. A trial takes two steps.
"""

SEEDS = range(3)
STEPS, BATCH, RATE = 400, 400, 5e-4
LOOKS = (0, 25, 50, 100, 200, 300, 400)
FAKES = 2_000


def one(seed: int, quick: bool) -> dict:
    """``looks``: run -> step -> judge -> distance, precision, recall, share of fakes the net is sure of."""
    import torch

    import gan

    digits, labels = gan.data.digits(16)
    judges = judges_of(digits, labels, seed)
    stored = gan.evidence.load("noise_digits")["runs"][seed]["G"]
    looks, pictures = {}, {}
    for name in ("on", "from scratch"):
        torch.manual_seed(4_000 + seed)
        G = gan.models.conv_pair(size=16, latent=64, width=24)[0]
        if name == "on":
            G.load_state_dict(stored)
            pictures["stopped"] = shown(G.eval())
        looks[name] = descend(G, judges, digits, seed, quick, name == "on")
        pictures[name] = shown(G)
    known = torch.randperm(len(digits), generator=torch.Generator().manual_seed(4_100 + seed))
    floor = {judge: measured(net(digits[known[:898]]), net(digits[known[898:]])) for judge, net in judges.items()}
    return {"looks": looks, "floor": floor, "pictures": pictures}


def judges_of(digits, labels, seed: int) -> dict:
    """Name -> images to features (N, F)."""
    import torch

    import gan

    def convolutions(seed, steps=400):
        return gan.metrics.fit_classifier(digits, labels, steps, seed)[:-1]

    flat = digits.flatten(1)
    axes = torch.linalg.svd(flat - flat.mean(0), full_matrices=False).Vh[:16]
    return {"A": convolutions(10 * seed + 4_001), "A of another seed": convolutions(10 * seed + 4_002),
            "B": perceptron(digits, labels, 10 * seed + 4_003),
            "pixels": lambda x: (x.flatten(1) - flat.mean(0)) @ axes.T,
            "untrained": convolutions(10 * seed + 4_004, 1)}


def perceptron(digits, labels, seed: int):
    import torch
    from torch import nn

    torch.manual_seed(seed)
    net = nn.Sequential(nn.Flatten(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10))
    adam = torch.optim.Adam(net.parameters(), 2e-3)
    for _ in range(600):
        batch = torch.randint(len(digits), (64,))
        adam.zero_grad()
        nn.functional.cross_entropy(net(digits[batch]), labels[batch]).backward()
        adam.step()
    return net.eval().requires_grad_(False)[:-1]


def squared_distance(features, mean, root):
    """Fréchet distance that gradients go through, to a normal with this mean and root of covariance."""
    import torch

    centred = (features - features.mean(0)) / (len(features) - 1) ** 0.5
    overlap = torch.linalg.svdvals(root @ centred.T).sum()
    return (features.mean(0) - mean).square().sum() + centred.square().sum() + root.square().sum() - 2 * overlap


def descend(G, judges: dict, digits, seed: int, quick: bool, kept: bool) -> dict:
    import torch

    random = torch.Generator().manual_seed(4_200 + seed)
    real = judges["A"](digits).double()
    root = torch.linalg.qr((real - real.mean(0)) / (len(real) - 1) ** 0.5, mode="r").R
    G.requires_grad_(True).train(not kept)                      # a stored G keeps batch norm's running statistics
    adam, found = torch.optim.Adam(G.parameters(), RATE, betas=(0.5, 0.99)), {}
    for step in range(STEPS + 1):
        if step in LOOKS or quick:
            found[str(step)] = look(G, judges, digits)
            G.train(not kept)
        if step == STEPS or quick and step == 2:
            break
        adam.zero_grad()
        fakes = G(torch.randn(BATCH, 64, generator=random))
        squared_distance(judges["A"](fakes).double(), real.mean(0), root).backward()
        adam.step()
    G.eval()
    return found


def look(G, judges: dict, digits) -> dict:
    import torch

    with torch.no_grad():
        fakes = G.eval().sample(FAKES, torch.Generator().manual_seed(4_300))
        return {judge: measured(net(digits), net(fakes)) for judge, net in judges.items()}


def measured(real, fake) -> dict:
    from gan.metrics import frechet_distance, kernel_distance, precision_recall

    precision, recall = precision_recall(real, fake)
    found = {"distance": frechet_distance(fake, real), "kernel": kernel_distance(fake, real, blocks=1).mean,
             "precision": precision, "recall": recall}
    return {name: float(f"{value:.5g}") for name, value in found.items()}


def shown(G):
    """Ten digits as bytes, which keep small."""
    import torch

    with torch.no_grad():
        return ((G.sample(10, torch.Generator().manual_seed(1)) + 1) * 127.5).round().to(torch.uint8)
