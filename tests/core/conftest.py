"""What holds for every test of the core."""

import warnings
from collections.abc import Iterator

import pytest
import torch


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """The networks of tests are small: more threads would mostly wait for each other."""
    torch.set_num_threads(1)


@pytest.fixture
def quiet() -> Iterator[None]:
    """The libraries' own warnings during a fit: folders that hold files, loaders without workers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
