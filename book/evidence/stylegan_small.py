"""Small StyleGANs of 16 x 16 pixels, three seeds: what changes as one part is another?

"as it is" is what the chapter trains anew, for EARLY steps. Others have path length regularisation, normalise by AdaIN
in place of demodulation or not at all, or sum colours over the sizes (skip connections). "grain" is of faces with
normal noise of spread GRAIN on each number, for a G with its noise maps and for one without. A trial takes 1/200 of
the steps; a run whose loss is no longer finite has no look at its end.
"""

SEEDS = range(3)
CHANNELS = {4: 48, 8: 32, 16: 16}
SETTINGS = {"batch": 16, "lr": 1e-2, "betas": (0.0, 0.99), "ema": 0.99}
MIXING, GAMMA, EVERY = 0.9, 1.0, 8
STEPS, EARLY = 2_000, 400
GRAIN = 0.15
FAKES = 2_000
ROWS = ("as it is", "path lengths", "AdaIN", "no normalisation", "skip", "grain", "grain, no noise")


def one(seed: int, quick: bool) -> dict:
    """Row -> steps -> look; eight fakes of each row of the first seed."""
    from contextlib import suppress

    import torch

    import gan
    from gan.models import stylegan_pair
    from gan.models.stylegan import PathLength
    from gan.penalties import lazy, r1

    torch.set_num_threads(1)
    inspector = gan.metrics.Inspector(16)
    inspector.load_state_dict(gan.evidence.load("dcgan_faces")["runs"][0]["inspector16"])
    inspector.eval().requires_grad_(False)
    real = gan.data.faces(10_000, 16, torch.Generator().manual_seed(400 + seed))[0]
    grain = GRAIN * torch.randn(real.shape, generator=torch.Generator().manual_seed(seed))
    rows, pictures = {}, {}
    for name in ROWS:
        torch.manual_seed(60_000 + seed)
        G, D = stylegan_pair(CHANNELS, mixing=MIXING)
        change(G.net, name)
        data = (real + grain if "grain" in name else real).contiguous(memory_format=torch.channels_last)
        run = gan.train(G, D, data, steps=STEPS // 200 if quick else STEPS, seed=seed, device="cpu",
                        penalties=(lazy(r1(GAMMA), EVERY),),
                        g_penalties=(lazy(PathLength(G), 4),) if name == "path lengths" else (), **SETTINGS)
        rows[name] = {"0": look(G, inspector, quick)}
        with suppress(FloatingPointError):
            for step in run:
                if step.index in (EARLY, run.steps):
                    rows[name][str(step.index)] = look(run.G_ema, inspector, quick)
        pictures[name] = ((run.G_ema.sample(8, torch.Generator().manual_seed(1)).clamp(-1, 1) + 1) * 127.5).byte()
    return {"rows": rows, **({"pictures": pictures} if seed == 0 else {})}


def change(net, name: str) -> None:
    """Make another kind of net of it, in place."""
    from types import MethodType

    if name in ("AdaIN", "no normalisation"):
        for layer in net.layers:
            layer.forward = MethodType(adain if name == "AdaIN" else plain, layer)
    if name == "skip":
        from torch import nn

        from gan.models.stylegan import ToRGB

        width = net.to_rgb.style.weight.shape[1]
        net.coarser = nn.ModuleList(ToRGB(layer.conv.bias.numel(), width) for layer in list(net.layers)[:-1])
        net.synthesis = MethodType(summed, net)
    if name == "grain, no noise":
        net.draw_noise = lambda n, generator=None: [None] * len(net.layers)


def adain(layer, x, w, noise=None):
    """After the convolution, noise and the leaky ReLU each feature map gets the mean 0 and the spread of its style.

    The style has as many numbers as the layer has inputs, so that the last ones' are left over.
    """
    from gan.models.equalized import BIASES, GAIN, lrelu

    x = GAIN * layer.conv.convolve(x) + (layer.conv.bias * BIASES)[:, None, None]
    if noise is not None:
        x = x + layer.strength * BIASES * noise
    x = lrelu(x)
    x = (x - x.mean((2, 3), keepdim=True)) / (x.var((2, 3), correction=0, keepdim=True) + 1e-8).sqrt()
    return x * layer.style(w)[:, :x.shape[1], None, None]


def plain(layer, x, w, noise=None):
    """Modulated and not demodulated: divided by the root of the inputs alone, as any equalised layer is."""
    from gan.models.equalized import BIASES, GAIN, lrelu

    s = layer.style(w)
    x = GAIN * layer.conv.convolve(x * s[:, :, None, None]) + (layer.conv.bias * BIASES)[:, None, None]
    return lrelu(x if noise is None else x + layer.strength * BIASES * noise)


def summed(net, w, noise=True):
    """Colours of each size, enlarged and added up: StyleGAN2's skip generator."""
    from torch.nn.functional import interpolate

    maps = net.draw_noise(len(w)) if noise is True else (noise or [None] * len(net.layers))
    x, picture = net.constant.expand(len(w), -1, -1, -1), 0.0
    for i, layer in enumerate(net.layers):
        x = layer(x, w[:, i], maps[i])
        if i:
            picture = interpolate(picture, scale_factor=2, mode="bilinear", align_corners=False)
        picture = picture + (net.to_rgb if i == len(net.layers) - 1 else net.coarser[i])(x, w[:, i])
    return picture


def look(G, inspector, quick: bool) -> dict:
    """Distance, path lengths, how uneven the slopes are, peaks of feature maps, what noise moves, spread of grain."""
    import torch

    import gan
    from gan.metrics import frechet_distance, path_length
    from gan.models.stylegan import path_slopes

    n, training = 200 if quick else FAKES, G.training
    G.eval()
    torch.manual_seed(8)
    x = G.sample(n, torch.Generator().manual_seed(5))
    real = gan.data.faces(n, 16, torch.Generator().manual_seed(101))[0]
    w = G.net.mapping(torch.randn(200, G.latent, generator=torch.Generator().manual_seed(9)))
    w = w[:, None].expand(-1, len(G.net.layers), -1).detach()
    slopes = torch.stack([path_slopes(G.net, w).detach() for _ in range(3 if quick else 20)]).mean(0)
    peaks = []
    hooks = [layer.register_forward_hook(lambda _, __, out: peaks.append(peak(out))) for layer in G.net.layers]
    with torch.no_grad():
        again = torch.stack([G.net.synthesis(w[:50]) for _ in range(8)])
    for hook in hooks:
        hook.remove()
    found = {"distance": frechet_distance(inspector.features(x), inspector.features(real)),
             "oddness": inspector.oddness(x[:500]).median(),
             "slope": slopes.mean(), "uneven": slopes.std() / slopes.mean(), "noise": again.std(0).mean(),
             "peak": torch.stack(peaks[:len(G.net.layers)]).max(), "rough": rough(x)}
    for space in ("z", "w"):
        random = torch.Generator().manual_seed(40)
        found[f"path {space}"] = (
            path_length(G, inspector.features, n // 4, epsilon=1e-3, generator=random) if space == "z" else
            path_length(G.net.synthesis, inspector.features, n // 4, path=torch.lerp, epsilon=1e-3, generator=random,
                        noise=lambda n, generator: G.net.mapping(G.noise(n, generator))))
    G.train(training)
    return {name: round(float(value), 4) for name, value in found.items()}


def peak(features):
    """How many standard deviations the furthest pixel of a feature map is from its mean; of the peakiest map."""
    apart = features - features.mean((2, 3), keepdim=True)
    return (apart.abs().amax((2, 3)) / (apart.square().mean((2, 3)) + 1e-12).sqrt()).mean(0).max()


def rough(x):
    """Spread of the grain: what is left of the wall's corner after the mean of each number's neighbours."""
    corner = x[:, :, :4, :4]
    return (corner[..., 1:] - corner[..., :-1]).std() / 2 ** 0.5
