"""Forms in hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.domain.plain import Plain
from engine.errors import UsageError
from engine.store import Vault, delete_draft, drafts, load_draft, save_draft

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


def test_drafts_are_not_in_the_log(vault: Vault) -> None:
    before = vault._database.rows("SELECT count(*) FROM audit")
    save_draft(vault, "visit", CONTENT, "user-1")
    assert vault._database.rows("SELECT count(*) FROM audit") == before
