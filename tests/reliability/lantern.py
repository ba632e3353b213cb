"""The program's own operations, done by the functions that the window and the command call."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from engine.errors import EngineError
from engine.store import (
    SlotKind,
    Vault,
    apply_entries,
    count_people,
    edit_identity,
    load_patient,
    load_record,
    replace_passphrase,
)
from engine.store.backup.make import back_up
from engine.store.backup.manifest import backups_in
from engine.store.backup.open import opened_copy, unseal_backup
from engine.store.backup.restore import restore
from engine.store.key_turning import turn_key
from tests.reliability.clinics import (
    ACTOR,
    CHEAP,
    CLOCK,
    PASSPHRASE,
    day,
    entries,
    many,
    new_clinic,
    old_clinic,
    open_again,
)
from tests.reliability.operations import GOOD, STICK, Acknowledge, Operation, Verdict, Words

SYSTEM = "Lantern"
_FILES, _ROWS = 8, 25
_EDITS = 24
_SECRETS = 5
_OLD_PEOPLE = 300
_BACKUPS = 3
_TURNS = 2


def judged(
    look: Callable[[Vault], str | None], folder: Path, secrets: Words = (PASSPHRASE,), name: str = "clinic"
) -> Verdict:
    """Open what is left, look at it, and check the whole file after it was closed once."""
    try:
        with _opened(folder / name, secrets) as vault, vault.granting():
            fault = look(vault)
        with _opened(folder / name, secrets) as vault:
            damage = vault.damage()
    except EngineError as error:
        return Verdict(f"does not open: {error.code}", detected=True)
    if fault is None and not damage:
        return GOOD
    return Verdict(fault or "damaged", detected=bool(damage))


def _opened(folder: Path, secrets: Words) -> Vault:
    for place, secret in enumerate(secrets):
        try:
            return open_again(folder, secret)
        except EngineError as error:
            if error.code != "passphrase_wrong" or place == len(secrets) - 1:
                raise
    raise AssertionError("no secret was given")


def in_order(vault: Vault) -> str | None:
    """What holds after any interruption: everybody of the start is there, and each change has its audit entry."""
    if vault.rows("SELECT count(*) FROM patient WHERE id LIKE 'start%'") != [(30,)]:
        return "people of the start are missing"
    orphans = vault.rows("SELECT count(*) FROM change WHERE key NOT IN (SELECT change FROM audit)")
    return None if orphans == [(0,)] else "a change without its audit entry"


def prepare(folder: Path) -> None:
    """Put a clinic into the folder."""
    new_clinic(folder / "clinic")


# Importing files


def import_files(folder: Path, acknowledge: Acknowledge) -> None:
    """Import several files, each a transaction."""
    with open_again(folder / "clinic") as vault:
        for number in range(_FILES):
            apply_entries(vault, many(f"file{number}x", _ROWS), actor=ACTOR)
            acknowledge(str(number))


def judge_imports(folder: Path, done: Words) -> Verdict:
    """Each file is there whole or not at all, and is there when that was said."""

    def look(vault: Vault) -> str | None:
        for number in range(_FILES):
            ids = f"file{number}x%"
            people = vault.rows("SELECT count(*) FROM patient WHERE id LIKE ?", (ids,))[0][0]
            values = vault.rows(
                "SELECT count(*) FROM measured JOIN visit ON visit.key = measured.visit"
                " JOIN patient ON patient.key = visit.patient WHERE patient.id LIKE ?",
                (ids,),
            )[0][0]
            if (people, values) not in ((0, 0), (_ROWS, 2 * _ROWS)):
                return "half a file"
            if str(number) in done and not people:
                return "an acknowledged file is missing"
        return in_order(vault)

    return judged(look, folder)


# Typing visits and correcting people


def edit(folder: Path, acknowledge: Acknowledge) -> None:
    """Save visits as they are typed, and correct who people are."""
    with open_again(folder / "clinic") as vault:
        for number in range(_EDITS):
            person = f"start{number % 10}"
            if number % 3 == 2:
                edit_identity(vault, person, {"phone": f"555-{number}"}, ACTOR)
            else:
                columns = {"sbp_mmhg": [100.0 + number], "dbp_mmhg": [60.0 + number]}
                typed = entries([person], [day(500 + number)], columns, new=False, typed=True)  # type: ignore[arg-type]  # numbers are values
                apply_entries(vault, typed, actor=ACTOR)
            acknowledge(str(number))


def judge_edits(folder: Path, done: Words) -> Verdict:
    """Each visit has both its values or is not there; what was acknowledged is there."""

    def look(vault: Vault) -> str | None:
        for number in range(_EDITS):
            person = f"start{number % 10}"
            if number % 3 == 2:
                if str(number) in done and load_patient(vault, person).phone != f"555-{number}":
                    return "an acknowledged correction is missing"
                continue
            visits = [each for each in load_record(vault, person).visits if str(each.visit_date) == day(500 + number)]
            values = [each.value for visit in visits for each in visit.measurements]
            if values not in ([], [100.0 + number, 60.0 + number], [60.0 + number, 100.0 + number]):
                return "half a visit"
            if str(number) in done and not values:
                return "an acknowledged visit is missing"
        return in_order(vault)

    return judged(look, folder)


# Changing the passphrase


def change_secret(folder: Path, acknowledge: Acknowledge) -> None:
    """Change the passphrase several times."""
    with open_again(folder / "clinic") as vault:
        for number in range(_SECRETS):
            replace_passphrase(
                vault, _secret(number), SlotKind.PASSPHRASE, _secret(number + 1), cost=CHEAP, floor=CHEAP
            )
            acknowledge(str(number))


def _secret(number: int) -> str:
    return PASSPHRASE if number == 0 else f"another passphrase {number}"


def judge_secret(folder: Path, done: Words) -> Verdict:
    """The last acknowledged passphrase opens, or the one after it; no other."""
    last = len(done)
    open_by = [number for number in range(_SECRETS + 1) if _opens(folder, _secret(number))]
    if len(open_by) != 1 or open_by[0] not in (last, last + 1):
        return (
            Verdict("an acknowledged passphrase does not open", detected=True)
            if not open_by
            else Verdict("an old passphrase opens", detected=False)
        )
    return judged(in_order, folder, (_secret(open_by[0]),))


def _opens(folder: Path, secret: str) -> bool:
    try:
        open_again(folder / "clinic", secret).close()
    except EngineError:
        return False
    return True


# Turning the data key


def turn_keys(folder: Path, acknowledge: Acknowledge) -> None:
    """Encrypt the clinic under another key, twice, with a visit in between."""
    with open_again(folder / "clinic") as vault:
        for number in range(_TURNS):
            turn_key(vault, PASSPHRASE, {"one_signature": 1, "reason": "a trial"}, floor=CHEAP)
            acknowledge(f"turned {number}")
            apply_entries(vault, many(f"file{number}x", _ROWS), actor=ACTOR)
            acknowledge(f"stored {number}")


def judge_turned(folder: Path, done: Words) -> Verdict:
    """The passphrase opens the clinic under one key or the other, with all that was stored."""

    def look(vault: Vault) -> str | None:
        for number in range(_TURNS):
            people = vault.rows("SELECT count(*) FROM patient WHERE id LIKE ?", (f"file{number}x%",))[0][0]
            if people not in (0, _ROWS) or (f"stored {number}" in done and not people):
                return "an acknowledged file is missing or halved"
        return in_order(vault)

    return judged(look, folder)


# Making a clinic


def prepare_nothing(folder: Path) -> None:
    """Make the folder alone."""
    folder.mkdir()


def create(folder: Path, acknowledge: Acknowledge) -> None:
    """Make a clinic."""
    new_clinic(folder / "clinic", people=0)
    acknowledge("made")


def judge_created(folder: Path, done: Words) -> Verdict:
    """There is no clinic, or there is a whole one."""
    if not done and not (folder / "clinic").exists():
        return GOOD
    return judged(lambda vault: None if count_people(vault) == 0 else "somebody is there", folder)


# A newer program opens an older store


def prepare_old(folder: Path) -> None:
    """Put a clinic of the first schema into the folder."""
    folder.mkdir()
    old_clinic(folder / "clinic", _OLD_PEOPLE)


def upgrade(folder: Path, acknowledge: Acknowledge) -> None:
    """Open the old clinic."""
    open_again(folder / "clinic").close()
    acknowledge("opened")


def judge_upgraded(folder: Path, done: Words) -> Verdict:
    """Everybody is there as before, found as the new schema finds them."""

    def look(vault: Vault) -> str | None:
        found = vault.rows("SELECT id, patient_id, name FROM patient ORDER BY key")
        if found != [(f"old{n}", f"P{n}", f"王建国 {n}") for n in range(1, _OLD_PEOPLE + 1)]:
            return "people of the old store are missing or changed"
        spelled = vault.rows("SELECT count(*) FROM patient WHERE instr(search, 'wangjianguo') > 0")
        return None if spelled == [(_OLD_PEOPLE,)] else "half a migration"

    return judged(look, folder)


# Printing reports to files


def prepare_assessed(folder: Path) -> None:
    """Put a clinic into the folder whose people of interest are assessed already, in a process of its own."""
    from engine.workflows.assess import assess_people
    from engine.workflows.clinics import in_vault

    prepare(folder)
    (folder / "out").mkdir()
    with closing(open_again(folder / "clinic")) as vault:
        assess_people(in_vault(vault, CLOCK))


def report(folder: Path, acknowledge: Acknowledge) -> None:
    """Write the reports of two people."""
    from engine.report import ReportOptions
    from engine.workflows.clinics import in_vault
    from engine.workflows.reports import write_reports

    with open_again(folder / "clinic") as vault:
        clinic = in_vault(vault, CLOCK)
        for person in ("start0", "start1"):
            (written,) = write_reports(clinic, [person], ReportOptions("en"), folder / "out")
            acknowledge(f"{written.path.name} {hashlib.sha256(written.path.read_bytes()).hexdigest()}")


def judge_reports(folder: Path, done: Words) -> Verdict:
    """Each report that was acknowledged is there as it was, and remembered; no file is there by half."""

    def look(vault: Vault) -> str | None:
        files = {path.name: path.read_bytes() for path in (folder / "out").glob("*.pdf")}
        for line in done:
            name, digest = line.split()
            if hashlib.sha256(files.get(name, b"")).hexdigest() != digest:
                return "an acknowledged report is missing or another"
            if vault.rows("SELECT count(*) FROM report WHERE sha256 = ?", (digest,)) != [(1,)]:
                return "an acknowledged report is not remembered"
        if any(not content.rstrip().endswith(b"%%EOF") for content in files.values()):
            return "half a report"
        return in_order(vault)

    return judged(look, folder)


# Backing up, and restoring


def prepare_backed_up(folder: Path) -> None:
    """Put a clinic into the folder, and a stick with a backup of it."""
    prepare(folder)
    with open_again(folder / "clinic") as vault:
        back_up(vault, folder / STICK, "1")


def make_backups(folder: Path, acknowledge: Acknowledge) -> None:
    """Store a file and make a backup, three times."""
    with open_again(folder / "clinic") as vault:
        for number in range(_BACKUPS):
            apply_entries(vault, many(f"file{number}x", _ROWS), actor=ACTOR)
            made = back_up(vault, folder / STICK, "1")
            acknowledge(f"{made.backup.manifest.name} {number}")


def judge_backups(folder: Path, done: Words) -> Verdict:
    """Every backup that is one opens and holds what was stored before it; those acknowledged are there."""
    try:
        every = {each.manifest.name: each for each in backups_in(folder / STICK, "clinic-1")}
        # Older ones of the same day give way to newer ones, but never the last two.
        if not every or not {word.split()[0] for word in done[-2:]} <= set(every):
            return Verdict("an acknowledged backup, or the one from before, is missing", detected=False)
        held = {word.split()[0]: int(word.split()[1]) for word in done}
        for name, backup in every.items():
            with opened_copy(unseal_backup(backup, PASSPHRASE, floor=CHEAP)) as copy:
                people = copy.rows("SELECT count(*) FROM patient WHERE id LIKE 'file%'")[0][0]
            if people % _ROWS or (name in held and people < _ROWS * (held[name] + 1)):
                return Verdict("a backup lacks what was stored before it", detected=False)
    except EngineError as error:
        return Verdict(f"a backup does not open: {error.code}", detected=True)
    return judged(in_order, folder)


def prepare_to_restore(folder: Path) -> None:
    """Put a clinic into the folder, a backup of it, and what was stored since."""
    prepare_backed_up(folder)
    with open_again(folder / "clinic") as vault:
        apply_entries(vault, many("later", _ROWS), actor=ACTOR)


def restore_backup(folder: Path, acknowledge: Acknowledge) -> None:
    """Restore the backup into a new folder."""
    (backup,) = backups_in(folder / STICK, "clinic-1")
    restore(backup.copy, folder / "new", PASSPHRASE, CLOCK, floor=CHEAP)
    acknowledge("restored")


def judge_restored(folder: Path, done: Words) -> Verdict:
    """The new clinic is not there or whole; the one from before and the backup are as they were."""
    before = judge_backups(folder, ())
    if not before.ok or not (done or (folder / "new").exists()):
        return before

    def look(vault: Vault) -> str | None:
        if vault.rows("SELECT count(*) FROM patient WHERE id LIKE 'later%'") != [(0,)]:
            return "the restored clinic holds what came later"
        return in_order(vault)

    return judged(look, folder, name="new")


OPERATIONS = (
    Operation("import", SYSTEM, prepare, import_files, judge_imports, repeatable=True),
    Operation("edit", SYSTEM, prepare, edit, judge_edits, repeatable=True),
    Operation("change a passphrase", SYSTEM, prepare, change_secret, judge_secret),
    Operation("turn the data key", SYSTEM, prepare, turn_keys, judge_turned),
    Operation("create", SYSTEM, prepare_nothing, create, judge_created),
    Operation("migrate", SYSTEM, prepare_old, upgrade, judge_upgraded, repeatable=True),
    Operation("back up", SYSTEM, prepare_backed_up, make_backups, judge_backups, repeatable=True),
    Operation("restore", SYSTEM, prepare_to_restore, restore_backup, judge_restored, repeatable=True),
    Operation("report", SYSTEM, prepare_assessed, report, judge_reports, repeatable=True),
)
