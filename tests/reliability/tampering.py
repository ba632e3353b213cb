"""Tampering with a clinic in every way, and whether it tells: bit flips, cuts, replays, and edits by who has the key.

    python -m tests.reliability.tampering                          the numbers of each commit
    python -m tests.reliability.tampering --nightly --slice 3/12   a twelfth of the numbers of a night

A trial ends as *detected* (opening refuses, or opening tells or verification finds it), *mended* (the second copy was
taken), *no effect* (record and audit are what they were) or *undetected*. Ends with 1 where anything is undetected
that is not listed as undetectable.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.store import open_clinic
from engine.store.audit.entries import entries
from engine.store.sign_in import go_on
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
    make_past,
    put,
    read,
)
from tests.reliability.tampering_with_key import (
    clock_back,
    delete_first,
    delete_last,
    delete_middle,
    duplicate,
    edit_entry,
    edit_rows,
    insert,
    no_anchor,
    other_user,
    rechain,
    reorder,
    swapped_file,
)

PAGE = 4096
Chance = random.Random


@dataclass(frozen=True)
class Trial:
    """One way to tamper. ``run`` returns how it ended. ``expected``: other ends than "detected" that are right."""

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
    """Put database, anchor and slots back together: the machine alone cannot know."""
    put(place, dict(past.early))
    return end_of(ask(place, OLD_PASSPHRASE))


def old_everything_and_paper(past: Past, place: Path, chance: Chance) -> str:
    """The same, and somebody shows a checkpoint on paper."""
    put(place, dict(past.early))
    return end_of(ask(place, OLD_PASSPHRASE, past.checkpoint))


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
    Trial("T5 one bit of the database", flip_database, 20, 1000),
    Trial("T5 one bit of the write-ahead log", flip_wal, 10, 500, _HARMLESS),
    Trial("T5 one bit of one slot file", flip_slots, 10, 500, _MENDED),
    Trial("T5 one bit of one anchor file", flip_anchor, 6, 200),
    Trial("T5 one bit of both anchor files", flip_both_anchors, 4, 100),
    Trial("T5 database cut short", cut_database, 10, 400),
    Trial("T5 write-ahead log cut short", cut_wal, 5, 100, _HARMLESS),
    Trial("T6 one old page", old_page, 10, 200, _HARMLESS),
    Trial("T6 old database", old_file, 3, 200),
    Trial("T6 old key slots", old_slots, 3, 200),
    Trial("T6 old anchor", old_anchor, 4, 200),
    Trial("T6 write-ahead log missing", no_wal, 3, 200),
    Trial("T6 write-ahead log of another clinic", foreign_wal, 3, 200),
    Trial("T6 old database, anchor and slots", old_everything, 2, 200, frozenset({"undetected"})),
    Trial("T6 the same, with a checkpoint on paper", old_everything_and_paper, 3, 200),
    Trial("T6 old database on purpose", restored_on_purpose, 2, 200, frozenset({"allowed and audited"})),
    Trial("T7 entry edited", edit_entry, 6, 100),
    Trial("T7 first entry deleted", delete_first, 2, 100),
    Trial("T7 middle entry deleted", delete_middle, 4, 100),
    Trial("T7 last entries deleted", delete_last, 4, 100),
    Trial("T7 entries reordered", reorder, 4, 100),
    Trial("T7 entry inserted", insert, 4, 100),
    Trial("T7 entry duplicated", duplicate, 4, 100),
    Trial("T7 chain written anew without the key", rechain, 4, 100),
    Trial("T7 clock set back in an entry", clock_back, 4, 100),
    Trial("T7 another user named", other_user, 4, 100),
    Trial("T7 database of another day", swapped_file, 2, 100),
    Trial("T7 anchor deleted", no_anchor, 3, 100),
    Trial("rows of the record edited", edit_rows, 10, 500),
)


def run(trial: Trial, past: Past, place: Path, tries: range, seed: int = 1) -> Counter[str]:
    """Run a trial so many times and count the ends."""
    chances = (Chance(f"{seed} {trial.name} {number}") for number in tries)
    return Counter(trial.run(past, place, chance) for chance in chances)


def wrong(trial: Trial, ends: Counter[str]) -> dict[str, int]:
    """Return the ends that should not be."""
    return {end: count for end, count in ends.items() if end != "detected" and end not in trial.expected}


def _slices(text: str) -> tuple[int, int]:
    part, _, of = text.partition("/")
    if not (part.isdecimal() and of.isdecimal() and 1 <= int(part) <= int(of)):
        raise argparse.ArgumentTypeError("write K/N with K from 1 to N")
    return int(part), int(of)


def _counted(options: argparse.Namespace) -> Iterator[tuple[Trial, Counter[str]]]:
    part, of = options.slice
    with tempfile.TemporaryDirectory() as folder:
        past = make_past(Path(folder) / "past")
        for trial in TRIALS:
            tries = trial.nightly if options.nightly else trial.commit
            yield trial, run(trial, past, Path(folder) / "trial", range(part - 1, tries, of), options.seed)


def main(arguments: list[str]) -> int:
    """Run the programme, print the counts and keep them."""
    parser = argparse.ArgumentParser(prog="python -m tests.reliability.tampering", description=__doc__)
    parser.add_argument("--nightly", action="store_true")
    parser.add_argument("--slice", type=_slices, default=(1, 1), metavar="K/N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a JSON file to which the counts are added")
    options = parser.parse_args(arguments)
    kept = json.loads(options.keep.read_text()) if options.keep and options.keep.exists() else {}
    bad = 0
    for trial, ends in _counted(options):
        bad += sum(wrong(trial, ends).values())
        sys.stdout.write(f"{trial.name:45} {sum(ends.values()):5}  {dict(sorted(ends.items()))}\n")
        sys.stdout.flush()
        kept[trial.name] = dict(sorted((Counter(kept.get(trial.name, {})) + ends).items()))
    if options.keep:
        options.keep.write_text(json.dumps(kept, indent=1) + "\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
