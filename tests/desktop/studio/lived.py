"""A clinic in which a model was trained, then answered in silence for years while people fell ill, or did not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from engine.domain.models import KeptModel
from engine.domain.ports import FixedClock
from engine.fields import load_dictionary
from engine.packs import PackParts, read_pack
from engine.packs.origin import Words
from engine.workflows import users
from engine.workflows.clinics import ClinicRequest, OpenClinic, create
from engine.workflows.models import add_draft, shadow
from engine.workflows.train_file import ModelKind, TrainWish, train_file
from engine.workflows.unlock import change_passphrase, unlock
from engine.workflows.users import Role
from tests.engine.workflows.trained import BEGAN, after, import_year, simulated

PASSPHRASE = "a passphrase for tests"
OWNER, OTHER = "Zhao Ming", "Wang Li"
OTHERS_PASSPHRASE = f"the passphrase of {OTHER}"
PACK, MODEL = "heart_here", "heart_here@1.0.0"
# Few folds and samples: seconds instead of minutes, by the same way.
QUICK = {"folds": 2, "repeats": 1, "bootstraps": 4}
TRAINED_ON, HORIZON_YEARS = 1200, 10


def write_table(path: Path, people: int = TRAINED_ON, seed: int = 11) -> Path:
    """Write a table of made-up people who were followed for ten years, or until they fell ill."""
    random = np.random.default_rng(seed + 1)  # not the stream the people are drawn from
    rows = []
    for person in simulated(people, 1.0, seed):
        age = (person.first - person.born).days / 365.25
        years = (person.ill - person.first.toordinal()) / 365.25
        seen = min(years, random.uniform(6, 14))
        sex = "MF"[person.number % 2]
        rows.append(f"{age:.2f},{sex},{person.pressure},{int(years <= seen)},{max(seen, 0.01):.3f}\n")
    path.write_text("age,sex,sbp_mmhg,heart_attack,years\n" + "".join(rows), encoding="utf-8")
    return path


def trained_here(place: Path) -> Path:
    """Train a model on such a table and return the folder of its pack."""
    place.mkdir(parents=True, exist_ok=True)
    wish = TrainWish(
        "heart_attack",
        time="years",
        horizon_years=HORIZON_YEARS,
        kind=ModelKind.COX,
        threshold=0.2,
        anyway=True,
        **QUICK,  # type: ignore[arg-type]  # counts
    )
    train_file(write_table(place / "table.csv"), place / PACK, wish, load_dictionary())
    return place / PACK


def called(pack: Path, place: Path, name: str, title: Words) -> Path:
    """Write a pack under another name and title."""
    read = read_pack(pack)
    manifest = replace(read.manifest, id=name, title=title)
    cases = read.read_case_table().decode("utf-8")
    return PackParts(manifest, read.read_graph(), read.read_card(), cases).write(place).folder


@contextmanager
def opened(folder: Path, at: datetime, who: str = OWNER) -> Iterator[OpenClinic]:
    """Open the clinic as somebody at a moment, for the length of a ``with`` block."""
    clinic = unlock(folder, PASSPHRASE, FixedClock(at), who=who)
    try:
        yield clinic
    finally:
        clinic.vault.close()


def new_clinic(
    folder: Path, pack: Path, at: datetime = BEGAN, *, two: bool = True, owner: str = OWNER, other: str = OTHER
) -> KeptModel:
    """Make a clinic with one draft in it; ``two``: two administrators work there."""
    clock = FixedClock(at)
    create(ClinicRequest(folder, "Riverside Clinic", "GBR", owner_name=owner), PASSPHRASE, clock)
    if two:
        clinic = unlock(folder, PASSPHRASE, clock)
        given = users.add(clinic, PASSPHRASE, other, [Role.ADMINISTRATOR, Role.CLINICIAN])
        clinic.vault.close()
        clinic = unlock(folder, given.one_time, clock, who=other)
        change_passphrase(clinic, given.one_time, OTHERS_PASSPHRASE)
        clinic.vault.close()
    with opened(folder, at, owner) as clinic:
        kept = add_draft(clinic, pack)[1]
        assert kept is not None
        return kept


def live_through(
    folder: Path,
    place: Path,
    years: float,
    *,
    people: int = 1500,
    ratio: float = 1.0,
    owner: str = OWNER,
    name: str = PACK,
) -> datetime:
    """Begin the silent trial, let everybody come at its beginning and again after some years; return the moment."""
    with opened(folder, BEGAN, owner) as clinic:
        shadow(clinic, name, "cvd_history", 0.2)
    everybody = simulated(people, ratio, seed=2)
    with opened(folder, after(0), owner) as clinic:
        import_year(clinic, everybody, 0, place)
    if not years:
        return after(0)
    with opened(folder, after(years), owner) as clinic:
        import_year(clinic, everybody, round(years), place)
    return after(years) + timedelta(days=1)
