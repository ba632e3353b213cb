"""The program's own operations on its store, done by the functions that the window and the command call."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from engine.errors import EngineError
from engine.store import (
    Role,
    SlotKind,
    Vault,
    accounts,
    add_user,
    apply_entries,
    count_people,
    edit_identity,
    load_patient,
    load_record,
    remove_user,
    rename_user,
    replace_passphrase,
    set_roles,
)
from engine.store.erasure.erase import Order, erase_person
from engine.store.key_turning import turn_key
from engine.store.roles import write_roles
from engine.store.schema import MIGRATIONS
from tests.reliability.clinics import (
    ACTOR,
    CHEAP,
    PASSPHRASE,
    PEOPLE,
    day,
    entries,
    many,
    new_clinic,
    old_clinic,
    old_people,
    open_again,
)
from tests.reliability.counts import SYSTEM
from tests.reliability.judging import SECRETS, in_order, judged, say, secret, unsound
from tests.reliability.operations import GOOD, Acknowledge, Operation, Verdict, Words

_FILES, _ROWS = 8, 25
_EDITS = 24
_OLD_PEOPLE = 300
_TURNS = 2
_ERASED = 3


def prepare(folder: Path) -> None:
    """Put a clinic into the folder."""
    new_clinic(folder / "clinic")


# Importing files


def import_files(folder: Path, acknowledge: Acknowledge) -> None:
    """Import several files, each a transaction."""
    with open_again(folder / "clinic") as vault:
        for number in range(_FILES):
            apply_entries(vault, many(f"file{number}x", _ROWS), actor=ACTOR)
            say(vault, acknowledge, str(number))


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
            say(vault, acknowledge, str(number))


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
        for number in range(SECRETS):
            replace_passphrase(vault, secret(number), SlotKind.PASSPHRASE, secret(number + 1), cost=CHEAP, floor=CHEAP)
            say(vault, acknowledge, str(number))


def judge_secret(folder: Path, done: Words) -> Verdict:
    """The last acknowledged passphrase opens, or the one after it; no other."""
    last = len(done)
    open_by = [number for number in range(SECRETS + 1) if _opens(folder, secret(number))]
    if len(open_by) != 1 or open_by[0] not in (last, last + 1):
        return (
            Verdict("an acknowledged passphrase does not open", detected=True)
            if not open_by
            else Verdict("an old passphrase opens", detected=False)
        )
    return judged(in_order, folder, (secret(open_by[0]),))


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
            say(vault, acknowledge, f"turned {number}")
            apply_entries(vault, many(f"file{number}x", _ROWS), actor=ACTOR)
            say(vault, acknowledge, f"stored {number}")


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


def prepare_old(version: int, folder: Path) -> None:
    """Put a clinic of an older schema into the folder."""
    folder.mkdir()
    old_clinic(folder / "clinic", _OLD_PEOPLE, version)


def upgrade(folder: Path, acknowledge: Acknowledge) -> None:
    """Open the old clinic."""
    with open_again(folder / "clinic") as vault:
        say(vault, acknowledge, "opened")


def judge_upgraded(folder: Path, done: Words) -> Verdict:
    """Everybody is there as before, with all values, found as the new schema finds them."""
    wanted = old_people(_OLD_PEOPLE)

    def look(vault: Vault) -> str | None:
        if vault.rows("SELECT id, patient_id, name FROM patient ORDER BY key") != wanted:
            return "people of the old store are missing or changed"
        values = [(100.1 + key,) for key in range(1, len(wanted) + 1) for _ in range(2)]
        if vault.rows("SELECT number FROM measurement ORDER BY key") != values:
            return "values of the old store are missing or changed"
        spelled = vault.rows("SELECT count(*) FROM patient WHERE instr(search, 'wangjianguo') > 0")
        return None if spelled == [(_OLD_PEOPLE,)] else "half a migration"

    return judged(look, folder)


# Giving people access, and taking it away


def change_people(folder: Path, acknowledge: Acknowledge) -> None:
    """Add two people, give them other names and roles, and remove them again."""
    with open_again(folder / "clinic") as vault:
        for number, (name, step) in enumerate(_PEOPLE_STEPS):
            found = {each.user.name: each.user.id for each in accounts(vault)}
            if step == "add":
                add_user(vault, PASSPHRASE, name, [Role.FRONT_DESK], "for once only", cost=CHEAP, floor=CHEAP)
            elif step == "rename":
                rename_user(vault, PASSPHRASE, found[name], f"{name} again", floor=CHEAP)
            elif step == "roles":
                set_roles(vault, PASSPHRASE, found[f"{name} again"], [Role.CLINICIAN, Role.AUDITOR], floor=CHEAP)
            else:
                remove_user(vault, PASSPHRASE, found[f"{name} again"], floor=CHEAP)
            say(vault, acknowledge, str(number))


_PEOPLE_STEPS = [(name, step) for name in ("Ben", "王芳") for step in ("add", "rename", "roles", "remove")]


def judge_people(folder: Path, done: Words) -> Verdict:
    """Who has access is who had it after the last acknowledged step, or after the next one; slots and record agree."""
    last = len(done)

    def look(vault: Vault) -> str | None:
        slots = sorted((each.user.name, write_roles(each.user.roles)) for each in accounts(vault))
        table = vault.rows("SELECT name FROM user WHERE ended IS NULL ORDER BY name")
        if [name for name, _ in slots] != [name for (name,) in table]:
            return "slots and record name different people"
        if slots not in [_people_after(steps) for steps in (last, last + 1)]:
            return "an acknowledged change of access is missing"
        return in_order(vault)

    return judged(look, folder)


def _people_after(steps: int) -> list[tuple[str, str]]:
    found = {"Ada Okafor": write_roles(Role)}
    for name, step in _PEOPLE_STEPS[:steps]:
        if step == "add":
            found[name] = write_roles([Role.FRONT_DESK])
        elif step == "rename":
            found[f"{name} again"] = found.pop(name)
        elif step == "roles":
            found[f"{name} again"] = write_roles([Role.CLINICIAN, Role.AUDITOR])
        else:
            del found[f"{name} again"]
    return sorted(found.items())


# Erasing people


def erase_people(folder: Path, acknowledge: Acknowledge) -> None:
    """Erase people, one after the other."""
    with open_again(folder / "clinic") as vault:
        for number in range(_ERASED):
            erase_person(vault, f"start{number}", Order("Asked for it", "none"), PASSPHRASE, floor=CHEAP)
            say(vault, acknowledge, str(number))


def judge_erased(folder: Path, done: Words) -> Verdict:
    """Who was erased is gone with everything; who was not is whole; the next opening has ended what was cut off."""

    def look(vault: Vault) -> str | None:
        for number in range(PEOPLE):
            ids = (f"start{number}",)
            people = vault.rows("SELECT count(*) FROM patient WHERE id = ?", ids)[0][0]
            values = vault.rows(
                "SELECT count(*) FROM measured JOIN visit ON visit.key = measured.visit"
                " JOIN patient ON patient.key = visit.patient WHERE patient.id = ?",
                ids,
            )[0][0]
            if (people, values) not in ((1, 2), (0, 0)) or (number >= _ERASED and not people):
                return "somebody is there by half, or gone"
            if people and str(number) in done:
                return "who was erased is there again"
        orphans = vault.rows("SELECT count(*) FROM visit WHERE patient NOT IN (SELECT key FROM patient)")
        left = vault.rows("SELECT count(*) FROM change WHERE key NOT IN (SELECT change FROM audit)")
        return None if orphans == left == [(0,)] else "a rest of somebody, or a change without its entry"

    return judged(look, folder)


_OLD_SCHEMAS = range(1, len(MIGRATIONS))
OPERATIONS = (
    Operation("import", SYSTEM, prepare, import_files, judge_imports, repeatable=True, unsound=unsound),
    Operation("edit", SYSTEM, prepare, edit, judge_edits, repeatable=True, unsound=unsound),
    Operation("change a passphrase", SYSTEM, prepare, change_secret, judge_secret, unsound=unsound),
    Operation("change who has access", SYSTEM, prepare, change_people, judge_people, unsound=unsound),
    Operation("turn the data key", SYSTEM, prepare, turn_keys, judge_turned, unsound=unsound),
    Operation("erase people", SYSTEM, prepare, erase_people, judge_erased, unsound=unsound),
    Operation("create", SYSTEM, prepare_nothing, create, judge_created, unsound=unsound),
    *(
        Operation(
            "migrate" if version == 1 else f"migrate from schema {version}",
            SYSTEM,
            partial(prepare_old, version),
            upgrade,
            judge_upgraded,
            repeatable=True,
            unsound=unsound,
        )
        for version in _OLD_SCHEMAS
    ),
)
