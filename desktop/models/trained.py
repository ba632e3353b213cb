"""What the page of tools tells of models that were trained here: how far each is trusted, and months that warn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from desktop.i18n import Texts
from desktop.models.words import StandingWords, short_standing
from desktop.widgets.stage_looks import stage_look
from engine.domain.models import ModelStage
from engine.workflows.clinics import OpenClinic
from engine.workflows.model_stages import StagedModel, Warned, leading, staged_models, warned
from engine.workflows.pack_shelf import PackStanding, ShelfPack

_Warnings = Mapping[tuple[str, str], tuple[Warned, ...]]


class Trained:
    """Every version that is kept here, and the months that nobody has looked at."""

    def __init__(self, staged: Sequence[StagedModel] = (), warnings: _Warnings | None = None) -> None:
        self._staged = tuple(staged)
        self._warnings = warnings or {}

    @classmethod
    def read(cls, clinic: OpenClinic) -> Trained:
        """Read them from the store."""
        return cls(staged_models(clinic), warned(clinic))

    def of_pack(self, pack: ShelfPack) -> StagedModel | None:
        """Return the model that a tool at hand is, if it was trained here."""
        return next((each for each in self._staged if each.model.ref == pack.ref), None)

    def apart(self, packs: Sequence[ShelfPack]) -> tuple[StagedModel, ...]:
        """Return what is no tool at hand: drafts, models in their silent trial, and retired ones."""
        at_hand = {pack.ref for pack in packs}
        return tuple(each for each in leading(self._staged) if each.model.ref not in at_hand)

    def named(self, name: str) -> StagedModel | None:
        """Return a version by ``id@version``."""
        return next((each for each in self._staged if each.name == name), None)

    def before(self, staged: StagedModel) -> StagedModel | None:
        """Return the version to which one step leads back from one that speaks."""
        model = staged.model
        if model.stage is not ModelStage.APPROVED:
            return None
        earlier = [each for each in self._staged if each.model.ref.id == model.ref.id and each.model.once_approved]
        others = [each for each in earlier if each.model.ref != model.ref]
        return max(others, key=lambda each: each.model.state.since, default=None)

    def warnings(self, staged: StagedModel) -> tuple[Warned, ...]:
        """Return the months of a version that warn and that nobody has looked at."""
        return self._warnings.get((staged.model.ref.id, staged.model.ref.version), ())

    def standing(self, staged: StagedModel, texts: Texts) -> StandingWords:
        """Return how far a version is trusted in one or two words; a month that warns comes first."""
        stage = texts(f"stages.stage.{staged.model.stage}")
        if staged.fault is not None:
            return short_standing(PackStanding.DAMAGED, texts)
        if self.warnings(staged):
            return StandingWords(texts("stages.models.look", stage=stage), "warn", "warning")
        return StandingWords(stage, *stage_look(staged.model.stage))
