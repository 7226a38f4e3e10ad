"""Chapter 4's digits, 1,600 steps: generator and moving averages judged every 100 steps; the last average itself.

The chapter's own cells make the second opinion and the run. A minute's trial takes a hundredth of the steps.
"""

CHAPTER = "04_training_loop"
CELLS = ("def second_opinion(", "def digits_run(")
SEEDS = range(8)
DECAYS = (0.98, 0.995, 0.999)
STORED = 3                                            # so many seeds keep their generator


def sources() -> list[str]:
    from evidence import cells

    return cells(CHAPTER, CELLS)


def one(seed: int, quick: bool) -> dict:
    """At each look: step, D's and G's mean loss over the last 100; for G and its averages (sure, rarest, distance)."""
    import torch
    from evidence import names_of

    from gan.average import Average

    names = names_of(sources(), seed)
    every = 10 if quick else 100
    run = names["digits_run"](seed, 16 * every)
    averages = {decay: Average(run.G, decay) for decay in DECAYS}
    looks, losses = [], []
    for step in run:
        losses.append([step.d_loss.item(), step.g_loss.item()])
        for average in averages.values():
            average.update_parameters(run.G)
        if step.index % every == 0:
            look = {"step": step.index, "losses": rounded(torch.tensor(losses[-every:]).mean(0).tolist())}
            for name, G in {"G": run.G, **{str(decay): average.module for decay, average in averages.items()}}.items():
                look[name] = rounded(names["second_opinion"](G.sample(1_000)))
            looks.append(look)
    rival = names["digits_run"](seed, 16 * every, betas=(0.5, 0.99))
    momentum = [{"step": step.index, "G": rounded(names["second_opinion"](rival.G.sample(1_000)))}
                for step in rival if step.index % (4 * every) == 0]
    stored = {"G_ema": averages[0.995].module.state_dict()} if seed < STORED else {}
    return {"looks": looks, "beta1 = 0.5": momentum, **stored}


def rounded(numbers) -> list[float]:
    return [round(number, 4) for number in numbers]
