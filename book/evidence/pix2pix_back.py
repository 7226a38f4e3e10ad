"""Chapter 17's way back, portrait -> outline, where the answer is certain: L1, an adversarial loss, or both.

The networks, faces and settings are those of pix2pix_faces.py. Outlines are told as -0.5 and 0.5, which the tanh at G's
end reaches without being saturated. Each seed's networks are asked for the outlines of 1,000 new faces.
"""

from pathlib import Path

SEEDS = range(3)
ROWS, TARGET, SHOWN = ("L1", "cGAN 22", "L1 + cGAN 22"), 0.5, 12
OTHER = Path("book/evidence/pix2pix_faces.py").resolve()


def sources() -> list[str]:
    return [OTHER.read_text("utf-8")]


def one(seed: int, quick: bool) -> dict:
    """Row -> what was measured; outlines of the first new faces."""
    import runpy

    import torch

    import gan

    torch.set_num_threads(1)
    other, found, pictures = runpy.run_path(str(OTHER)), {}, {}
    faces, new = (gan.data.faces(n, 16, torch.Generator().manual_seed(1_000 * seed + k))[0]
                  for n, k in ((6_000, 1), (1_000, 2)))
    right = other["outline"](new) > 0
    for number, name in enumerate(ROWS):
        torch.manual_seed(1_000 * (seed + 1) + 200 + number)
        *_, (_, G) = other["trained"](TARGET * other["outline"](faces), faces, quick, **other["table"]()[name])
        y, again = (G.sample(len(new), torch.Generator().manual_seed(k), new) for k in (1, 2))
        found[name] = other["rounded"]({
            "L1": (y / TARGET - right.float() * 2 + 1).abs().mean(), "pixels": ((y > 0) == right).float().mean(),
            "edges": ((y > 0) & right).sum() / ((y > 0) | right).sum(), "share": (y > 0).float().mean(),
            "two z": (y - again).abs().mean()})
        pictures[name] = other["as_bytes"](y[:SHOWN])
    return {"rows": found, "share": right.float().mean().item(), "pictures": pictures}
