"""The ingredients of progressive growing, taken away one at a time: faces of 16 x 16 pixels, grown from 4 x 4 on, three
seeds. Seen with the stored inspector of dcgan_faces. The first seed keeps eight fakes of each setting.

A trial takes a fiftieth of the steps.
"""

SEEDS = range(3)
PLAN = {4: 100, 8: 250, 16: 700}
BATCH, FAKES = 16, 2_000
ALL = {"lr": 2e-2, "gamma": 1.0, "fade": True, "reals": True, "one adam": False, "plan": PLAN, "changes": ()}


def settings() -> dict:
    """Setting -> what it changes in ALL."""
    return {
        "all": {},
        "not equalised": {"changes": (not_equalised,)},
        "not equalised, a tenth of the rate": {"changes": (not_equalised,), "lr": 2e-3},
        "no pixel norm": {"changes": (no_pixel_norm,)},
        "no minibatch std": {"changes": (no_minibatch_std,)},
        "no smooth start": {"changes": (no_smooth_start,)},
        "no fade-in": {"fade": False},
        "reals not faded": {"reals": False},
        "one Adam throughout": {"one adam": True},
        "tanh at the end": {"changes": (tanh_at_the_end,)},
        "straight at 16": {"plan": {16: 890}},
    }


def one(seed: int, quick: bool) -> dict:
    """Setting -> how good 2,000 fakes are."""
    import torch
    from torch.nn.functional import avg_pool2d

    import gan
    from gan.metrics import Inspector

    inspector = Inspector(16)
    inspector.load_state_dict(gan.evidence.load("dcgan_faces")["runs"][0]["inspector16"])
    inspector.eval().requires_grad_(False)
    real = gan.data.faces(FAKES, 16, torch.Generator().manual_seed(101))[0]
    images = gan.data.faces(10_000, 16, torch.Generator().manual_seed(100))[0]
    pyramid = {4: avg_pool2d(images, 4), 8: avg_pool2d(images, 2), 16: images}
    found = {"painted faces": look(inspector, gan.data.faces(FAKES, 16, torch.Generator().manual_seed(102))[0], real)}
    pictures = {}
    for name, changed in settings().items():
        found[name], x = train(ALL | changed, seed, pyramid, quick, lambda x: look(inspector, x, real))
        pictures[name] = ((x[:8].clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return found | ({"pictures": pictures} if seed == 0 else {})


def train(given, seed, pyramid, quick, look) -> tuple:
    """One pair, grown. What is found, and fakes."""
    import time
    from unittest.mock import patch

    import torch

    import gan  # noqa: F401
    from gan.models import progressive

    torch.manual_seed(51_000 + seed)
    G, D = progressive.progressive_pair({4: 64, 8: 64, 16: 32})
    for change in given["changes"]:
        change(G, D)
    found, start = {"untrained": look(fakes(G))}, time.process_time()
    norm = (lambda x, dim=1: x) if no_pixel_norm in given["changes"] else progressive.pixel_norm
    with patch.object(progressive, "pixel_norm", norm):
        try:
            jump, run = grow(G, D, pyramid, given, seed, quick)
        except FloatingPointError as error:
            return found | {"stopped": str(error)}, fakes(G).nan_to_num()
        seconds, x = time.process_time() - start, fakes(run.G_ema)
        found |= {"end": look(x), "G itself": look(fakes(G)), "jump": jump, "seconds": round(seconds, 1)}
    return found, x


def grow(G, D, pyramid, given, seed, quick) -> tuple:
    """Train through the sizes. Also how far the picture of a z has moved 20 steps after 16 x 16 began."""
    import torch

    import gan
    from gan.models.progressive import double_size
    from gan.penalties import lazy, r1

    adams, z, jump = {}, G.noise(200, torch.Generator().manual_seed(6)), None

    def same_adam(weights, player):
        if player not in adams:
            adams[player] = torch.optim.Adam(weights, given["lr"], (0.0, 0.99), fused=True)
        return adams[player]

    for size, steps in given["plan"].items():
        steps //= 50 if quick else 1
        fade = given["fade"] and size > min(given["plan"])
        with torch.no_grad():
            before = double_size(G(z)) if size > min(given["plan"]) else None
        data = Faded(pyramid, size, fade and given["reals"])
        G.net.size = D.size = size
        G.net.alpha = D.alpha = data.alpha = 0.0 if fade else 1.0
        rates = {"lr": given["lr"], "betas": (0.0, 0.99)}
        if given["one adam"]:
            rates = {"optimizer": lambda weights: same_adam(weights, "G"),
                     "d_optimizer": lambda weights: same_adam(weights, "D")}
        run = gan.train(G, D, data, steps=steps, batch=BATCH, seed=seed, device="cpu",
                        ema=min(0.99, 0.01 ** (1 / steps)),
                        penalties=(lazy(r1(given["gamma"]), 8),) if given["gamma"] else (), **rates)
        for step in run:
            if fade:
                alpha = min(1.0, step.index / (steps / 2))
                G.net.alpha = run.G_ema.net.alpha = D.alpha = data.alpha = alpha
            if size == 16 and before is not None and step.index == (1 if quick else 20):
                with torch.no_grad():
                    jump = round((G(z) - before).square().mean().sqrt().item(), 4)
    return jump, run


class Faded:
    """Real faces of one size, each its smaller self enlarged where ``alpha`` is 0."""

    def __init__(self, pyramid, size, grown):
        from gan.models.progressive import double_size

        self.sharp, self.alpha = pyramid[size], 1.0
        self.soft = double_size(pyramid[size // 2]) if grown else None

    def sample(self, shape, generator):
        import torch

        rows = torch.randint(len(self.sharp), shape, generator=generator)
        return self.sharp[rows] if self.soft is None else self.soft[rows].lerp(self.sharp[rows], self.alpha)


# What is taken away --------------------------------------------------------------------------------------------------
def not_equalised(G, D):
    """The scale is put into the weights once and for all: the same networks at the start, other steps of Adam."""
    import torch

    for net in (G, D):
        for layer in net.modules():
            if hasattr(layer, "bias_scale"):
                with torch.no_grad():
                    layer.weight.mul_(layer.scale)
                    layer.bias.mul_(layer.bias_scale)
                layer.scale = layer.bias_scale = 1.0


def no_pixel_norm(G, D):
    """Done in ``train``: neither of z nor after layers."""


def no_minibatch_std(G, D):
    D.spread.register_forward_hook(lambda module, given, out: out * (out.new_ones(out.shape[1]).index_fill(
        0, out.new_tensor([out.shape[1] - 1]).long(), 0)[:, None, None]))


def no_smooth_start(G, D):
    import torch

    with torch.no_grad():
        for block in G.net.blocks:
            block.weight.normal_()


def tanh_at_the_end(G, D):
    for layer in G.net.to_rgb:
        layer.register_forward_hook(lambda module, given, out: out.tanh())


# What is measured ----------------------------------------------------------------------------------------------------
def fakes(G):
    import torch

    return G.sample(FAKES, torch.Generator().manual_seed(5))


def look(inspector, x, real) -> dict:
    """Fréchet distance, precision and recall in the inspector's features; the share of glasses; the median oddness; how
    far pictures differ from each other; the grain of walls."""
    import torch

    from gan.metrics import frechet_distance, precision_recall

    x = x.clamp(-1, 1)
    seen, known = inspector.features(x), inspector.features(real)
    precision, recall = precision_recall(known, seen)
    corner = x[:, :, :3, :3]
    values = {"distance": frechet_distance(seen, known), "precision": precision, "recall": recall,
              "glasses": (inspector.kinds(x)["glasses"] == 1).float().mean(),
              "oddness": inspector.oddness(x[:500]).median(), "spread": x.std(0).mean(),
              "grain": torch.median(corner.std((2, 3)).mean(1))}
    return {name: round(float(value), 4) for name, value in values.items()}
