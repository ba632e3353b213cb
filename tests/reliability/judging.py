"""Looks at a clinic after something was interrupted: what is there, what it says itself, and what paper tells."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.errors import EngineError
from engine.store import Vault
from engine.store.audit.checkpoint import parse_checkpoint
from engine.store.audit_log import current_checkpoint, verify_store
from tests.reliability.clinics import PASSPHRASE, open_again
from tests.reliability.operations import GOOD, PAPER, Acknowledge, Verdict, Words

SECRETS = 5


def secret(number: int) -> str:
    """Return the passphrase after so many changes of it."""
    return PASSPHRASE if number == 0 else f"another passphrase {number}"


_EVERY_SECRET = tuple(secret(number) for number in range(SECRETS + 1))


def say(vault: Vault, acknowledge: Acknowledge, word: str) -> None:
    """Tell that a step is done, and in the same moment the checkpoint that paper bears by then.

    In one go: of work that was told before its checkpoint was, no paper could say anything.
    """
    acknowledge(f"{word}\n{PAPER}{current_checkpoint(vault)}")


def judged(
    look: Callable[[Vault], str | None], folder: Path, secrets: Words = (PASSPHRASE,), name: str = "clinic"
) -> Verdict:
    """Open what is left and look at it; where something is wrong, see whether the clinic itself finds it.

    Where nothing is, :func:`unsound` checks all of it, after it was closed once.
    """
    try:
        with opened(folder / name, secrets) as vault, vault.granting():
            fault = look(vault)
        if fault is None:
            return GOOD
        with opened(folder / name, secrets) as vault:
            return Verdict(fault, detected=not verify_store(vault).sound)
    except EngineError as error:
        return Verdict(f"does not open: {error.code}", detected=True)


def opened(folder: Path, secrets: Words) -> Vault:
    """Open a clinic with the first of some passphrases that opens it.

    Raises:
        EngineError: as ``open_clinic``, for the last of them.
    """
    for place, each in enumerate(secrets):
        try:
            return open_again(folder, each)
        except EngineError as error:
            if error.code != "passphrase_wrong" or place == len(secrets) - 1:
                raise
    raise AssertionError("no secret was given")


def unsound(folder: Path, checkpoint: str | None) -> bool:
    """Whether verification finds anything, with the checkpoint that was printed last if there is one.

    The clinic that a restore made is a history of its own, of which no paper was printed.
    """
    for name, shown in (("clinic", checkpoint), ("new", None)):
        if (folder / name).exists():
            try:
                with opened(folder / name, _EVERY_SECRET) as vault:
                    if not verify_store(vault, None if shown is None else parse_checkpoint(shown)).sound:
                        return True
            except EngineError:
                return True
    return False


def in_order(vault: Vault) -> str | None:
    """What holds after any interruption: everybody of the start is there, and each change has its audit entry."""
    if vault.rows("SELECT count(*) FROM patient WHERE id LIKE 'start%'") != [(30,)]:
        return "people of the start are missing"
    orphans = vault.rows("SELECT count(*) FROM change WHERE key NOT IN (SELECT change FROM audit)")
    return None if orphans == [(0,)] else "a change without its audit entry"
