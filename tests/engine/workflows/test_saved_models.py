"""A store that an earlier program left with models of every stage: what was decided then holds now."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.domain.models import ModelStage, ModelVerdict
from engine.domain.ports import FixedClock
from engine.errors import UsageError
from engine.store import Cost, open_clinic, predictions_of
from engine.store.audit_log import verify_store
from engine.store.backup.make import back_up
from engine.workflows.assess import assess_people
from engine.workflows.clinics import in_vault
from engine.workflows.model_verdict import judge_model
from engine.workflows.models import find_model, models, pack_of, predictor_of, shadow

SAVED = Path(__file__).resolve().parents[2] / "data" / "stores" / "schema_11"
CLOCK = FixedClock(datetime(2025, 6, 30, 9, tzinfo=UTC))
CHEAP = Cost(64, 1, 1)


def test_models_of_every_stage_are_what_they_were(tmp_path: Path) -> None:
    shutil.copytree(SAVED, tmp_path / "clinic")
    with open_clinic(tmp_path / "clinic", "correct horse battery", CLOCK, floor=CHEAP) as vault:
        clinic = in_vault(vault, CLOCK)
        assert {(each.ref.id, each.ref.version): each.stage for each in models(clinic)} == {
            ("drafted", "1.0.0"): ModelStage.DRAFT,
            ("silent", "1.0.0"): ModelStage.SHADOW,
            ("speaking", "0.9.0"): ModelStage.RETIRED,
            ("speaking", "1.0.0"): ModelStage.APPROVED,
        }
        assert [pack_of(clinic, each).ref for each in models(clinic)] == [each.ref for each in models(clinic)]
        silent = find_model(clinic, "silent")
        assert silent.verdict is not None
        assert (silent.verdict.verdict, silent.threshold) == (ModelVerdict.UNCLEAR, 0.2)
        said = predictions_of(vault, silent.ref)
        assert (len(said), sum(each.number is None for each in said)) == (30, 5)
        assert clinic.library.get("speaking").ref == find_model(clinic, "speaking@1.0.0").ref
        assert "silent" not in clinic.library

        assess_people(clinic)  # what was approved answers, and what is silent has answered these visits already
        assert predictions_of(vault, silent.ref) == said
        assert judge_model(clinic, "silent").predicted == 25
        for model in models(clinic):
            assert predictor_of(clinic, model).pack.ref == model.ref
        with pytest.raises(UsageError, match="model_stage"):
            shadow(clinic, "speaking@1.0.0")
        assert shadow(clinic, "drafted").stage is ModelStage.SHADOW
        assert verify_store(vault).sound
        (tmp_path / "stick").mkdir()
        assert back_up(vault, tmp_path / "stick", "1").packs == 4
