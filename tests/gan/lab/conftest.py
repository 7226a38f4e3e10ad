"""The lab's scripts in node."""
import functools

import pytest

IMPORTS = """
import * as arithmetic from "./lab/arithmetic.js";
import * as network from "./lab/network.js";
import * as engine from "./lab/engine.js";
import * as data from "./lab/data.js";
import * as form from "./lab/form.js";
import * as settings from "./lab/settings.js";
import * as counting from "./lab/count.js";
import * as handwriting from "./lab/handwriting.js";
import * as writing from "./lab/writing.js";
import * as reading from "./lab/reading.js";
const E = { ...network, ...engine }, S = { ...data, ...form, ...settings, ...counting, ...arithmetic };
const W = { ...handwriting, ...writing, ...reading };
"""


@pytest.fixture(scope="session")
def node(in_node, scripts):
    """Function that runs a script, once, and gives what it returns. E: networks and engine; W: what is of digits alone;
    S: the rest, and what is of points."""
    return functools.cache(lambda script: in_node(scripts, IMPORTS, script))
