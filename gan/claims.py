"""Sentences that the book has checked.

Two kinds, told apart on the page: a ``claim`` is about what training does and could be false in another run; a
``check`` is true by a proof or a definition, and fails only where the code is wrong.
"""

from typing import Any


def claim(sentence: str, holds: Any, measured: Any = None) -> None:
    """Print ``✓ sentence`` if it ``holds``; raise ``AssertionError`` with what was measured if it does not.

    ``holds`` is a bool, or a tensor or array holding a single one (else ``TypeError``): the claim says what it takes
    over many values, as in ``(x > 0).all()``. ``measured`` is whatever helps to see why it failed.
    """
    _print_if_true("✓", sentence, holds, measured)


def check(sentence: str, holds: Any, measured: Any = None) -> None:
    """The same for an identity, a closed form or an agreement with the package: print ``≡ sentence``, or raise."""
    _print_if_true("≡", sentence, holds, measured)


def _print_if_true(mark: str, sentence: str, holds: Any, measured: Any) -> None:
    try:
        kept = holds.item() if hasattr(holds, "item") else holds
    except (RuntimeError, ValueError):                 # several values: neither true nor false
        kept = None
    if not isinstance(kept, bool):                     # a number or a tuple would pass for true
        raise TypeError(f"holds: got {holds!r}; must be a single True or False, so compare, or say .all() or .any()")
    if not kept:
        raise AssertionError(sentence if measured is None else f"{sentence}\nmeasured: {measured}")
    print(mark, sentence)
