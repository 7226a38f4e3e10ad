"""The players' optimizers: Adam as DCGAN has it, or whatever the reader makes."""

import inspect
from collections.abc import Callable

from torch import Tensor, nn
from torch.optim import Adam, Optimizer

LR, BETAS = 2e-4, (0.5, 0.999)                    # DCGAN's, and the defaults of gan.train
LINE = "`lambda weights: torch.optim.SGD(weights, lr=0.01)`"


def make_optimizers(G: nn.Module, D: nn.Module, optimizer, d_optimizer, lr: float, d_lr: float | None, betas,
                    unroll: int = 0) -> tuple[Optimizer, Optimizer]:
    """G's and D's optimizer: what a player's function makes of its weights, or Adam where that is None.

    Raises ``TypeError`` or ``ValueError`` for a function that makes no optimizer of these weights, for a rate beside
    it (which would have no effect), and for one of D's whose updates cannot be foreseen if there is ``unroll``.
    """
    for name, value, default, owners in (("lr", lr, LR, (optimizer,)), ("d_lr", d_lr, None, (d_optimizer,)),
                                         ("betas", tuple(betas), BETAS, (optimizer, d_optimizer))):
        if None not in owners and value != default:
            argument = "d_optimizer" if name == "d_lr" else "optimizer"
            raise ValueError(f"{name}: got {value!r} beside {argument}; must be given to the optimizer itself: "
                             f"`{argument}=lambda weights: torch.optim.Adam(weights, …)`")
    d_lr = lr if d_lr is None else d_lr
    g = make("optimizer", optimizer or adam(lr, betas), G)
    d = make("d_optimizer", d_optimizer or adam(d_lr, betas), D)
    group, *more = d.param_groups
    if unroll and (type(d) is not Adam or more or group["weight_decay"] or group["amsgrad"] or group["maximize"]):
        raise ValueError(f"unroll: got {unroll} with {type(d).__name__} as D's optimizer; must be 0, or that must be a "
                         "torch.optim.Adam with one group, without weight decay, amsgrad or maximize")
    return g, d


def adam(lr: float, betas) -> Callable[..., Adam]:
    betas = tuple(map(float, betas))              # Adam refuses (0, 0.9), an int beside a float
    return lambda weights: Adam(weights, lr, betas, fused=True)


def make(name: str, function: Callable[..., Optimizer], network: nn.Module) -> Optimizer:
    """What ``function`` makes of the network's weights, those that are to learn."""
    if isinstance(function, Optimizer) or not callable(function):
        got = type(function).__name__ if isinstance(function, Optimizer) else repr(function)
        raise TypeError(f"{name}: got {got}; must be a function that makes an optimizer: {LINE}")
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    try:
        made = function(weights)
    except Exception as error:
        raise ValueError(f"{name}: fails ({error}); must make an optimizer of the weights that it is given: "
                         f"{LINE}") from error
    if not isinstance(made, Optimizer):
        raise TypeError(f"{name}: made a {type(made).__name__}; must make a torch.optim.Optimizer: {LINE}")
    if not {id(weight) for weight in weights_in(made)} <= {id(weight) for weight in weights}:
        raise ValueError(f"{name}: made a {type(made).__name__} of other weights than it was given; "
                         f"must be of those alone: {LINE}")
    closure = inspect.signature(made.step).parameters.get("closure")
    if closure is not None and closure.default is closure.empty:
        raise ValueError(f"{name}: made a {type(made).__name__}, which needs a closure; must step without, "
                         "as Adam, RMSprop and SGD do")
    return made


def weights_in(optimizer: Optimizer) -> list[Tensor]:
    return [weight for group in optimizer.param_groups for weight in group["params"]]


def settings(optimizer: Optimizer) -> dict:
    """Its kind, and of each group how many weights it has and its learning rate and the like, as they are now."""
    return {"kind": type(optimizer).__name__,
            "groups": [{**group, "params": len(group["params"])} for group in optimizer.param_groups]}


def go_on(optimizer: Optimizer, saved: dict, ours: dict, theirs: dict) -> None:
    """Load the state that was ``saved``, with what a scheduler had set by then.

    ``ours`` and ``theirs`` are the settings that this run's and the saved one's optimizer were made with: where they
    differ, as in another ``lr``, this run means it.
    """
    for group, own, then in zip(saved["param_groups"], ours["groups"], theirs["groups"], strict=True):
        changed = {key: value for key, value in own.items() if value != then.get(key)}
        if "lr" in changed:
            group.pop("initial_lr", None)         # a scheduler's, of the old rate
        group.update(changed)
    optimizer.load_state_dict(saved)
