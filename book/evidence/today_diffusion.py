"""A flow, a GAN with R1 and R3GAN on the same data, with networks of one make, for the same CPU seconds.

The three take turns in one process, CHUNK steps each. Each is judged when its own CPU time reaches a part of its budget
and, on the ring, after STEPS steps. Then the flow is judged by its number of steps in time, and students are trained to
do in one step what it does in TEACHER: by squared error, by an adversarial loss, by both.
"""

import time

CHAPTER = "18_today"
CELLS = ("from gan.ensemble import Generators", "class Block(", "def residual_pair(", "relativistic = ",
         "def flow_loss(", "def flowing(", "def carried(")
SEEDS = range(1)
RUNS, CHUNK, TEACHER = 5, 25, 32
PARTS = (1 / 8, 1 / 4, 1 / 2, 1)
NFE = (1, 2, 4, 8, 16, 32, 64)
STEPS = {"flow": 2_000, "GAN": 1_000}            # what the chapter runs live
BEDS = {"ring": {"budget": 16, "features": 2, "latent": 2, "batch": 128, "lr": 1e-3, "flow lr": 2e-3, "gamma": 0.1,
                 "sizes": {"width": 64, "depth": 2}, "student": 1_000},
        "digits": {"budget": 26, "features": 64, "latent": 16, "batch": 64, "lr": 1e-3, "flow lr": 2e-3, "gamma": 1.0,
                   "sizes": {"width": 128, "depth": 2}, "student": 1_000}}


def sources() -> list[str]:
    from evidence import cells

    return cells(CHAPTER, CELLS)


def one(seed: int, quick: bool) -> dict:
    """Bed -> method -> looks; the flow by its steps in time; students; the ring's first networks."""
    import torch
    from evidence import names_of

    torch.set_num_threads(1)
    names, found, kept = names_of(sources(), seed), {}, {}
    for name, bed in BEDS.items():
        data, pictures = {"ring": Ring, "digits": Digits}[name](), {}
        methods = {kind: METHODS[kind](names, bed, data, seed) for kind in METHODS}
        found[name] = {"looks": raced(methods, data, bed, name, quick),
                       "work": {kind: {"weights": one.weights, "GFLOP a step": one.flops()}
                                for kind, one in methods.items()},
                       "steps in time": by_steps(methods, data, quick),
                       "students": taught(names, bed, methods["flow"], data, seed, quick, pictures)}
        pictures |= {kind: one.fakes(600)[0] for kind, one in methods.items()}
        pictures["flow, one step"] = methods["flow"].fakes(600, 1)[0]
        kept[f"{name} pictures"] = {kind: x[:600 if name == "ring" else 20] for kind, x in pictures.items()}
        if name == "ring":
            kept |= {"flow": methods["flow"].average.state_dict(), "GAN": methods["GAN"].average.state_dict()}
    return {"beds": found, **kept}


# The data, and how well they are met ----------------------------------------------------------------------------------
class Ring:
    count = 2_500

    def __init__(self):
        import gan

        self.law = gan.data.ring(std=0.05)

    def draw(self, shape, random=None):
        return self.law.sample(shape, generator=random)

    def judge(self, x) -> dict:
        from gan.metrics import count_modes

        seen = count_modes(x.nan_to_num(1e6), self.law)
        return {"modes": seen.recovered.tolist(), "on mode": rounded(100 * seen.high_quality),
                "kl": rounded(seen.kl)}


class Digits:
    count = 1_797

    def __init__(self):
        import gan
        from gan.metrics import fit_classifier

        images, labels = gan.data.digits(8)
        self.all = images.flatten(1)
        self.classifier, other = (fit_classifier(images, labels, 600, seed=k) for k in (7, 8))
        self.features = lambda x: other[:-1](x.reshape(-1, 1, 8, 8))
        self.seen = self.features(self.all)

    def draw(self, shape, random=None):
        import torch

        return self.all[torch.randint(len(self.all), shape, generator=random)]

    def judge(self, x) -> dict:
        import torch

        from gan.metrics import frechet_distance, precision_recall

        x = x.nan_to_num(0).clamp(-3, 3)
        seen = [self.features(one) for one in x]
        near = [precision_recall(self.seen, one) for one in seen]
        sure = [self.classifier(one.reshape(-1, 1, 8, 8)).softmax(1).amax(1) > 0.9 for one in x]
        return {"distance": rounded(torch.tensor([frechet_distance(self.seen, one) for one in seen])),
                "sure": rounded(torch.stack([100 * one.float().mean() for one in sure])),
                "precision": rounded(torch.tensor([one.precision for one in near])),
                "recall": rounded(torch.tensor([one.recall for one in near]))}


def rounded(x) -> list[float]:
    return [round(float(one), 4) for one in x]


# The methods ----------------------------------------------------------------------------------------------------------
class Flow:
    def __init__(self, names, bed, data, seed):
        import torch

        torch.manual_seed(18_100 + seed)
        self.names, self.features = names, bed["features"]
        net = names["residual"](bed["features"] + 17, bed["features"], RUNS, **bed["sizes"])
        self.weights = sum(w.numel() for w in net.parameters()) // RUNS
        self.run = names["flowing"](net, lambda random: data.draw((RUNS, bed["batch"]), random), 10**7,
                                    bed["flow lr"], seed)
        self.index = 0

    def step(self):
        self.index, self.average = next(self.run)

    def fakes(self, n, steps=TEACHER):
        import torch

        return self.names["carried"](self.average, torch.randn(RUNS, n, self.features), steps)

    def flops(self) -> float:
        return counted(self.step)


class Gan:
    pairs = False

    def __init__(self, names, bed, data, seed):
        import torch

        import gan

        torch.manual_seed(18_200 + seed)
        G, D = names["residual_pair"](bed["features"], bed["latent"], RUNS, **bed["sizes"])
        self.weights = [sum(w.numel() for w in net.parameters()) // RUNS for net in (G, D)]
        penalties = (names["r1"](bed["gamma"]), names["r2"](bed["gamma"]))[:2 if self.pairs else 1]
        self.run = gan.train(G, D, data.law if hasattr(data, "law") else data.all, steps=10**7, batch=bed["batch"],
                             lr=bed["lr"], betas=(0.0, 0.99), ema=0.995, seed=seed, device="cpu", penalties=penalties,
                             loss=names["relativistic"] if self.pairs else gan.losses.non_saturating)
        self.index = 0

    def step(self):
        self.index, self.average = self.run.step().index, self.run.G_ema

    def fakes(self, n, steps=1):
        return self.average.sample(n)

    def flops(self) -> float:
        return counted(self.step)


class R3gan(Gan):
    pairs = True


METHODS = {"flow": Flow, "GAN": Gan, "R3GAN": R3gan}


def counted(step) -> float:
    """Thousand millions of multiplications and additions in matrix products, in one step of one run."""
    from torch.utils._python_dispatch import TorchDispatchMode
    from torch.utils.flop_counter import flop_registry

    class Products(TorchDispatchMode):
        total = 0

        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            result = function(*args, **(kwargs or {}))
            if (count := flop_registry.get(function._overloadpacket)) is not None:
                self.total += count(*args, **(kwargs or {}), out_val=result)
            return result

    with Products() as products:
        step()
    return products.total / RUNS / 1e9


# The race, and what came of it ----------------------------------------------------------------------------------------
def raced(methods, data, bed, name, quick) -> dict:
    budget = bed["budget"] / (20 if quick else 1)
    used, looks = dict.fromkeys(methods, 0.0), {kind: [] for kind in methods}
    while min(used.values()) < budget:
        for kind, one in methods.items():
            if used[kind] >= budget:
                continue
            start = time.process_time()
            for _ in range(CHUNK):
                one.step()
            used[kind] += time.process_time() - start
            due = sum(used[kind] >= part * budget for part in PARTS) > sum("part" in at for at in looks[kind])
            if due or (name == "ring" and one.index == STEPS.get(kind)):
                at = {"part": budget * PARTS[sum("part" in at for at in looks[kind])]} if due else {"live": True}
                looks[kind].append({"step": one.index, "seconds": round(used[kind], 2), **at,
                                    **data.judge(one.fakes(data.count))})
    return looks


def by_steps(methods, data, quick) -> dict:
    """The flow at each number of steps in time, the GAN at its one; and the samples that each makes in a second."""
    found = {}
    for kind, counts in (("flow", NFE), ("GAN", (1,))):
        for steps in counts:
            start = time.process_time()
            x = methods[kind].fakes(data.count, steps)
            found[f"{kind} {steps}"] = {"a second": round(RUNS * data.count / (time.process_time() - start))} \
                | data.judge(x)
    return found


# Students -------------------------------------------------------------------------------------------------------------
def taught(names, bed, flow, data, seed, quick, pictures) -> dict:
    """One-step students of the flow: how good, and how far on average from where the teacher takes the same noise."""
    import torch

    import gan

    teacher = flow.average.requires_grad_(False)
    random = torch.Generator().manual_seed(18_300 + seed)
    noise = torch.randn(RUNS, 200 if quick else 8_192, bed["features"], generator=random)
    ends, found = names["carried"](teacher, noise, TEACHER), {}
    fresh = torch.randn(RUNS, data.count, bed["features"], generator=random)
    goal = names["carried"](teacher, fresh, TEACHER)
    found["teacher"], pictures["teacher"] = data.judge(goal), goal[0]
    for kind, (adversarial, squared) in {"squared error": (0, 1), "adversarial": (1, 0), "both": (1, 1)}.items():
        torch.manual_seed(18_400 + seed)
        S, D = names["residual_pair"](bed["features"], bed["features"], RUNS, **bed["sizes"])
        average, loss, penalty = names["Average"](S, 0.995), gan.losses.non_saturating, names["r1"](bed["gamma"])
        s_adam, d_adam = (torch.optim.Adam(net.parameters(), bed["lr"], (0.0, 0.99), fused=True) for net in (S, D))
        for _ in range(20 if quick else bed["student"]):
            which = torch.randint(noise.shape[1], (RUNS, bed["batch"], 1), generator=random)
            z, end = (part.gather(1, which.expand(-1, -1, bed["features"])) for part in (noise, ends))
            fake = S(z)
            if adversarial:
                real = data.draw((RUNS, bed["batch"]), random)
                pays = loss.discriminator(D(real), D(fake.detach())) + penalty(D, real, fake.detach())
                d_adam.zero_grad()
                pays.mean(1).sum().backward()
                d_adam.step()
            pays = squared * (fake - end).square().sum(-1)
            if adversarial:
                pays = pays + loss.generator(D(fake))
            s_adam.zero_grad()
            pays.mean(1).sum().backward()
            s_adam.step()
            average.update_parameters(S)
        with torch.no_grad():
            x = average.module(fresh)
        pictures[kind] = x[0]
        apart = (x - goal).square().sum(-1).mean(1).sqrt()
        found[kind] = data.judge(x) | {"from the teacher": rounded(apart)}
    return found
