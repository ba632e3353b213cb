"""Every shared file of another system: what is read is stored, kept with a reason, or refused with one."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from engine.intake.records.plan import RecordPlan
from engine.intake.tables import RejectedFile
from tests.engine.intake.records import account, independent
from tests.engine.intake.records.planned import plan_file

pytestmark = pytest.mark.shared


def _files(shared: Path, folder: str) -> list[Path]:
    found = sorted((shared / "data" / "interchange" / folder).iterdir())
    assert found
    return found


def _reconciled(plan: RecordPlan, file: Path) -> Counter[str]:
    assert all(tally.reconciles() for tally in plan.resources.values()), file.name
    listed = sum(len({line.place for line in item.lines}) for item in plan.kept)
    left_out = sum(tally.unmapped + tally.refused for tally in plan.resources.values())
    assert listed >= left_out, file.name  # parts of one resource may be listed beside each other
    assert all(item.why for item in plan.kept), file.name
    return Counter({kind: tally.read for kind, tally in plan.resources.items()})


def test_every_resource_of_the_bundles_is_accounted_for(shared: Path) -> None:
    for file in _files(shared, "fhir_r4_synthea"):
        plan = plan_file(file)
        assert _reconciled(plan, file) == independent.count_fhir(file), file.name
        assert plan.resources["Patient"].stored == 1
        observed = plan.resources["Observation"]
        assert observed.stored > observed.read * 0.4, file.name


def test_every_segment_of_the_messages_is_accounted_for(shared: Path) -> None:
    for file in _files(shared, "hl7v2"):
        plan = plan_file(file)
        assert _reconciled(plan, file) == independent.count_hl7(file), file.name


def test_every_statement_of_the_documents_is_accounted_for(shared: Path) -> None:
    for file in _files(shared, "ccda"):
        plan = plan_file(file)
        counts = _reconciled(plan, file)
        other = independent.count_ccda(file)
        assert counts["patient"] == other["patient"], file.name
        assert counts.total() - counts["patient"] == other["statements"], file.name


def test_older_versions_are_refused_with_what_to_do(shared: Path) -> None:
    found = {}
    for file in _files(shared, "fhir_old_versions"):
        with pytest.raises(RejectedFile) as refused:
            plan_file(file)
        found[file.name.split("__")[0]] = refused.value.rejection.detail
    assert found == {"DSTU-2": "fhir_dstu2", "STU-3": "fhir_stu3"}


def test_the_account_tells_of_every_file_and_agrees(shared: Path) -> None:
    told = account.TABLE.read_text(encoding="utf-8")
    names = {file.name for folder in account.FOLDERS for file in _files(shared, folder)}
    assert {name for name in names if f"| {name} |" not in told} == set()
    assert "| NO |" not in told
