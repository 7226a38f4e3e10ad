"""The lab's scripts in node."""
import functools

import pytest

IMPORTS = """
import * as network from "./lab/network.js";
import * as engine from "./lab/engine.js";
import * as data from "./lab/data.js";
import * as settings from "./lab/settings.js";
import * as counting from "./lab/count.js";
const E = { ...network, ...engine }, S = { ...data, ...settings, ...counting };
"""


@pytest.fixture(scope="session")
def node(in_node, scripts):
    """Function that runs a script, once, networks and engine as E, other parts as S, and gives what it returns."""
    return functools.cache(lambda script: in_node(scripts, IMPORTS, script))
