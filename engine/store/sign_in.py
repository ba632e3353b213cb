"""The first and the last thing that happens to an open store: who came, what was found, and what was decided of it."""

from __future__ import annotations

from engine.store.gate import inner, needs
from engine.store.permissions import Permission
from engine.store.review_items import Review, ReviewKind, new_review, waiting_reviews, write_review
from engine.store.vault import Vault


@inner
def begin_audit(vault: Vault, recovery: bytes = b"") -> None:
    """Begin the signed chain of a store from before there was one; ``recovery``: the public key in that slot.

    Raises:
        StoreError: it cannot be written.
    """
    with vault.writing():
        vault.ledger.begin(vault.clock.now().isoformat(), recovery)
    vault.ledger.committed()


@inner
def sign_in(vault: Vault) -> None:
    """Write down who opened the store, and what was found of its anchor.

    The next opening finds the anchor mended, so what was found stays an item until somebody has looked at it.

    Raises:
        StoreError: it does not stand as it should (``Ledger.check``), or the entry cannot be written.
    """
    standing = vault.ledger.state.standing
    if standing.told:
        with vault.granting():
            waits = any(
                each.kind is ReviewKind.ANCHOR and each.reason == standing.value for each in waiting_reviews(vault)
            )
        with vault.change(vault.user.id, "anchor.found") as change:
            change.note(standing=standing.value)
            if not waits:
                found = Review(
                    new_review(vault), vault.user.id, "", standing.value, "", vault.clock.now(), ReviewKind.ANCHOR
                )
                write_review(change, found)
    vault.note("session.open")
    vault.signed_in = True


@needs(Permission.RESTORE)
def go_on(vault: Vault, reason: str) -> None:
    """Work on from a store that is not what its anchor knows: what is missing stays missing, and stands written.

    A new epoch begins. A log that is missing begins anew, over what is there. ``reason`` is the person's own words.

    Raises:
        AccessError: who is signed in may not restore. StoreError: it cannot be written.
    """
    found = vault.ledger.state
    vault.ledger.accept()
    try:
        if not vault.ledger.begun:
            begin_audit(vault)
        with vault.change(vault.user.id, "audit.go_on") as change:
            change.run("UPDATE store SET epoch = epoch + 1")
            change.note(standing=found.standing.value, missing=found.missing, reason=reason)
    except BaseException:
        vault.ledger.state = found
        raise
    sign_in(vault)
