"""Every action has its words in every language."""

from __future__ import annotations

import pytest

from engine.store.permissions import actions
from engine.store.roles import Role, write_roles
from engine.wording import LANGUAGES, load_wording
from engine.workflows.audit import action_words, every_action, role_words


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_action_is_shown_as_a_code(language: str) -> None:
    words = load_wording(language)
    assert set(actions()) < set(every_action())
    assert [action for action in every_action() if f"audit.action.{action}" not in words] == []
    said = [action_words(action, words) for action in every_action()]
    assert len(set(said)) == len(said)
    assert action_words("of.tomorrow", words) == "of.tomorrow"


def test_roles_are_told_as_they_were() -> None:
    words = load_wording("en")
    assert role_words(write_roles(frozenset({Role.CLINICIAN, Role.AUDITOR})), words) == "Clinician, Auditor"
    assert role_words(write_roles(frozenset(Role)), words) == "All roles"
    assert role_words("", words) == ""
