"""Fixtures of the whole suite."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Clinics of tests cost as little to open as any clinic may: the rest would be waiting.
os.environ["LANTERN_KEY_COST"] = "floor"

CHECKOUT = Path(__file__).resolve().parent.parent


def _shared_folder() -> Path:
    return Path(os.environ.get("LANTERN_SHARED", CHECKOUT.parent / "shared"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--nightly", action="store_true", help="run the slow programmes too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # In CI the shared folder is always there: a skip would hide a broken set-up, so it fails there instead.
    lacks_shared = not _shared_folder().is_dir() and not os.environ.get("CI")
    for item in items:
        if lacks_shared and item.get_closest_marker("shared"):
            item.add_marker(pytest.mark.skip(reason="the shared folder is not beside this checkout"))
        if item.get_closest_marker("nightly") and not config.getoption("--nightly"):
            item.add_marker(pytest.mark.skip(reason="slow programme: run with --nightly"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with reference vectors and messy files; only for tests marked ``shared``."""
    folder = _shared_folder()
    assert folder.is_dir(), "the shared folder must lie beside the checkout"
    return folder


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The folder of this checkout."""
    return CHECKOUT
