"""One thread for each test process, and every warning is an error."""

from pathlib import Path

import pytest
import torch

torch.set_num_threads(1)
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("error"), append=False)


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)
