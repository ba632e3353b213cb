"""A clinic's folder, open on the store's lane of a window for the length of a fixture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pytestqt.qtbot import QtBot

from desktop.context import Context
from engine.risk.predictors import Predictors
from engine.workflows.clinics import OpenClinic
from engine.workflows.unlock import unlock

PASSPHRASE = "a passphrase for tests"
WAIT_MS = 60_000


def opened(qtbot: QtBot, context: Context, folder: Path, predictors: Predictors) -> Iterator[Context]:
    """Open a clinic on the store's lane, and close it there."""
    found: list[OpenClinic] = []
    context.jobs.store(context, lambda task: unlock(folder, PASSPHRASE, context.clock, predictors), found.append)
    qtbot.waitUntil(lambda: bool(found), timeout=WAIT_MS)
    context.take_clinic(found[0])
    yield context
    clinic = context.let_go()
    closed: list[None] = []
    assert clinic is not None
    context.jobs.store(context, lambda task: clinic.vault.close(), closed.append)
    qtbot.waitUntil(lambda: bool(closed), timeout=WAIT_MS)
