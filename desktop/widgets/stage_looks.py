"""How far a trained model is trusted, as tone and sign; both only repeat what the words say."""

from __future__ import annotations

from engine.domain.models import ModelStage

_LOOKS = {
    ModelStage.DRAFT: ("primary", "edit"),
    ModelStage.SHADOW: ("primary", "eye-off"),
    ModelStage.APPROVED: ("ok", "check"),
    ModelStage.RETIRED: ("info", "pause"),
}


def stage_look(stage: ModelStage) -> tuple[str, str]:
    """Return tone (as ``Pill`` takes it) and icon of a stage."""
    return _LOOKS[stage]
