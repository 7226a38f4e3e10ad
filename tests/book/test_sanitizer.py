"""What nbval forgives: measured numbers, marked as such, and addresses. Nothing else."""

import re
from pathlib import Path

import pytest
from nbval.plugin import get_sanitize_patterns

CONFIG = Path(__file__).resolve().parents[2] / "book" / "nbval_sanitize.cfg"
PATTERNS = get_sanitize_patterns(CONFIG.read_text("ascii"))


def sanitized(text):
    for regex, replacement in PATTERNS:
        text = re.sub(regex, replacement, text)
    return text


FORGIVEN = [
    ("x ≈ 0.31", "x ≈ 0.29"),
    ("x ≈ 0.31", "x ≈ -1.2e-05"),
    ("x ≈ −1.2e-5", "x ≈ 3"),
    ("x ≈ 1,234.5 s", "x ≈ 999 s"),
    ("share ≈ 12 %", "share ≈ 9 %"),
    ("share ≈ 12%", "share ≈ 9%"),
    ("x ≈ 0.31 ± 0.02", "x ≈ 12.4 ± 1.3"),
    ("near ≈ 0.06, far ≈ 1.2", "near ≈ 0.10, far ≈ 11"),
    ("ring  ≈   9.5  ok\ngrid  ≈ 110.2  ok", "ring  ≈  10.1  ok\ngrid  ≈  98.7  ok"),
    ("<td>≈ 0.1</td>", "<td>≈ 12</td>"),
    ("<object at 0x7f3a5c1b2d30>", "<object at 0x7f00aabbccdd>"),
]
NOT_FORGIVEN = [
    ("x = 0.31", "x = 0.32"),                     # not marked as measured
    ("0.31 ≈ x", "0.32 ≈ x"),                     # the mark comes first
    ("x ≈ 0.31", "x ≈ nan"),
    ("x ≈ 0.31", "x ≈ inf"),
    ("x ≈ 0.31", "x ≈ -inf"),
    ("x ≈ 0.31", "x ≈ "),
    ("x ≈ 0.31", "x ≈ 0.31 ± 0.02"),              # a spread that comes or goes
    ("x ≈ 0.31 ± 0.02", "x ≈ 0.31 ± nan"),
    ("x ≈ 12 %", "x ≈ 12 s"),                     # the unit
    ("x ≈ 1.2, 3.4", "x ≈ 1.2, 3.5"),             # in a list each number needs its mark
    ("x ≈ 1.2, y", "x ≈ 1.2; y"),
    ("x ≈ 1\ny", "x ≈ 1 y"),                      # lines stay lines
    ("x ≈ 1 y ≈ 2", "x ≈ 1"),
    ("✓ 7 of 8 modes", "✓ 8 of 8 modes"),
    ("12 s", "13 s"),                             # a time is measured too: it needs its mark
    ("0x12", "0x13"),                             # a small number in hexadecimal is no address
]


@pytest.mark.parametrize("stored, seen", FORGIVEN)
def test_forgiven(stored, seen):
    assert sanitized(stored) == sanitized(seen)


@pytest.mark.parametrize("stored, seen", NOT_FORGIVEN)
def test_not_forgiven(stored, seen):
    assert sanitized(stored) != sanitized(seen)


def test_every_pattern_of_the_file_is_read():
    assert len(PATTERNS) == 3
