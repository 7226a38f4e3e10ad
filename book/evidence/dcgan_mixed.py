"""DCGAN as published, but with real and fake in one batch of D, in its own turn and in that of G; 16 x 16 faces.

Networks, run and measures are those of dcgan_guidelines.py. A trial takes a fiftieth of the steps.
"""

SEEDS = range(3)


def sources() -> list[str]:
    from pathlib import Path

    return [Path(__file__).with_name("dcgan_guidelines.py").read_text("utf-8")]


def one(seed: int, quick: bool) -> dict:
    """The distance of 2,000 fakes, and what D says of the last batches, if in G's turn D sees reals among the fakes."""
    import runpy
    from pathlib import Path

    import torch

    import gan

    rules = runpy.run_path(str(Path(__file__).with_name("dcgan_guidelines.py")))
    images, factors = gan.data.faces(20_000, 16, torch.Generator().manual_seed(100))
    inspector = gan.metrics.fit_inspector(images, factors, steps=30 if quick else 1_200, seed=0)
    real = gan.data.faces(rules["FAKES"], 16, torch.Generator().manual_seed(101))[0]
    data = images[:10_000].contiguous(memory_format=torch.channels_last)
    torch.manual_seed(30_000 + seed)
    G, D = rules["normal"](*gan.models.dcgan_pair(16, width=24))
    given = {**rules["PUBLISHED"], "steps": 20 if quick else rules["PUBLISHED"]["steps"]}
    run, losses = Mixed.of(gan.train)(G, D, data, seed=seed, device="cpu", **given), []
    run.one_pass = True
    for step in run:
        losses.append([step.d_loss.item(), step.real_logits.sigmoid().mean().item(),
                       step.fake_logits.sigmoid().mean().item()])
    mean = torch.tensor(losses[-200:]).mean(0).tolist()
    return {"mixed in both turns": {"end": {**rules["look"](inspector, rules["sample"](run.G), real),
                                            **dict(zip(("d_loss", "D(x)", "D(G(z))"), rules["rounded"](mean)))}}}


class Mixed:
    """A run in whose G's turn D judges the fakes in one batch with as many reals."""

    @staticmethod
    def of(train):
        class mixed(train):
            d_turn = False

            def judge(self, *given):
                self.d_turn = True
                found = super().judge(*given)
                self.d_turn = False
                return found

            def told(self, D):
                import torch

                if self.d_turn:
                    return super().told(D)
                return lambda fake: D(torch.cat([self.draw_real(), fake]))[len(fake):]

        return mixed
