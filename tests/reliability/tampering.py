"""Tampering with a clinic in every way, and whether it tells: bit flips, cuts, replays, and edits by who has the key.

A trial ends as *detected* (opening refuses, or opening tells or verification finds it), *mended* (the second copy was
taken), *no effect* (record and audit are what they were), *on paper* (only when a checkpoint is shown) or *undetected*.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from engine.errors import EngineError
from engine.packs import PackLibrary
from engine.packs.digests import read_digests
from engine.resources import resources_folder
from engine.store import open_clinic
from engine.store.audit.entries import entries
from engine.store.backup.manifest import COPY_SUFFIX, MANIFEST_SUFFIX, read_backup
from engine.store.backup.open import opened_copy, unseal_backup
from engine.store.sign_in import go_on
from tests.reliability.checks import Check
from tests.reliability.counts import Count
from tests.reliability.operations import GOOD, Verdict
from tests.reliability.tampered_clinic import (
    CHEAP,
    DATABASE,
    FILES,
    OLD_PASSPHRASE,
    PASSPHRASE,
    SLOTS,
    WAL,
    Past,
    TickingClock,
    ask,
    end_of,
    late_moment,
    put,
    read,
    the_past,
)
from tests.reliability.tampering_with_key import (
    clock_back,
    delete_first,
    delete_last,
    delete_middle,
    duplicate,
    edit_entry,
    edit_rows,
    flip_audit,
    insert,
    no_anchor,
    other_user,
    rechain,
    reorder,
    swapped_file,
)

PAGE = 4096
ON_PAPER = "on paper"
Chance = random.Random


@dataclass(frozen=True)
class Trial:
    """One way to tamper. ``run`` returns how it ended. ``expected``: other ends than "detected" that are right."""

    test: str
    name: str
    run: Callable[[Past, Path, Chance], str]
    commit: int
    nightly: int
    expected: frozenset[str] = frozenset()


def _sound(place: Path, files: dict[str, bytes]) -> str:
    put(place, files)
    answer = ask(place)
    if answer.detected:
        raise RuntimeError(f"the clinic that nobody touched is not sound: {answer.refusal}")
    return answer.content


def _flip(content: bytes, chance: Chance) -> bytes:
    changed = bytearray(content)
    changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


# --- T5: bit flips and cuts -----------------------------------------------------------------------------------------


def flip_database(past: Past, place: Path, chance: Chance) -> str:
    """Flip one bit of the closed database."""
    put(place, {**past.late, DATABASE: _flip(past.late[DATABASE], chance)})
    return end_of(ask(place))


def flip_wal(past: Past, place: Path, chance: Chance) -> str:
    """Flip one bit of the write-ahead log that a power cut left."""
    sound = _sound(place, dict(past.live))
    put(place, {**past.live, WAL: _flip(past.live[WAL], chance)})
    return end_of(ask(place), sound)


def flip_slots(past: Past, place: Path, chance: Chance) -> str:
    """Flip one bit of one copy of the key slots: the other takes its place."""
    name = chance.choice(SLOTS)
    put(place, {**past.late, name: _flip(past.late[name], chance)})
    answer = ask(place)
    if answer.detected:
        return "detected"
    return "mended" if read(place)[SLOTS[0]] == read(place)[SLOTS[1]] == past.late[SLOTS[0]] else "undetected"


def flip_anchor(past: Past, place: Path, chance: Chance) -> str:
    """Flip one bit of one anchor file: opening tells, and goes on from the other."""
    name = chance.choice(FILES)
    put(place, {**past.late, name: _flip(past.late[name], chance)})
    return end_of(ask(place))


def flip_both_anchors(past: Past, place: Path, chance: Chance) -> str:
    """Flip one bit of each anchor file."""
    put(place, {**past.late, **{name: _flip(past.late[name], chance) for name in FILES}})
    return end_of(ask(place))


def cut_database(past: Past, place: Path, chance: Chance) -> str:
    """Cut the end of the database off, half the times at the end of a page."""
    whole = past.late[DATABASE]
    length = chance.randrange(1, len(whole))
    if chance.random() < 0.5:
        length = max(1, length // PAGE) * PAGE
    put(place, {**past.late, DATABASE: whole[:length]})
    return end_of(ask(place))


def cut_wal(past: Past, place: Path, chance: Chance) -> str:
    """Cut the end of the write-ahead log off."""
    sound = _sound(place, dict(past.live))
    put(place, {**past.live, WAL: past.live[WAL][: chance.randrange(len(past.live[WAL]))]})
    return end_of(ask(place), sound)


def cut_anchor(past: Past, place: Path, chance: Chance) -> str:
    """Cut the end of one anchor file off."""
    name = chance.choice(FILES)
    put(place, {**past.late, name: past.late[name][: chance.randrange(len(past.late[name]))]})
    return end_of(ask(place))


def cut_slots(past: Past, place: Path, chance: Chance) -> str:
    """Cut the end of one copy of the key slots off."""
    name = chance.choice(SLOTS)
    put(place, {**past.late, name: past.late[name][: chance.randrange(len(past.late[name]))]})
    if ask(place).detected:
        return "detected"
    return "mended" if read(place)[SLOTS[0]] == read(place)[SLOTS[1]] == past.late[SLOTS[0]] else "undetected"


def _backup(place: Path, files: dict[str, bytes]) -> str:
    """Open a backup as a restore does."""
    put(place, files)
    manifest = next(name for name in files if name.endswith(MANIFEST_SUFFIX))
    try:
        with opened_copy(unseal_backup(read_backup(place / manifest), PASSPHRASE, floor=CHEAP)):
            return "undetected"
    except EngineError:
        return "detected"


def flip_backup(past: Past, place: Path, chance: Chance) -> str:
    """Flip one bit of a backup: of its copy, or of the manifest beside it."""
    suffix = chance.choice((COPY_SUFFIX, MANIFEST_SUFFIX))
    name = next(name for name in past.backup if name.endswith(suffix))
    return _backup(place, {**past.backup, name: _flip(past.backup[name], chance)})


def cut_backup(past: Past, place: Path, chance: Chance) -> str:
    """Cut the end of a backup off: of its copy, half the times at the end of a page, or of the manifest."""
    suffix = chance.choice((COPY_SUFFIX, COPY_SUFFIX, MANIFEST_SUFFIX))
    name = next(name for name in past.backup if name.endswith(suffix))
    length = chance.randrange(len(past.backup[name]))
    if suffix == COPY_SUFFIX and chance.random() < 0.5:
        length = length // PAGE * PAGE
    return _backup(place, {**past.backup, name: past.backup[name][:length]})


def _pack(place: Path, change: Callable[[bytes], bytes], chance: Chance) -> str:
    models = resources_folder() / "models"
    pack = chance.choice(("apri", "bmi_class", "cha2ds2_vasc"))
    files = read(models / pack)
    name = chance.choice(sorted(files))
    put(place / pack, {**files, name: change(files[name])})
    try:
        PackLibrary([place], digests=read_digests(models)).get(pack)
    except EngineError:
        return "detected"
    return "undetected"


def flip_pack(past: Past, place: Path, chance: Chance) -> str:
    """Flip one bit of one file of a pack."""
    place.mkdir(exist_ok=True)
    return _pack(place, lambda content: _flip(content, chance), chance)


def cut_pack(past: Past, place: Path, chance: Chance) -> str:
    """Cut the end of one file of a pack off."""
    place.mkdir(exist_ok=True)
    return _pack(place, lambda content: content[: chance.randrange(len(content))], chance)


# --- T6: replays ----------------------------------------------------------------------------------------------------


def old_page(past: Past, place: Path, chance: Chance) -> str:
    """Put one page back to what it was: it is rightly encrypted and passes every check of the library."""
    sound = _sound(place, dict(past.late))
    old, new = past.early[DATABASE], bytearray(past.late[DATABASE])
    pages = [at for at in range(0, min(len(old), len(new)), PAGE) if old[at : at + PAGE] != new[at : at + PAGE]]
    at = chance.choice(pages)
    new[at : at + PAGE] = old[at : at + PAGE]
    put(place, {**past.late, DATABASE: bytes(new)})
    return end_of(ask(place), sound)


def old_file(past: Past, place: Path, chance: Chance) -> str:
    """Put the whole database back."""
    put(place, {**past.late, DATABASE: past.early[DATABASE]})
    return end_of(ask(place))


def old_slots(past: Past, place: Path, chance: Chance) -> str:
    """Put both copies of the key slots back, with which a passphrase of before opens."""
    put(place, {**past.late, **{name: past.early[name] for name in SLOTS}})
    return end_of(ask(place, OLD_PASSPHRASE))


def old_anchor(past: Past, place: Path, chance: Chance) -> str:
    """Put one anchor file back, or both."""
    names = chance.choice([FILES, FILES[:1], FILES[1:]])
    put(place, {**past.late, **{name: past.early[name] for name in names}})
    return end_of(ask(place))


def no_wal(past: Past, place: Path, chance: Chance) -> str:
    """Take the write-ahead log away."""
    put(place, {name: content for name, content in past.live.items() if name != WAL})
    return end_of(ask(place))


def foreign_wal(past: Past, place: Path, chance: Chance) -> str:
    """Put the write-ahead log of another clinic there."""
    put(place, {**past.live, WAL: past.foreign})
    return end_of(ask(place))


def old_everything(past: Past, place: Path, chance: Chance) -> str:
    """Put database, anchor and slots back together: the machine alone cannot know, but a checkpoint on paper does."""
    put(place, dict(past.early))
    end = end_of(ask(place, OLD_PASSPHRASE))
    put(place, dict(past.early))
    shown = end_of(ask(place, OLD_PASSPHRASE, past.checkpoint))
    return ON_PAPER if (end, shown) == ("undetected", "detected") else end


def restored_on_purpose(past: Past, place: Path, chance: Chance) -> str:
    """Go on from an old database on purpose: allowed, and in the audit."""
    put(place, {**past.late, DATABASE: past.early[DATABASE]})
    with open_clinic(place, PASSPHRASE, TickingClock(late_moment()), floor=CHEAP, inspect=True) as vault:
        go_on(vault, "the newest backup was put back")
    with open_clinic(place, PASSPHRASE, TickingClock(late_moment()), floor=CHEAP) as vault:
        told = [entry for entry in entries(vault.ledger.database) if entry.action == "audit.go_on"]
    return "allowed and audited" if len(told) == 1 and not ask(place).detected else "undetected"


_MENDED = frozenset({"mended"})
_HARMLESS = frozenset({"no effect"})

TRIALS: tuple[Trial, ...] = (
    Trial("T5", "one bit of the database", flip_database, 50, 1_000),
    Trial("T5", "one bit of the write-ahead log", flip_wal, 25, 500, _HARMLESS),
    Trial("T5", "one bit of one slot file", flip_slots, 25, 500, _MENDED),
    Trial("T5", "one bit of one anchor file", flip_anchor, 10, 200),
    Trial("T5", "one bit of both anchor files", flip_both_anchors, 5, 100),
    Trial("T5", "one bit of an entry of the audit", flip_audit, 25, 500),
    Trial("T5", "one bit of a backup", flip_backup, 50, 1_000),
    Trial("T5", "one bit of a pack", flip_pack, 25, 500),
    Trial("T5", "database cut short", cut_database, 25, 500),
    Trial("T5", "write-ahead log cut short", cut_wal, 5, 100, _HARMLESS),
    Trial("T5", "slot file cut short", cut_slots, 5, 100, _MENDED),
    Trial("T5", "anchor file cut short", cut_anchor, 5, 100),
    Trial("T5", "backup cut short", cut_backup, 10, 200),
    Trial("T5", "file of a pack cut short", cut_pack, 5, 100),
    Trial("T6", "one old page", old_page, 10, 200, _HARMLESS),
    Trial("T6", "old database", old_file, 10, 200),
    Trial("T6", "old key slots", old_slots, 10, 200),
    Trial("T6", "old anchor", old_anchor, 10, 200),
    Trial("T6", "write-ahead log missing", no_wal, 10, 200),
    Trial("T6", "write-ahead log of another clinic", foreign_wal, 10, 200),
    Trial("T6", "old database, anchor and slots", old_everything, 10, 200, frozenset({ON_PAPER})),
    Trial("T6", "old database on purpose", restored_on_purpose, 10, 200, frozenset({"allowed and audited"})),
    Trial("T7", "entry edited", edit_entry, 5, 100),
    Trial("T7", "first entry deleted", delete_first, 5, 100),
    Trial("T7", "middle entry deleted", delete_middle, 5, 100),
    Trial("T7", "last entries deleted", delete_last, 5, 100),
    Trial("T7", "entries reordered", reorder, 5, 100),
    Trial("T7", "entry inserted", insert, 5, 100),
    Trial("T7", "entry duplicated", duplicate, 5, 100),
    Trial("T7", "chain written anew without the key", rechain, 5, 100),
    Trial("T7", "clock set back in an entry", clock_back, 5, 100),
    Trial("T7", "another user named", other_user, 5, 100),
    Trial("T7", "database of another day", swapped_file, 5, 100),
    Trial("T7", "anchor deleted", no_anchor, 5, 100),
    Trial("T7", "rows of the record edited", edit_rows, 25, 500),
)


def run(trial: Trial, past: Past, place: Path, tries: range, seed: int = 1) -> Counter[str]:
    """Run a trial so many times and count the ends."""
    chances = (Chance(f"{seed} {trial.name} {number}") for number in tries)
    return Counter(trial.run(past, place, chance) for chance in chances)


def wrong(trial: Trial, ends: Counter[str]) -> dict[str, int]:
    """Return the ends that should not be."""
    return {end: count for end, count in ends.items() if end != "detected" and end not in trial.expected}


def _count(trial: Trial, room: Path, numbers: Sequence[int], seed: int) -> Count:
    """Run the trials of these numbers. What has no effect or was mended is not lost; everything else must be told."""
    past, count = the_past(), Count()
    for number in numbers:
        end = trial.run(past, room / "trial", Chance(f"{seed} {trial.test} {trial.name} {number}"))
        verdict = Verdict(end, detected=end == "detected", by_paper=end == ON_PAPER)
        count.add(GOOD if end in trial.expected - {ON_PAPER} else verdict, "" if end == "detected" else f"{number}")
    return count


CHECKS = tuple(
    Check(trial.test, trial.name, "tampered with", partial(_count, trial), trial.commit, trial.nightly, the_past)
    for trial in TRIALS
)
