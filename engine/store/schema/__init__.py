"""The schema as a list of steps, one file each."""

from engine.store.schema import (
    step_0001_initial,
    step_0002_people_list,
    step_0003_clinic_packs,
    step_0004_risk_ranges,
    step_0005_audit,
    step_0006_persons,
    step_0007_series,
    step_0008_kept_items,
    step_0009_undo,
    step_0010_attached,
    step_0011_models,
)
from engine.store.schema.step import Migration

MIGRATIONS: tuple[Migration, ...] = (
    step_0001_initial.MIGRATION,
    step_0002_people_list.MIGRATION,
    step_0003_clinic_packs.MIGRATION,
    step_0004_risk_ranges.MIGRATION,
    step_0005_audit.MIGRATION,
    step_0006_persons.MIGRATION,
    step_0007_series.MIGRATION,
    step_0008_kept_items.MIGRATION,
    step_0009_undo.MIGRATION,
    step_0010_attached.MIGRATION,
    step_0011_models.MIGRATION,
)

__all__ = ["MIGRATIONS", "Migration"]
