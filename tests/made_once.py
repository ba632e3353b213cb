"""Clinics of nobody, made once and then copied: making one takes two key derivations and every schema step."""

from __future__ import annotations

import shutil
import tempfile
from atexit import register
from datetime import datetime
from functools import cache, partial
from pathlib import Path

from engine.domain.ports import Clock, FixedClock
from engine.workflows.clinics import ClinicRequest, create


def new_clinic(folder: Path, country: str, passphrase: str, clock: Clock, name: str = "Maple Lane") -> None:
    """Put the clinic into ``folder`` that ``create`` would make there now; all of one kind share their keys."""
    shutil.copytree(_made(name, country, passphrase, clock.now()), folder)


@cache
def _made(name: str, country: str, passphrase: str, moment: datetime) -> Path:
    place = Path(tempfile.mkdtemp(prefix="lantern-tests-"))
    register(partial(shutil.rmtree, place, ignore_errors=True))
    create(ClinicRequest(place / "clinic", name, country), passphrase, FixedClock(moment))
    return place / "clinic"
