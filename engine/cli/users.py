"""The commands about who may use a clinic: users add, remove, list, role, rename, password."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from engine.cli.options import (
    Commands,
    Run,
    a_path,
    add_store,
    opened_store,
    read_passphrase,
    reason_given,
    whole_text,
)
from engine.cli.output import DONE, emit_json, say, wording
from engine.errors import UsageError
from engine.wording import Wording
from engine.workflows import users
from engine.workflows.clinics import OpenClinic
from engine.workflows.unlock import change_passphrase
from engine.workflows.users import NewAccess, Role, Second, User

Outcome = TypeVar("Outcome")
_ROLES = tuple(role.value for role in Role)


def add_commands(commands: Commands, words: Wording) -> None:
    """Add ``users`` with its own commands."""
    sentence = words.say("cli.help.users")
    parser = commands.add_parser("users", help=sentence, description=sentence, allow_abbrev=False)
    inside = parser.add_subparsers(dest="users_command", metavar="COMMAND", required=True, parser_class=type(parser))
    add = _add_command(inside, words, "add", run_add)
    _add_name(add, words)
    _add_roles(add, words)
    _add_new_passphrase(add, words)
    _add_command(inside, words, "list", run_list)
    remove = _add_command(inside, words, "remove", run_remove)
    _add_name(remove, words)
    remove.add_argument("--rotate", action="store_true", help=words.say("cli.option.rotate"))
    _add_second(remove, words)
    role = _add_command(inside, words, "role", run_role)
    _add_name(role, words)
    _add_roles(role, words)
    _add_second(role, words)
    rename = _add_command(inside, words, "rename", run_rename)
    _add_name(rename, words)
    rename.add_argument("--name", required=True, metavar="NAME", help=words.say("cli.option.new_name"))
    password = _add_command(inside, words, "password", run_password)
    password.add_argument("name", nargs="?", metavar="NAME", help=words.say("cli.option.whose_passphrase"))
    _add_new_passphrase(password, words)
    _add_second(password, words)


def _add_command(inside: Commands, words: Wording, name: str, run: Run) -> argparse.ArgumentParser:
    sentence = words.say(f"cli.help.users_{name}")
    parser = inside.add_parser(name, help=sentence, description=sentence, allow_abbrev=False)
    parser.set_defaults(run=run)
    add_store(parser, words)
    return parser


def _add_name(parser: argparse.ArgumentParser, words: Wording) -> None:
    parser.add_argument("name_of", metavar="NAME", help=words.say("cli.option.whose"))


def _add_roles(parser: argparse.ArgumentParser, words: Wording) -> None:
    parser.add_argument("--role", action="append", required=True, choices=_ROLES, help=words.say("cli.option.role"))


def _add_second(parser: argparse.ArgumentParser, words: Wording) -> None:
    parser.add_argument("--second", metavar="NAME", help=words.say("cli.option.second"))
    parser.add_argument("--second-passphrase-file", type=a_path, metavar="F", help=words.say("cli.option.second_file"))
    parser.add_argument("--reason", default="", metavar="TEXT", help=words.say("cli.option.reason"))


def _add_new_passphrase(parser: argparse.ArgumentParser, words: Wording) -> None:
    parser.add_argument("--new-passphrase-file", type=a_path, metavar="F", help=words.say("cli.option.new_passphrase"))


def run_add(options: argparse.Namespace) -> int:
    """Give somebody access and tell the passphrase that they change at first."""
    with opened_store(options) as clinic:
        roles = [Role(role) for role in options.role]
        made = users.add(clinic, _own(options), whole_text(options.name_of), roles, _chosen(options))
    return _tell_one_time(made, options)


def run_list(options: argparse.Namespace) -> int:
    """Tell who may use the clinic."""
    with opened_store(options) as clinic:
        everyone = users.everyone(clinic)
    if options.json:
        emit_json([_document(each.user) | {"change_first": each.change_first} for each in everyone])
        return DONE
    for each in everyone:
        key = "cli.user_change_first" if each.change_first else "cli.user"
        say(wording().say(key, name=_called(each.user), roles=_roles(each.user)))
    return DONE


def run_remove(options: argparse.Namespace) -> int:
    """Take somebody's access away, and turn the data key where that is asked for."""
    with opened_store(options) as clinic:
        user = users.find(clinic, whole_text(options.name_of))
        own = _own(options)
        removed = _agreed(options, partial(users.remove, clinic, own, user.id, turning=options.rotate))
    key = "cli.user_removed_key_turned" if removed.key_turned else "cli.user_removed"
    text = wording().say(key, name=_called(removed.user))
    if options.json:
        emit_json(_document(removed.user) | {"removed": True, "key_rotated": removed.key_turned, "remark": text})
    else:
        say(text)
    return DONE


def run_role(options: argparse.Namespace) -> int:
    """Give somebody these roles and no others."""
    with opened_store(options) as clinic:
        user = users.find(clinic, whole_text(options.name_of))
        roles = [Role(role) for role in options.role]
        own = _own(options)
        return _tell(_agreed(options, partial(users.set_roles_of, clinic, own, user.id, roles)), options)


def run_rename(options: argparse.Namespace) -> int:
    """Give somebody another name."""
    with opened_store(options) as clinic:
        user = users.find(clinic, whole_text(options.name_of))
        return _tell(users.rename(clinic, _own(options), user.id, whole_text(options.name)), options)


def run_password(options: argparse.Namespace) -> int:
    """Change one's own passphrase or, as an administrator, give somebody another one for once."""
    with opened_store(options) as clinic:
        user = _whose(clinic, options)
        if user.id != clinic.vault.user.id:
            own, chosen = _own(options), _chosen(options)
            given = _agreed(options, partial(users.set_one_time, clinic, own, user.id, chosen))
            return _tell_one_time(given, options)
        new = _chosen(options)
        if new is None:
            raise UsageError("new_passphrase_needed")
        change_passphrase(clinic, _own(options), new)
    if options.json:
        emit_json(_document(user) | {"changed": True})
    else:
        say(wording().say("cli.passphrase_changed"))
    return DONE


def _whose(clinic: OpenClinic, options: argparse.Namespace) -> User:
    return clinic.vault.user if options.name is None else users.find(clinic, whole_text(options.name))


def _own(options: argparse.Namespace) -> str:
    return read_passphrase(options.passphrase_file)


def _chosen(options: argparse.Namespace) -> str | None:
    return None if options.new_passphrase_file is None else read_passphrase(options.new_passphrase_file)


def second_person(options: argparse.Namespace) -> Second | None:
    """Return who else agrees, where the options name somebody.

    Raises:
        UsageError: ``second_half_named`` when only one of the two options is there; as ``read_passphrase``.
    """
    if (options.second is None) != (options.second_passphrase_file is None):
        raise UsageError("second_half_named")
    if options.second is None:
        return None
    return Second(whole_text(options.second), read_passphrase(options.second_passphrase_file))


def _agreed(options: argparse.Namespace, act: Callable[..., Outcome]) -> Outcome:
    """Do what may take access from an administrator.

    Where nobody else has to agree and no reason is given, the log says that, and the item for review stays open.
    """
    try:
        return act(second=second_person(options), reason=whole_text(options.reason))
    except UsageError as error:
        if error.code != "user_reason_needed":
            raise
    return act(reason=reason_given(options))


def _called(user: User) -> str:
    return user.name or user.id


def _roles(user: User) -> str:
    words = wording()
    return ", ".join(words.say(f"role.{role.value}") for role in Role if role in user.roles)


def _document(user: User) -> dict[str, Any]:
    return {"id": user.id, "name": user.name, "roles": [role.value for role in Role if role in user.roles]}


def _tell(user: User, options: argparse.Namespace) -> int:
    if options.json:
        emit_json(_document(user))
    else:
        say(wording().say("cli.user", name=_called(user), roles=_roles(user)))
    return DONE


def _tell_one_time(made: NewAccess, options: argparse.Namespace) -> int:
    """Tell the passphrase that was drawn; one that stood in a file is known, and not shown to whoever looks on."""
    drawn = options.new_passphrase_file is None
    if options.json:
        emit_json(_document(made.user) | {"one_time_passphrase": made.one_time if drawn else None})
    elif drawn:
        say(wording().say("cli.one_time", name=_called(made.user), passphrase=made.one_time))
    else:
        say(wording().say("cli.one_time_chosen", name=_called(made.user)))
    return DONE
