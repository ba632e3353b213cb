"""T9: secrets that open nothing, key slots that were tampered with, and how long somebody waits who guesses."""

from __future__ import annotations

import os
import random
import statistics
import time
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path

from engine.domain.ports import FixedClock
from engine.errors import EngineError, PassphraseError
from engine.store import Role, User, add_user, open_clinic
from engine.store.folder import ClinicFolder
from engine.store.recovery_key import ALPHABET, RecoveryKey
from engine.store.slot_files import readable_slot_files
from engine.store.slot_format import SlotFile
from engine.store.slots import FLOOR, Cost
from engine.store.tries import FREE_TRIES, LONGEST_WAIT_SECONDS
from engine.workflows.unlock import unlock
from tests.reliability.checks import Check, forked
from tests.reliability.clinics import CHEAP, CLOCK, PASSPHRASE, data_key_of, new_clinic, open_again
from tests.reliability.counts import Count
from tests.reliability.operations import GOOD, Verdict
from tests.reliability.tampered_clinic import SLOTS, put, read
from tests.reliability.trials import has_sentence

Chance = random.Random
_BEN, _BENS = "Ben Li", "a staple for once only"
_BAND = 1.5  # the medians of two kinds of refusals differ by less than this factor
_TRIES_COST = {"LANTERN_KEY_COST": "floor"}


@cache
def _clinics() -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Return the files of a clinic of two people, and of another clinic with the same passphrase."""
    import tempfile

    found = []
    with tempfile.TemporaryDirectory() as place:
        for name in ("clinic", "other"):
            folder = Path(place) / name
            new_clinic(folder, 3)
            with open_again(folder) as vault:
                add_user(vault, PASSPHRASE, _BEN, [Role.FRONT_DESK], _BENS, cost=CHEAP, floor=CHEAP)
            found.append(read(folder))
    return found[0], found[1]


def _refused(folder: Path, secret: str, who: str | None, codes: Sequence[str]) -> str | None:
    """Return what is wrong with how this was refused; it must be refused, with a sentence, and change nothing."""
    before = read(folder)
    try:
        open_clinic(folder, secret, CLOCK, who=who, floor=CHEAP).close()
    except EngineError as error:
        if error.code not in codes:
            return f"refused for another reason: {error.code}"
        if not has_sentence(error.code):
            return f"no sentence: {error.code}"
        return None if read(folder) == before else "something was written"
    return "it opened"


def _count(
    act: Callable[[Path, Chance], str | None], name: str, room: Path, numbers: Sequence[int], seed: int
) -> Count:
    count, folder = Count(), room / "clinic"
    for number in numbers:
        put(folder, _clinics()[0])
        fault = act(folder, Chance(f"{seed} {name} {number}"))
        count.add(GOOD if fault is None else Verdict(fault, detected=False), f"{name} {number}")
    return count


def _near(chance: Chance) -> str:
    """Return a passphrase that is nearly the right one."""
    at = chance.randrange(len(PASSPHRASE))
    return chance.choice(
        (
            PASSPHRASE[:at],
            PASSPHRASE[:at] + PASSPHRASE[at + 1 :],
            PASSPHRASE[:at] + chance.choice("aeiou0 \u0301\u200b") + PASSPHRASE[at:],
            PASSPHRASE.upper() if at % 2 else PASSPHRASE.title(),
            PASSPHRASE + chance.choice((" ", "\n", "\0", "\0" + "x", "\ufeff")),
            " " + PASSPHRASE,
            PASSPHRASE[::-1],
            PASSPHRASE * 2,
            PASSPHRASE.replace(" ", chance.choice(("", "  ", "\t", "-"))),
            _BENS,
            "' OR 1=1 --",
            "x" * 100_000,
            chance.randbytes(20).hex(),
            "",
        )
    )


def _passphrase(folder: Path, chance: Chance) -> str | None:
    secret = _near(chance)
    if unicodedata.normalize("NFKC", secret) == unicodedata.normalize("NFKC", PASSPHRASE):
        return None  # the same passphrase in another spelling of Unicode
    return _refused(folder, secret, chance.choice(("user-1", "Ada Okafor")), ("passphrase_wrong",))


def _user(folder: Path, chance: Chance) -> str | None:
    who, secret = chance.choice((("nobody", PASSPHRASE), ("", PASSPHRASE), (_BEN, PASSPHRASE), ("user-1", _BENS)))
    return _refused(folder, secret, who, ("passphrase_wrong",))


def _recovery(folder: Path, chance: Chance) -> str | None:
    """Keys that are well formed and not ours, and ours as nobody would write it."""
    key = RecoveryKey.generate(chance.randbytes)
    text = str(key.text)
    if chance.random() < 0.5:
        at = chance.randrange(len(text))
        text = text[:at] + chance.choice(ALPHABET) + text[at + 1 :]
    return _refused(folder, text, None if chance.random() < 0.5 else "user-1", ("passphrase_wrong", "user_needed"))


def _slots(folder: Path) -> SlotFile:
    return readable_slot_files(ClinicFolder(folder))[0].file


def _write_slots(folder: Path, file: SlotFile, key: bytes) -> None:
    for name in SLOTS:
        (folder / name).write_bytes(file.encode(key))


_TAMPERED = ("passphrase_wrong", "store_slots_damaged", "store_slots_weak", "store_foreign", "store_damaged")


def _swapped(folder: Path, chance: Chance) -> str | None:
    """Slots of another clinic, and slots whose holders or sealed keys changed places; by who has no key and who has."""
    ours, theirs = _slots(folder), None
    put(folder.parent / "other", _clinics()[1])
    theirs = _slots(folder.parent / "other")
    if chance.random() < 0.3:
        for name in SLOTS:
            (folder / name).write_bytes(_clinics()[1][name])
    else:
        one, two = ours.slots[0], chance.choice((*ours.slots[1:], *theirs.slots))
        forged = chance.choice(
            (
                replace(one, salt=two.salt, nonce=two.nonce, sealed=two.sealed),
                replace(two, user_id=one.user_id, user_name=one.user_name, kind=one.kind),
            )
        )
        key = data_key_of(folder) if chance.random() < 0.5 else chance.randbytes(32)
        _write_slots(folder, replace(ours, slots=(forged, *ours.slots[1:])), key)
    return _refused(folder, PASSPHRASE, "user-1", _TAMPERED)


def _cheaper(folder: Path, chance: Chance) -> str | None:
    """A slot that says that its derivation is cheaper than it was, or cheaper than any may be."""
    ours = _slots(folder)
    cost = chance.choice(
        (Cost(8, 1, 1), Cost(32, 1, 1), Cost(63, 1, 1), Cost(64, 0, 1), Cost(128, 1, 1), Cost(1 << 40, 1, 1))
    )
    forged = replace(ours.slots[0], cost=cost)
    _write_slots(
        folder,
        replace(ours, slots=(forged, *ours.slots[1:])),
        data_key_of(folder) if chance.random() < 0.5 else bytes(32),
    )
    return _refused(folder, PASSPHRASE, "user-1", _TAMPERED)


def _roles(folder: Path, chance: Chance) -> str | None:
    """A slot that says that its holder has more roles than were sealed with it."""
    ours = _slots(folder)
    at = next(place for place, slot in enumerate(ours.slots) if slot.user_name == _BEN)
    forged = replace(ours.slots[at], roles=chance.choice(("administrator", "owner", "clinician+auditor")), letter=None)
    slots = (*ours.slots[:at], forged, *ours.slots[at + 1 :])
    _write_slots(folder, replace(ours, slots=slots), data_key_of(folder))
    return _refused(folder, _BENS, _BEN, _TAMPERED)


def _below_floor(folder: Path, chance: Chance) -> str | None:
    """A slot that was really sealed at too low a price is refused by a program that asks for more."""
    before = read(folder)
    try:
        open_clinic(
            folder, PASSPHRASE, CLOCK, who="user-1", floor=chance.choice((Cost(65, 1, 1), Cost(64, 2, 1), FLOOR))
        ).close()
    except EngineError as error:
        told = has_sentence(error.code) and error.code in _TAMPERED and read(folder) == before
        return None if told else f"refused otherwise: {error.code}"
    return "it opened"


# The unlock page: the price of a try is the lowest that a clinic can have.


@cache
def _guarded() -> dict[str, bytes]:
    import tempfile

    from engine.domain.assessment import Clinic
    from engine.store import create_clinic

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "clinic"
        create_clinic(folder, PASSPHRASE, Clinic("clinic-1", "Maple Lane", {}), CLOCK, owner=User("user-1", "Ada"))
        return read(folder)


def _guesses(room: Path, numbers: Sequence[int], seed: int) -> Count:
    """Guess again and again, the program started anew in between; every second guess is at a name that nobody has.

    Counted as a trial each: no guess opens, the wait is the one of the curve, and it is told in the same words.
    """
    os.environ.update(_TRIES_COST)
    count, folder = Count(), room / "clinic"
    put(folder, _guarded())
    now = datetime(2025, 6, 30, 9, tzinfo=UTC)
    seconds: dict[str, list[float]] = {"Ada": [], "nobody": []}
    last = dict.fromkeys(seconds, now)
    for place, number in enumerate(numbers):
        who = ("Ada", "nobody")[place % 2]
        failed = len(seconds[who])
        wait = 0 if failed < FREE_TRIES else min(30 << min(failed - FREE_TRIES, 9), LONGEST_WAIT_SECONDS)
        over = last[who] + timedelta(seconds=wait)
        fault = None
        if over > now:
            said, _ = _guess(folder, who, over - timedelta(seconds=1), number)
            fault = None if said == "passphrase_wait" else f"a guess before the wait was over: {said}"
        last[who] = now = max(now, over)
        said, took = _guess(folder, who, now, number)
        seconds[who].append(took)
        if fault is None and said != "passphrase_wrong":
            fault = f"a guess that had waited: {said}"
        count.add(GOOD if fault is None else Verdict(fault, detected=False), f"guess {number}")
    if min(map(len, seconds.values())) >= 3:
        known, unknown = (statistics.median(each) for each in seconds.values())
        if not 1 / _BAND < known / unknown < _BAND:
            count.add(
                Verdict(
                    f"a wrong passphrase takes {known / unknown:.2f} times as long as an unknown name", detected=False
                )
            )
    return count


def _guess(folder: Path, who: str, now: datetime, number: int) -> tuple[str, float]:
    """Guess once in a process of its own; return what it was told, and the processor's seconds."""

    def act(say: Callable[[str], None]) -> None:
        began = time.process_time()
        try:
            unlock(folder, f"a guess that is none {number}", FixedClock(now), who=who).vault.close()
            code = "it opened"
        except PassphraseError as error:
            code = error.code
        say(f"{code} {time.process_time() - began}")

    process = forked(act)
    code, _, seconds = process.read().rpartition(" ")
    process.end(0)
    return code, float(seconds or 0)


CHECKS = (
    *(
        Check("T9", what, how, partial(_count, act, what), 50, 1_000, _clinics)
        for what, how, act in (
            ("wrong passphrase", "tried", _passphrase),
            ("wrong user", "tried", _user),
            ("wrong recovery key", "tried", _recovery),
            ("key slots that changed places", "tried", _swapped),
            ("lowered cost of a derivation", "tried", _cheaper),
            ("cost below the floor", "tried", _below_floor),
            ("roles that were not sealed", "tried", _roles),
        )
    ),
    Check("T9", "guesses at the unlock page", "waited for, over restarts", _guesses, 12, 640, _guarded),
)
