"""Saving a run, and going on with it. A checkpoint is whole or it is not there."""

import os
import time
import warnings
from glob import escape
from pathlib import Path

import torch

from gan.optimizers import go_on

FORMAT = 3
OPTIMIZERS = ("g_optimizer", "d_optimizer")
PARTS = {"format", "index", "G", "D", "average", *OPTIMIZERS, "settings", "penalties", "device", "random",
         "global_random", "failed"}


def save(run, path) -> None:
    """Write the run's state to a temporary file beside ``path``, then give it its name in one move."""
    path = as_path("path", path)
    if path.is_dir():
        raise ValueError(f"path: got the folder {path}; must be a file's: {path / 'run.pt'}")
    state = {
        "format": FORMAT,
        "index": run.index,
        "G": run.G.state_dict(),
        "D": run.D.state_dict(),
        "average": run.average.state_dict() if run.average else None,
        "g_optimizer": run.g_optimizer.state_dict(),
        "d_optimizer": run.d_optimizer.state_dict(),
        "settings": run.settings,
        "penalties": [penalty.state_dict() if keeps(penalty) else None for penalty in penalties(run)],
        "failed": run.failed.steps,
        "device": run.random.device.type,
        "random": run.random.get_state(),
        "global_random": torch.get_rng_state(),          # dropout and its like draw from it
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    for stale in path.parent.glob(f".{escape(path.name)}-*"):         # a process that was killed left it
        if time.time() - stale.stat().st_mtime > 3600:
            stale.unlink(missing_ok=True)
    temporary = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        with open(temporary, "wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        if run.untested:                                 # what torch.load does not take back would be a lost run
            _test(temporary)
        os.replace(temporary, path)
    except BaseException:                                # Ctrl-C too: leave nothing half-written
        temporary.unlink(missing_ok=True)
        raise
    run.untested = run.untouched = False


def as_path(name: str, path) -> Path:
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"{name}: got a {type(path).__name__}; must be the path of a checkpoint, such as 'run.pt'")
    return Path(path)


def penalties(run) -> list:
    return [*run.penalties, *run.g_penalties]


def keeps(penalty) -> bool:
    """Whether it has a state of its own, as lazy ones have their count."""
    return hasattr(penalty, "state_dict") and hasattr(penalty, "load_state_dict")


def load(run, path) -> None:
    """Put the state in ``path`` into ``run``; everything is checked before the first weight changes.

    Optimizers go on with the settings that they had when saved, those that a scheduler has changed too; a setting that
    this run was made with and that one was not, such as another ``lr``, is this run's. Raises ``FileNotFoundError``
    where there is no file and ``ValueError`` where it is damaged, is no checkpoint of ours or belongs to other networks
    or optimizers. Warns on a device of another type: the run goes on, but not with the numbers it would have drawn.
    """
    path = as_path("resume", path)
    state = _read(path, run.random.device)
    for name, ours in (("G", run.G), ("D", run.D)):
        theirs, ours = _shapes(state[name]), _shapes(ours.state_dict())
        if theirs != ours:
            odd = next(k for k in (*ours, *theirs) if ours.get(k) != theirs.get(k))
            raise ValueError(f"resume: {path} is of another model: {name}'s {odd} is {theirs.get(odd)} there "
                             f"and {ours.get(odd)} here; must be saved from networks of the same shapes")
    if (state["average"] is None) != (run.average is None):
        there = "without" if state["average"] is None else "with"
        raise ValueError(f"resume: {path} was saved {there} a moving average of G; must agree with ema")
    if state["index"] > run.steps:
        raise ValueError(f"steps: got {run.steps}, but {path} has done {state['index']}; must be at least that")
    for name in OPTIMIZERS:
        theirs, ours = ((of[name]["kind"], [group["params"] for group in of[name]["groups"]])
                        for of in (state["settings"], run.settings))
        if theirs != ours:
            raise ValueError(f"resume: {path} was saved with {theirs[0]} of {theirs[1]} weights as its {name}, "
                             f"and this run has {ours[0]} of {ours[1]}; must be the same")
    theirs, ours = [kept is not None for kept in state["penalties"]], [keeps(penalty) for penalty in penalties(run)]
    if (any(theirs) or any(ours)) and theirs != ours:
        raise ValueError(f"resume: {path} was saved with {theirs.count(True)} penalties that keep a state (lazy ones), "
                         f"and this run has {ours.count(True)}, or in another order; must be the same")

    run.G.load_state_dict(state["G"])
    run.D.load_state_dict(state["D"])
    if run.average:
        run.average.load_state_dict(state["average"])
    for name in OPTIMIZERS:
        go_on(getattr(run, name), state[name], run.settings[name], state["settings"][name])
    for penalty, kept in zip(penalties(run), state["penalties"]):
        if kept is not None:
            penalty.load_state_dict(kept)
    run.index = state["index"]
    for r, step in state["failed"].items():
        run.failed.set_apart([r], step)
    if state["device"] == run.random.device.type:
        run.random.set_state(state["random"].cpu())
    else:
        warnings.warn(f"{path} was saved on {state['device']}: the run goes on with other random numbers", stacklevel=4)
    torch.set_rng_state(state["global_random"].cpu())


def _read(path: Path, device: torch.device) -> dict:
    if not path.is_file():
        raise FileNotFoundError(f"resume: there is no file {path}; must be one that run.save(path) wrote")
    try:
        state = torch.load(path, map_location=device, weights_only=True)
    except Exception as error:                           # foreign bytes can be misread in any way
        raise ValueError(f"resume: {path} is damaged or no checkpoint ({type(error).__name__}); "
                         "must be a file that run.save(path) wrote") from error
    if isinstance(state, dict) and state.get("format", FORMAT) != FORMAT:
        raise ValueError(f"resume: {path} has format {state['format']}; must be {FORMAT}, as this version writes")
    if not isinstance(state, dict) or state.keys() != PARTS:
        raise ValueError(f"resume: {path} holds no run of gan.train; must be a file that run.save(path) wrote")
    return state


def _test(path: Path) -> None:
    try:
        torch.load(path, weights_only=True)
    except Exception as error:
        why = str(error).strip().splitlines()[-1]
        raise TypeError(f"save: G, D or an optimizer keeps what could not be read back ({why}); must have a state_dict "
                        "of tensors, numbers, strings and containers of these") from error


def _shapes(state: dict) -> dict:
    return {name: tuple(getattr(value, "shape", ())) for name, value in state.items()}
