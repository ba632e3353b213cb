"""The commands of backups: backup, restore, drill."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from engine.cli.options import (
    Commands,
    a_path,
    add_command,
    add_store,
    opened_store,
    read_passphrase,
    reason_given,
    whole_text,
)
from engine.cli.output import DONE, emit_json, say, warn, wording
from engine.cli.users import second_person
from engine.domain.ports import SystemClock
from engine.domain.results import PackRef
from engine.wording import Wording
from engine.workflows import backups


def add_commands(commands: Commands, words: Wording) -> None:
    """Add the commands of backups."""
    make = add_command(commands, words, "backup", run_backup)
    add_store(make, words)
    make.add_argument("--to", type=a_path, required=True, metavar="DIR", help=words.say("cli.option.backup_to"))
    restore = add_command(commands, words, "restore", run_restore)
    add_store(restore, words)
    restore.add_argument(
        "--from", dest="file", type=a_path, required=True, metavar="FILE", help=words.say("cli.option.restore_from")
    )
    restore.add_argument("--second", metavar="NAME", help=words.say("cli.option.second"))
    restore.add_argument("--second-passphrase-file", type=a_path, metavar="F", help=words.say("cli.option.second_file"))
    restore.add_argument("--reason", default="", metavar="TEXT", help=words.say("cli.option.reason"))
    restore.add_argument(
        "--erased", type=a_path, action="append", default=[], metavar="F", help=words.say("cli.option.erased")
    )
    drill = add_command(commands, words, "drill", run_drill)
    add_store(drill, words)
    drill.add_argument("--from", dest="folder", type=a_path, metavar="DIR", help=words.say("cli.option.drill_from"))


def run_backup(options: argparse.Namespace) -> int:
    """Make a verified backup."""
    with opened_store(options) as clinic:
        made = backups.back_up(clinic, options.to)
    manifest = made.backup.manifest
    if options.json:
        emit_json(
            {
                "file": str(made.backup.copy),
                "manifest": str(made.backup.file),
                "made_at": manifest.made_at.isoformat(),
                "people": manifest.people,
                "visits": manifest.visits,
                "bytes": manifest.size,
                "sha256": manifest.sha256,
                "audit": {"epoch": manifest.head.epoch, "seq": manifest.head.seq, "hash": manifest.head.hash},
                "checkpoint": str(manifest.checkpoint),
                "removed": made.removed,
                "attached_files": len(manifest.files) - made.packs,
                "attached_files_lacking": len(manifest.lacking),
                "packs": made.packs,
                "packs_lacking": _named(made.packs_lacking),
            }
        )
    else:
        say(wording().say("cli.backed_up", file=str(made.backup.copy), people=manifest.people, visits=manifest.visits))
    if manifest.lacking:
        warn(wording().say("cli.backup_files_lacking", count=len(manifest.lacking)))
    if made.packs_lacking:
        warn(wording().say("cli.backup_packs_lacking", packs=", ".join(_named(made.packs_lacking))))
    return DONE


def run_restore(options: argparse.Namespace) -> int:
    """Restore a backup into a new folder."""
    secret = read_passphrase(options.passphrase_file)
    done = backups.restore(
        options.file,
        options.store,
        secret,
        SystemClock(),
        who=None if options.user is None else whole_text(options.user),
        second=second_person(options),
        reason=reason_given(options),
        erased=options.erased,
    )
    manifest = done.manifest
    if options.json:
        emit_json(
            {
                "store": str(options.store),
                "backup": manifest.name,
                "made_at": manifest.made_at.isoformat(),
                "people": manifest.people,
                "visits": manifest.visits,
                "by": done.user,
                "erased_again": done.erased,
                "erasures_unproven": done.unproven,
                "erasures_untold": done.nobody_tells,
                "attached_files": len(manifest.files) - done.packs,
                "attached_files_lacking": done.files_lacking,
                "packs": done.packs,
                "packs_lacking": _named(done.packs_lacking),
            }
        )
    else:
        made_at = f"{manifest.made_at.astimezone():%Y-%m-%d %H:%M}"
        text = wording().say(
            "cli.restored", folder=str(options.store), made_at=made_at, people=manifest.people, visits=manifest.visits
        )
        say(text)
        if done.erased:
            say(wording().say("persons.said.erased_again", people=done.erased))
        if done.nobody_tells:
            say(wording().say("persons.said.erasures_untold"))
    if done.files_lacking:
        warn(wording().say("cli.restore_files_lacking", count=done.files_lacking))
    if done.packs_lacking:
        warn(wording().say("cli.restore_packs_lacking", packs=", ".join(_named(done.packs_lacking))))
    if done.unproven:
        warn(wording().say("persons.said.erasures_unproven", count=done.unproven))
    return DONE


def _named(packs: Sequence[PackRef]) -> list[str]:
    return [f"{pack.id} {pack.version}" for pack in packs]


def run_drill(options: argparse.Namespace) -> int:
    """Try the newest backup."""
    with opened_store(options) as clinic:
        secret = read_passphrase(options.passphrase_file)
        done = backups.drill(clinic, secret, options.folder, None if options.user is None else whole_text(options.user))
    if options.json:
        emit_json(
            {
                "backup": done.name,
                "made_at": done.made_at.isoformat(),
                "people": done.people,
                "visits": done.visits,
                "rows_compared": done.compared,
                "seconds": round(done.seconds, 1),
            }
        )
    else:
        made_at = f"{done.made_at.astimezone():%Y-%m-%d %H:%M}"
        say(wording().say("cli.drilled", name=done.name, made_at=made_at, people=done.people, compared=done.compared))
    return DONE
