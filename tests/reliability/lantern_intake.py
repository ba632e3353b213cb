"""Taking imports back: each goes whole or stays whole, and what it had replaced stands there again."""

from __future__ import annotations

from pathlib import Path

from engine.store import Vault, apply_entries, imports, known_people, load_record, undo_import
from tests.reliability.clinics import ACTOR, day, entries, many, new_clinic, open_again
from tests.reliability.counts import SYSTEM
from tests.reliability.judging import in_order, judged, say, unsound
from tests.reliability.operations import Acknowledge, Operation, Verdict, Words

_FILES, _ROWS = 5, 12
_OTHER = 180.0  # the pressure that a later file gives to a visit of the start


def prepare(folder: Path) -> None:
    """Put a clinic into the folder into which files of new people came, and files that say another pressure."""
    new_clinic(folder / "clinic")
    with open_again(folder / "clinic") as vault:
        for number in range(1, _FILES + 1):
            apply_entries(vault, many(f"file{number}x", _ROWS), actor=ACTOR)
            other = entries([f"start{number}"], [day(number)], {"sbp_mmhg": [_OTHER]}, new=False, typed=False)
            apply_entries(vault, other, actor=ACTOR)


def take_back(folder: Path, acknowledge: Acknowledge) -> None:
    """Take them back, one after the other."""
    with open_again(folder / "clinic") as vault:
        there = {each.file_name: each for each in imports(vault)}
        for number in range(1, _FILES + 1):
            for name in (f"file{number}x0.csv", f"start{number}.csv"):
                if there[name].undone_at is None:
                    undo_import(vault, there[name].id, ACTOR)
                say(vault, acknowledge, name)


def judge(folder: Path, done: Words) -> Verdict:
    """Each file is there whole or gone whole; gone where that was said, and then what it replaced stands again."""

    def look(vault: Vault) -> str | None:
        there = {each.file_name: each.undone_at is None for each in imports(vault)}
        people = [each.id for each in known_people(vault)]
        for number in range(1, _FILES + 1):
            named, corrected = f"file{number}x0.csv", f"start{number}.csv"
            if sum(each.startswith(f"file{number}x") for each in people) != (_ROWS if there[named] else 0):
                return "an import is taken back by half"
            values = {each.value for visit in load_record(vault, f"start{number}").visits for each in visit.measurements
                      if each.field == "sbp_mmhg"}  # fmt: skip
            if values != {_OTHER if there[corrected] else 100.0 + number}:
                return "what an import had replaced does not stand there again"
            if any(there[name] for name in (named, corrected) if name in done):
                return "an import is there that was taken back"
        return in_order(vault)

    return judged(look, folder)


OPERATIONS = (Operation("take an import back", SYSTEM, prepare, take_back, judge, repeatable=True, unsound=unsound),)
