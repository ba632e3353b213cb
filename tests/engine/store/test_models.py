"""A trained model goes from draft to retirement, and only as approved is it among the clinic's packs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from engine.domain.clinic_packs import ClinicPack, PackOrigin, PackState
from engine.domain.models import KeptModel, ModelStage, ModelVerdict, VerdictReason
from engine.domain.ports import FixedClock
from engine.domain.results import PackRef
from engine.errors import AccessError, PackError, PassphraseError, UsageError
from engine.store import (
    Agreement,
    ReviewKind,
    Role,
    Second,
    SlotKind,
    User,
    Vault,
    add_clinic_pack,
    add_model,
    add_user,
    approve_model,
    begin_shadow,
    clinic_packs,
    close_review,
    kept_models,
    load_users,
    open_clinic,
    open_reviews,
    replace_passphrase,
    retire_model,
    save_verdict,
    set_clinic_pack_state,
)
from tests.engine.store.conftest import CHEAP, NOW, PASSPHRASE

ONE = PackRef("ours", "1.0.0", "ab" * 32)
TWO = PackRef("ours", "2.0.0", "cd" * 32)
ALONE = Agreement(PASSPHRASE, reason="nobody else works here", floor=CHEAP)
BEN = "a staple of his own"


def stage(vault: Vault, ref: PackRef = ONE) -> ModelStage:
    return model(vault, ref).stage


def model(vault: Vault, ref: PackRef = ONE) -> KeptModel:
    return next(each for each in kept_models(vault) if each.ref == ref)


def speaks(vault: Vault) -> list[PackRef]:
    return [pack.ref for pack in clinic_packs(vault) if pack.state is PackState.ON]


def draft(vault: Vault, ref: PackRef = ONE) -> None:
    add_model(vault, ref, PackOrigin.FOREIGN, "user-1")


def in_shadow(vault: Vault, ref: PackRef = ONE) -> None:
    draft(vault, ref)
    begin_shadow(vault, ref, "heart_attack_stroke", 0.2, "user-1")


def judged(vault: Vault, verdict: ModelVerdict, ref: PackRef = ONE) -> None:
    save_verdict(vault, ref, verdict, (VerdictReason.FITS,), {"people": 900, "events": 120, "slope": None}, "user-1")


def last_detail(vault: Vault) -> tuple[str, dict[str, object]]:
    ((action, detail),) = vault.ledger.database.rows("SELECT action, detail FROM audit ORDER BY seq DESC LIMIT 1")
    return str(action), json.loads(str(detail))


@pytest.fixture
def second(folder: Path, open_again: Callable[[], Vault], clock: FixedClock) -> Second:
    """Another administrator, who has chosen a passphrase of their own."""
    with open_again() as vault:
        add_user(vault, PASSPHRASE, "Ben Li", [Role.ADMINISTRATOR], "only for once", cost=CHEAP, floor=CHEAP)
    with open_clinic(folder, "only for once", clock, floor=CHEAP, who="Ben Li") as his:
        replace_passphrase(his, "only for once", SlotKind.PASSPHRASE, BEN, cost=CHEAP, floor=CHEAP)
    return Second("Ben Li", BEN)


def test_a_version_goes_through_its_stages_and_keeps_them_all(vault: Vault) -> None:
    draft(vault)
    assert (stage(vault), speaks(vault)) == (ModelStage.DRAFT, [])
    begin_shadow(vault, ONE, "heart_attack_stroke", 0.2, "user-1")
    assert (stage(vault), speaks(vault), model(vault).began) == (ModelStage.SHADOW, [], NOW)
    judged(vault, ModelVerdict.CALIBRATED)
    approve_model(vault, ONE, ALONE, "user-1")
    assert (stage(vault), speaks(vault), model(vault).began) == (ModelStage.APPROVED, [ONE], NOW)
    retire_model(vault, ONE, "a better one is here", "user-1")
    found = model(vault)
    assert [state.stage for state in found.states] == list(ModelStage)
    assert (found.state.reason, speaks(vault), found.began) == ("a better one is here", [], None)
    assert (found.outcome, found.threshold) == ("heart_attack_stroke", 0.2)
    assert found.verdict is not None
    assert found.verdict.figures == {"people": 900, "events": 120, "slope": None}


def test_alone_it_takes_a_reason_and_leaves_an_item_that_the_same_person_does_not_close_in_passing(
    vault: Vault,
) -> None:
    in_shadow(vault)
    judged(vault, ModelVerdict.CALIBRATED)
    with pytest.raises(UsageError, match="reason_needed"):
        approve_model(vault, ONE, replace(ALONE, reason="  "), "user-1")
    with pytest.raises(PassphraseError, match="passphrase_wrong"):
        approve_model(vault, ONE, replace(ALONE, secret="another"), "user-1")
    assert stage(vault) is ModelStage.SHADOW
    approve_model(vault, ONE, ALONE, "user-1")
    assert model(vault).state.one_signature
    action, told = last_detail(vault)
    assert (action, told["one_signature"], told["verdict"]) == ("model.approve", 1, "calibrated")
    (review,) = open_reviews(vault)
    assert (review.kind, review.reason, review.whom) == (ReviewKind.ONE_SIGNATURE, "model.approve", "ours 1.0.0")
    with pytest.raises(AccessError, match="access_review_own"):
        close_review(vault, review.id, "all well")
    close_review(vault, review.id, "all well", PASSPHRASE, floor=CHEAP)
    assert open_reviews(vault) == ()


def test_where_another_administrator_is_both_have_to_agree(folder: Path, second: Second, clock: FixedClock) -> None:
    with open_clinic(folder, PASSPHRASE, clock, floor=CHEAP, who="Ada Okafor") as vault:
        in_shadow(vault)
        judged(vault, ModelVerdict.CALIBRATED)
        with pytest.raises(AccessError, match="access_two_people"):
            approve_model(vault, ONE, ALONE, "user-1")
        with pytest.raises(PassphraseError, match="second_passphrase_wrong"):
            approve_model(vault, ONE, replace(ALONE, second=Second("Ben Li", "guessed")), "user-1")
        assert speaks(vault) == []
        approve_model(vault, ONE, replace(ALONE, second=second, reason=""), "user-1")
        state = model(vault).state
        assert (state.second, state.one_signature, state.reason) == ("Ben Li", False, None)
        assert speaks(vault) == [ONE]
        assert open_reviews(vault) == ()
        assert last_detail(vault)[1]["second"] == next(user.id for user in load_users(vault) if user.name == "Ben Li")


def test_a_draft_is_not_approved_and_no_stage_is_begun_twice(vault: Vault) -> None:
    draft(vault)
    with pytest.raises(UsageError, match="model_stage"):
        approve_model(vault, ONE, ALONE, "user-1")
    begin_shadow(vault, ONE, None, None, "user-1")
    with pytest.raises(UsageError, match="model_stage"):
        begin_shadow(vault, ONE, None, None, "user-1")
    retire_model(vault, ONE, "no use", "user-1")
    with pytest.raises(UsageError, match="model_stage"):
        retire_model(vault, ONE, "no use", "user-1")
    with pytest.raises(UsageError, match="model_stage"):  # it was never approved
        approve_model(vault, ONE, ALONE, "user-1")
    acts: tuple[Callable[[], object], ...] = (
        lambda: begin_shadow(vault, TWO, None, None, "user-1"),
        lambda: approve_model(vault, TWO, ALONE, "user-1"),
        lambda: retire_model(vault, TWO, "why", "user-1"),
    )
    for act in acts:
        with pytest.raises(UsageError, match="model_unknown"):
            act()


def test_what_outcomes_speak_against_is_not_approved_and_unclear_takes_a_reason(vault: Vault) -> None:
    in_shadow(vault)
    judged(vault, ModelVerdict.CALIBRATED)
    judged(vault, ModelVerdict.DO_NOT_USE)
    with pytest.raises(UsageError, match="model_do_not_use"):
        approve_model(vault, ONE, ALONE, "user-1")
    judged(vault, ModelVerdict.UNCLEAR)
    approve_model(vault, ONE, ALONE, "user-1")
    assert model(vault).state.reason == ALONE.reason


def test_a_newer_version_in_shadow_leaves_the_one_that_speaks_alone_and_approved_takes_its_place(vault: Vault) -> None:
    in_shadow(vault)
    approve_model(vault, ONE, ALONE, "user-1")
    in_shadow(vault, TWO)
    assert speaks(vault) == [ONE]
    approve_model(vault, TWO, ALONE, "user-1")
    assert (speaks(vault), stage(vault), stage(vault, TWO)) == ([TWO], ModelStage.RETIRED, ModelStage.APPROVED)
    approve_model(vault, ONE, ALONE, "user-1")  # back again: it was approved once
    assert (speaks(vault), stage(vault), stage(vault, TWO)) == ([ONE], ModelStage.APPROVED, ModelStage.RETIRED)


def test_no_other_way_lets_a_model_speak_that_is_not_approved(vault: Vault) -> None:
    in_shadow(vault)
    with pytest.raises(UsageError, match="model_not_approved"):
        add_clinic_pack(vault, ONE, PackOrigin.MADE_HERE, "user-1")
    approve_model(vault, ONE, ALONE, "user-1")
    set_clinic_pack_state(vault, "ours", PackState.OFF, "user-1")
    set_clinic_pack_state(vault, "ours", PackState.ON, "user-1")  # a switch of an approved one is no new approval
    retire_model(vault, ONE, "no use", "user-1")
    with pytest.raises(UsageError, match="model_not_approved"):
        set_clinic_pack_state(vault, "ours", PackState.ON, "user-1")
    assert speaks(vault) == []


def test_a_model_that_is_withdrawn_is_retired_for_the_same_reason(vault: Vault) -> None:
    in_shadow(vault)
    approve_model(vault, ONE, ALONE, "user-1")
    pack: ClinicPack = set_clinic_pack_state(vault, "ours", PackState.WITHDRAWN, "user-1", "units were wrong")
    assert pack.state is PackState.WITHDRAWN
    assert (stage(vault), model(vault).state.reason) == (ModelStage.RETIRED, "units were wrong")


def test_a_version_is_kept_once_and_a_changed_one_under_the_same_number_is_refused(vault: Vault) -> None:
    draft(vault)
    draft(vault)
    assert len(kept_models(vault)) == 1
    with pytest.raises(PackError, match="pack_version_taken"):
        draft(vault, replace(ONE, digest="ef" * 32))


def test_only_an_administrator_moves_a_model(vault: Vault) -> None:
    in_shadow(vault)
    vault.user = User("user-1", "Ada Okafor", frozenset({Role.CLINICIAN}))
    acts: tuple[Callable[[], object], ...] = (
        lambda: draft(vault, TWO),
        lambda: begin_shadow(vault, ONE, None, None, "user-1"),
        lambda: approve_model(vault, ONE, ALONE, "user-1"),
        lambda: retire_model(vault, ONE, "why", "user-1"),
    )
    for act in acts:
        with pytest.raises(AccessError, match="access_denied"):
            act()
    assert stage(vault) is ModelStage.SHADOW  # whoever works here may know how a model stands


def test_a_second_shadow_begins_anew(vault: Vault, clock: FixedClock) -> None:
    in_shadow(vault)
    retire_model(vault, ONE, "the cuff was broken", "user-1")
    vault.clock = FixedClock(NOW + timedelta(days=40))
    begin_shadow(vault, ONE, None, None, "user-1")
    assert model(vault).began == NOW + timedelta(days=40)


def test_praise_from_an_earlier_shadow_does_not_count_and_blame_does(
    folder: Path, second: Second, clock: FixedClock
) -> None:
    both = Agreement(PASSPHRASE, second, floor=CHEAP)
    with open_clinic(folder, PASSPHRASE, clock, floor=CHEAP, who="Ada Okafor") as vault:
        in_shadow(vault)
        judged(vault, ModelVerdict.CALIBRATED)
        for days, verdict, refusal in (
            (1, ModelVerdict.DO_NOT_USE, "reason_needed"),
            (2, ModelVerdict.CALIBRATED, "model_do_not_use"),
        ):
            retire_model(vault, ONE, "the outcome was another", "user-1")
            vault.clock = FixedClock(NOW + timedelta(days=days))
            begin_shadow(vault, ONE, "type_2_diabetes", 0.2, "user-1")
            with pytest.raises(UsageError, match=refusal):
                approve_model(vault, ONE, both, "user-1")
            judged(vault, verdict)
        approve_model(vault, ONE, both, "user-1")
        assert stage(vault) is ModelStage.APPROVED
