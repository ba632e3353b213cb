"""Forms in hand: kept in the encrypted store while they are filled, so that a lock or a crash loses nothing typed."""

from __future__ import annotations

from engine.domain.plain import Plain
from engine.store.drafts import Draft, delete_draft, drafts, save_draft
from engine.workflows.clinics import OpenClinic

__all__ = ["Draft", "drop_draft", "form_drafts", "front_drafts", "save_form_draft", "save_front_draft"]

_VISIT_FORM = "visit_form"
_FRONT_FORM = "front_form"


def save_form_draft(clinic: OpenClinic, person_id: str | None, content: Plain, draft_id: str | None = None) -> str:
    """Keep the form of a person (None: a new one) as it stands and return the id of the draft.

    Args:
        clinic: the open clinic.
        person_id: whose form it is.
        content: plain JSON values; what they mean is the form's to know.
        draft_id: the draft of the same form that was kept before: it is replaced.

    Raises:
        StoreError: it cannot be stored.
    """
    return save_draft(clinic.vault, _VISIT_FORM, content, clinic.actor, person_id=person_id, draft_id=draft_id)


def form_drafts(clinic: OpenClinic) -> tuple[Draft, ...]:
    """Return the forms in hand of who has the clinic open, the one kept last first."""
    return tuple(one for one in drafts(clinic.vault) if one.kind == _VISIT_FORM and one.actor == clinic.actor)


def drop_draft(clinic: OpenClinic, draft_id: str) -> None:
    """Forget a draft, for its form was saved or given up; an unknown one is forgotten already."""
    delete_draft(clinic.vault, draft_id)


def save_front_draft(clinic: OpenClinic, person_id: str | None, content: Plain, draft_id: str | None = None) -> str:
    """Keep what the front desk typed of a person (None: a new one); otherwise as ``save_form_draft``."""
    return save_draft(clinic.vault, _FRONT_FORM, content, clinic.actor, person_id=person_id, draft_id=draft_id)


def front_drafts(clinic: OpenClinic) -> tuple[Draft, ...]:
    """Return what who has the clinic open typed at the front desk and did not save, the one kept last first."""
    return tuple(one for one in drafts(clinic.vault) if one.kind == _FRONT_FORM and one.actor == clinic.actor)
