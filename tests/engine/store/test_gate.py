"""The gate: every public function of the store asks for a permission, and every role gets exactly what it may do."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import pytest

import engine.store
from engine.domain.ports import FixedClock
from engine.errors import AccessError, BugError
from engine.store import Role, User, Vault, apply_entries, find_patients, load_record, load_records, rename_clinic
from engine.store.gate import inner, mark_of, needs
from engine.store.permissions import Permission, actions, permission_of, permits
from engine.store.users import Emergency

Sheet = Callable[..., object]
# The table of the specification, written down a second time, and by hand.
MAY = {
    Role.ADMINISTRATOR: {
        "clinic.read", "own.access", "emergency", "review", "users", "clinic.change", "backup", "restore", "erase",
        "deidentified.approve", "audit.own", "audit.summary",
    },
    Role.CLINICIAN: {
        "clinic.read", "own.access", "people.read", "people.write", "record.read", "record.write", "report",
        "person.export", "deidentified.ask", "review", "backup", "audit.own", "audit.person",
    },
    Role.FRONT_DESK: {
        "clinic.read", "own.access", "people.read", "people.write", "emergency", "backup", "audit.own",
    },
    Role.AUDITOR: {
        "clinic.read", "own.access", "review", "backup", "audit.own", "audit.person", "audit.summary", "audit.all",
    },
}  # fmt: skip
CELLS = [(role, permission) for role in Role for permission in Permission]


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(engine.store.__path__, "engine.store."):
        yield importlib.import_module(found.name)


def functions() -> Iterator[tuple[str, Callable[..., object]]]:
    """Every function of the store that has a vault for its first argument and no underscore before its name."""
    for module in modules():
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if name.startswith("_") or function.__module__ != module.__name__:
                continue
            first = next(iter(inspect.signature(function).parameters.values()), None)
            if first is not None and first.annotation == "Vault":
                yield f"{module.__name__}.{name}", function


def act_as(vault: Vault, *roles: Role) -> None:
    """Give who is signed in other roles, as a letter does at the next opening."""
    vault.user = User(vault.user.id, vault.user.name, frozenset(roles))


def test_every_public_function_says_what_it_needs() -> None:
    found = dict(functions())
    assert len(found) > 60
    assert [name for name, function in found.items() if mark_of(function) is None] == []


def test_what_is_only_for_the_store_itself_is_called_by_nobody_else(checkout: Path) -> None:
    own = {name.rpartition(".")[2] for name, function in functions() if mark_of(function) == "inner"}
    taken = set()
    for path in [*(checkout / "engine/workflows").rglob("*.py"), *(checkout / "engine/cli").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("engine.store"):
                taken |= {name.name for name in node.names}
    assert len(own) > 15
    assert own & taken == set()


def test_every_action_in_the_code_is_in_the_table(checkout: Path) -> None:
    written = set()
    for path in (checkout / "engine").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "change":
                written |= {each.value for each in node.args[1:2] if isinstance(each, ast.Constant)}
    assert len(written) > 12
    assert written <= set(actions())


@pytest.mark.parametrize(("role", "permission"), CELLS)
def test_each_cell_of_the_table(vault: Vault, role: Role, permission: Permission) -> None:
    allowed = permission.value in MAY[role]
    assert permits({role}, permission) is allowed

    @needs(permission)
    def function(vault: Vault) -> int:
        return len(vault.rows("SELECT 1"))

    for _ in range(3):  # before, after a change of role, and after it is given back
        act_as(vault, role)
        if allowed:
            assert function(vault) == 1
        else:
            with pytest.raises(AccessError, match="access_denied"):
                function(vault)
        act_as(vault, *(other for other in Role if other is not role))
        assert vault.may(permission) is any(permission.value in MAY[other] for other in Role if other is not role)


@pytest.mark.parametrize("role", Role)
def test_every_function_of_the_store_refuses_each_role_that_lacks_its_permission(vault: Vault, role: Role) -> None:
    """Called with nothing but the vault: who may not is told so before anything is looked at."""
    act_as(vault, role)
    refused = allowed = 0
    for _, function in functions():
        needed = mark_of(function)
        if not isinstance(needed, Permission):
            continue
        asked = [each for each in inspect.signature(function).parameters.values() if each.default is each.empty][1:]
        positional = [None for each in asked if each.kind is not each.KEYWORD_ONLY]
        named = {each.name: None for each in asked if each.kind is each.KEYWORD_ONLY}
        if needed.value in MAY[role]:
            allowed += 1
            continue
        with pytest.raises(AccessError, match="access_denied"):
            function(vault, *positional, **named)
        refused += 1
    assert allowed > 5
    assert refused > 5 or role is Role.CLINICIAN


@pytest.mark.parametrize("role", Role)
def test_every_action_is_refused_to_each_role_that_lacks_its_permission(vault: Vault, role: Role) -> None:
    before = vault._database.rows("SELECT count(*) FROM audit")
    act_as(vault, role)
    for action in actions():
        needed = permission_of(action)
        assert needed is not None
        if needed.value in MAY[role]:
            with vault.change(vault.user.id, action) as change:
                change.discard()
            continue
        with pytest.raises(AccessError, match="access_denied"), vault.change(vault.user.id, action):
            pytest.fail("the change was opened")
    assert vault._database.rows("SELECT count(*) FROM audit") == before


def test_an_action_in_no_table_is_refused_to_everybody(vault: Vault) -> None:
    with pytest.raises(BugError, match="action_unknown"), vault.change("user-1", "patient.peek"):
        pytest.fail("the change was opened")


def test_nothing_is_read_outside_a_grant(vault: Vault) -> None:
    with pytest.raises(BugError, match="store_no_grant"):
        vault.rows("SELECT 1")
    with pytest.raises(BugError, match="store_no_grant"):
        vault.one("SELECT 1")
    with pytest.raises(BugError, match="store_no_grant"):
        next(vault.stream("SELECT 1"))

    @inner
    def looks(vault: Vault) -> object:
        return vault.one("SELECT 1")

    with pytest.raises(BugError, match="store_no_grant"):
        looks(vault)


def test_what_yields_is_asked_when_called_and_reads_only_while_it_works(vault: Vault, sheet: Sheet) -> None:
    rows = [{"person": name, "visit_date": "2024-01-02", "name": name} for name in ("ann", "bo")]
    apply_entries(vault, sheet(rows), actor="user-1")  # type: ignore[arg-type]  # a fixture
    records = load_records(vault, ["ann", "bo"])
    assert next(records).patient.name == "ann"
    with pytest.raises(BugError, match="store_no_grant"):
        vault.rows("SELECT 1")
    assert next(records).patient.name == "bo"
    act_as(vault, Role.AUDITOR)
    with pytest.raises(AccessError):
        load_records(vault, ["ann"])


def test_a_passphrase_of_somebody_elses_choice_is_changed_before_anything_else(vault: Vault) -> None:
    vault.change_first = True
    for permission in Permission:
        assert vault.may(permission) is (permission in {Permission.CLINIC_READ, Permission.OWN_ACCESS})
    with pytest.raises(AccessError, match="access_passphrase_first"):
        find_patients(vault)
    with pytest.raises(AccessError, match="access_passphrase_first"):
        rename_clinic(vault, "Other", "user-1")
    vault.passphrase_changed()
    find_patients(vault)


def test_an_emergency_opens_one_record_to_read_until_its_time_is_over(
    vault: Vault, sheet: Sheet, clock: FixedClock
) -> None:
    rows = [{"person": name, "visit_date": "2024-01-02", "name": name} for name in ("ann", "bo")]
    apply_entries(vault, sheet(rows), actor="user-1")  # type: ignore[arg-type]  # a fixture
    act_as(vault, Role.FRONT_DESK)
    vault._emergency = Emergency("ann", clock.now() + timedelta(minutes=60))
    assert load_record(vault, "ann").patient.name == "ann"
    assert [record.patient.name for record in load_records(vault, ["ann"])] == ["ann"]
    for other in ("bo", "nobody"):
        with pytest.raises(AccessError):
            load_record(vault, other)
    for others in (["ann", "bo"], [], iter(["ann"])):
        with pytest.raises(AccessError):
            load_records(vault, others)
    with pytest.raises(AccessError), vault.change("user-1", "entry.typed", ("ann",)):
        pytest.fail("an emergency is no leave to write")
    vault._emergency = replace(vault._emergency, until=clock.now())
    with pytest.raises(AccessError):
        load_record(vault, "ann")


def test_a_locked_store_answers_and_takes_nothing(open_again: Callable[[], Vault]) -> None:
    vault = open_again()
    vault.close()
    asked = (
        lambda: find_patients(vault),
        lambda: load_record(vault, "ann"),
        lambda: rename_clinic(vault, "Other", "user-1"),
        lambda: vault.note("list.view"),
    )
    for ask in asked:
        for _ in range(3):
            with pytest.raises(Exception, match=r"store_statement|closed database"):
                ask()
