"""Forms in hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from engine.domain.plain import Plain
from engine.errors import AccessError, BugError, UsageError
from engine.store import Role, Vault, delete_draft, drafts, load_draft, save_draft
from engine.store.drafts import FRONT_FORM

CONTENT: Plain = {"sbp_mmhg": "14", "lists": [1, None, True, "文字"]}


def test_a_draft_reads_back_and_outlives_the_session(open_again: Callable[[], Vault]) -> None:
    with open_again() as vault:
        id_ = save_draft(vault, "visit", CONTENT, "user-1", person_id="ann")
    with open_again() as vault:
        draft = load_draft(vault, id_)
    assert (draft.kind, draft.person_id, draft.actor, draft.content) == ("visit", "ann", "user-1", CONTENT)


def test_saving_again_replaces_and_deleting_forgets(vault: Vault) -> None:
    id_ = save_draft(vault, "visit", CONTENT, "user-1")
    assert save_draft(vault, "visit", {"sbp_mmhg": "140"}, "user-1", draft_id=id_) == id_
    assert [draft.content for draft in drafts(vault)] == [{"sbp_mmhg": "140"}]
    delete_draft(vault, id_)
    delete_draft(vault, id_)
    assert drafts(vault) == ()
    with pytest.raises(UsageError, match="draft_unknown"):
        load_draft(vault, id_)


def test_what_another_typed_is_neither_read_nor_replaced_nor_deleted(vault: Vault) -> None:
    theirs = save_draft(vault, "visit_form", CONTENT, "user-1")
    vault.user = replace(vault.user, id="user-2")
    with pytest.raises(UsageError, match="draft_unknown"):
        load_draft(vault, theirs)
    delete_draft(vault, theirs)
    own = save_draft(vault, "visit_form", {"sbp_mmhg": "1"}, "user-2", draft_id=theirs)
    assert own != theirs
    with pytest.raises(BugError, match="change_actor"):
        save_draft(vault, "visit_form", CONTENT, "user-1", draft_id=theirs)
    assert [draft.id for draft in drafts(vault)] == [own]
    vault.user = replace(vault.user, id="user-1")
    assert load_draft(vault, theirs).content == CONTENT


@pytest.mark.parametrize("kind", ["visit_form", "print", "one of later"])
def test_the_front_desk_has_drafts_of_its_own_form_alone(vault: Vault, kind: str) -> None:
    kept = save_draft(vault, kind, CONTENT, "user-1")
    vault.user = replace(vault.user, roles=frozenset({Role.FRONT_DESK}))
    with pytest.raises(AccessError, match="access_denied"):
        load_draft(vault, kept)
    with pytest.raises(AccessError, match="access_denied"):
        save_draft(vault, kind, CONTENT, "user-1")
    front = save_draft(vault, FRONT_FORM, CONTENT, "user-1")
    assert load_draft(vault, front).content == CONTENT
    assert [draft.id for draft in drafts(vault)] == [front]


def test_drafts_are_not_in_the_log(vault: Vault) -> None:
    before = vault._database.rows("SELECT count(*) FROM audit")
    save_draft(vault, "visit", CONTENT, "user-1")
    assert vault._database.rows("SELECT count(*) FROM audit") == before
