"""Nobody removes, demotes or locks out another administrator alone and in silence."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.domain.ports import FixedClock
from engine.errors import AccessError, PassphraseError, UsageError
from engine.store import (
    Cost,
    ReviewKind,
    Role,
    Second,
    SlotKind,
    Vault,
    accounts,
    add_user,
    close_review,
    open_clinic,
    open_reviews,
    remove_user,
    rename_user,
    replace_passphrase,
    set_passphrase,
    set_roles,
)
from engine.store.audit_log import verify_store
from engine.store.folder import ClinicFolder
from engine.store.slot_files import readable_slot_files
from engine.store.slot_format import SlotFile

CHEAP = Cost(64, 1, 1)
ADAS = "correct horse battery"
BENS_OWN = "a staple of his own"
BEN, CY = Second("Ben Li", BENS_OWN), Second("Cy", "a passphrase of Cy")
ACTIONS = ("user.remove", "user.roles", "user.passphrase")


def opened(folder: Path, clock: FixedClock, secret: str = ADAS, who: str = "Ada Okafor") -> Vault:
    return open_clinic(folder, secret, clock, floor=CHEAP, who=who)


def slots(folder: Path) -> SlotFile:
    return readable_slot_files(ClinicFolder(folder))[0].file


def last_entry(vault: Vault) -> tuple[str, dict[str, object]]:
    ((action, detail),) = vault.ledger.database.rows("SELECT action, detail FROM audit ORDER BY seq DESC LIMIT 1")
    return str(action), json.loads(str(detail))


def id_of(vault: Vault, name: str) -> str:
    return next(each.user.id for each in accounts(vault) if each.user.name == name)


def join(folder: Path, clock: FixedClock, name: str, secret: str, role: Role) -> None:
    """Add somebody, who then chooses a passphrase."""
    with opened(folder, clock) as vault:
        add_user(vault, ADAS, name, [role], "only for once", cost=CHEAP, floor=CHEAP)
    with opened(folder, clock, "only for once", name) as theirs:
        replace_passphrase(theirs, "only for once", SlotKind.PASSPHRASE, secret, cost=CHEAP, floor=CHEAP)


@pytest.fixture
def two(folder: Path, open_again: Callable[[], Vault], clock: FixedClock) -> Path:
    """The folder of a closed clinic with two administrators, Ada and Ben."""
    open_again().close()
    join(folder, clock, "Ben Li", BENS_OWN, Role.ADMINISTRATOR)
    return folder


@pytest.fixture
def three(two: Path, clock: FixedClock) -> Path:
    """Ada, Ben and Cy are administrators, Dee is a clinician."""
    join(two, clock, "Cy", "a passphrase of Cy", Role.ADMINISTRATOR)
    join(two, clock, "Dee", "a passphrase of Dee", Role.CLINICIAN)
    return two


def taking(vault: Vault, action: str) -> Callable[[Second | None, str], object]:
    """Return what takes Ben's access in one of three ways."""
    ben = id_of(vault, "Ben Li")
    ways: dict[str, Callable[[Second | None, str], object]] = {
        "user.remove": lambda second, reason: remove_user(vault, ADAS, ben, second, reason, floor=CHEAP),
        "user.roles": lambda second, reason: set_roles(vault, ADAS, ben, [Role.CLINICIAN], second, reason, floor=CHEAP),
        "user.passphrase": lambda second, reason: set_passphrase(
            vault, ADAS, ben, "another for once", second, reason, cost=CHEAP, floor=CHEAP
        ),
    }
    return ways[action]


@pytest.mark.parametrize("action", ACTIONS)
def test_a_second_administrator_has_to_agree(three: Path, clock: FixedClock, action: str) -> None:
    with opened(three, clock) as vault:
        before, act = slots(three), taking(vault, action)
        for second in (None, Second("Dee", "a passphrase of Dee"), Second("Ada Okafor", ADAS)):
            with pytest.raises(AccessError, match="access_second_administrator"):
                act(second, "A reason is not enough")
        with pytest.raises(PassphraseError, match="second_passphrase_wrong"):
            act(Second("Cy", "a guess"), "")
        assert slots(three) == before
        act(CY, "")
        told, detail = last_entry(vault)
        assert (told, detail["second"]) == (action, id_of(vault, "Cy"))
        assert open_reviews(vault) == ()
        assert verify_store(vault).sound


@pytest.mark.parametrize("action", ACTIONS)
def test_who_loses_it_may_agree(three: Path, clock: FixedClock, action: str) -> None:
    with opened(three, clock) as vault:
        ben = id_of(vault, "Ben Li")
        taking(vault, action)(BEN, "")
        assert last_entry(vault)[1]["second"] == ben


@pytest.mark.parametrize("action", ACTIONS)
def test_where_nobody_else_is_one_a_reason_stands_for_it_and_the_item_stays_open(
    two: Path, clock: FixedClock, action: str
) -> None:
    with opened(two, clock) as vault:
        ben = id_of(vault, "Ben Li")
        act = taking(vault, action)
        with pytest.raises(UsageError, match="user_reason_needed"):
            act(None, " ")
        act(None, "Has not come since May")
        told, detail = last_entry(vault)
        assert (told, detail["one_signature"], detail["reason"]) == (action, 1, "Has not come since May")
        (item,) = open_reviews(vault)
        assert (item.kind, item.user_id, item.whom) == (ReviewKind.ONE_SIGNATURE, "user-1", ben)
        assert (item.reason, item.text, item.id) == (action, "Has not come since May", detail["review"])
        with pytest.raises(AccessError, match="access_review_own"):
            close_review(vault, item.id, "Fine", floor=CHEAP)
        assert verify_store(vault).sound
    with opened(two, clock) as vault:
        assert len(open_reviews(vault)) == 1


def test_the_demoted_one_may_look_at_it(two: Path, clock: FixedClock) -> None:
    with opened(two, clock) as vault:
        taking(vault, "user.roles")(None, "Sees patients from now on")
    with opened(two, clock, BENS_OWN, "Ben Li") as his:
        close_review(his, open_reviews(his)[0].id, "We agreed on it", floor=CHEAP)
        told, detail = last_entry(his)
        assert (told, detail["kind"], "one_signature" in detail) == ("review.close", "one_signature", False)
        assert open_reviews(his) == ()


def test_what_takes_nothing_from_an_administrator_takes_one(three: Path, clock: FixedClock) -> None:
    with opened(three, clock) as vault:
        ben, dee = id_of(vault, "Ben Li"), id_of(vault, "Dee")
        set_roles(vault, ADAS, ben, [Role.ADMINISTRATOR, Role.CLINICIAN], floor=CHEAP)
        rename_user(vault, ADAS, ben, "Benedict", floor=CHEAP)
        set_passphrase(vault, ADAS, dee, "another for once", cost=CHEAP, floor=CHEAP)
        remove_user(vault, ADAS, dee, floor=CHEAP)
        set_roles(vault, ADAS, "user-1", [Role.CLINICIAN], floor=CHEAP)  # what is one's own to give away
        assert open_reviews(vault) == ()
