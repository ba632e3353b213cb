"""What models of other samples say: as columns of a scored file, in what an assessment keeps, and behind the number."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.domain.plain import from_plain, to_plain
from engine.domain.ports import FixedClock
from engine.domain.results import RiskResult, StabilityEnds
from engine.errors import UsageError
from engine.fields import load_dictionary
from engine.packs import Pack, PackLibrary
from engine.packs.digests import DIGESTS_FILE, digests_text
from engine.risk.predictors import Predictors
from engine.store import load_assessment
from engine.store.assessments import assessments_of
from engine.wording import load_wording
from engine.workflows.assess import assess_people
from engine.workflows.assess_file import AUTO, AssessFileSummary, Extras, assess_file
from engine.workflows.clinics import OpenClinic, open_clinic
from engine.workflows.import_files import ImportRequest, import_file
from engine.workflows.inspect import risk_of
from engine.workflows.inspect_more_words import found_sections
from engine.workflows.panel import load_panel
from tests.engine.stable import HIGH, LOW, stable_document, stable_graph
from tests.made_once import new_clinic

MakePack = Callable[..., Pack]
HEADER = "id,sex,age,sbp_mmhg,smoker,cvd_history"
ROWS = f"{HEADER}\na,F,55,140,never,false\nb,M,62,150,current,true\nc,M,71,161,never,false\n"
CLOCK = FixedClock(datetime(2026, 11, 23, 9, 30, tzinfo=UTC))
PASSPHRASE = "a passphrase for tests"
TITLE = {"en": "Words", "zh": "文字"}


@pytest.fixture(scope="module")
def library(make_pack: MakePack, tmp_path_factory: pytest.TempPathFactory) -> PackLibrary:
    """The toy with models of other samples, told to patients, and the toy without."""
    folder = tmp_path_factory.mktemp("stable")
    document = {**stable_document(), "patient": {"title": TITLE, "event": TITLE}}
    made = [
        make_pack({"id": "steady"}, stable_graph(), document, folder=folder),
        make_pack({"id": "plain", "topic": "another"}, folder=folder),
    ]
    digests = digests_text({pack.manifest.id: pack.digest for pack in made})
    (folder / DIGESTS_FILE).write_text(digests, encoding="utf-8", newline="\n")
    return PackLibrary([folder])


def scored(
    library: PackLibrary, place: Path, pack: str, **extras: Any
) -> tuple[AssessFileSummary, list[dict[str, str]]]:
    source, target = place / "in.csv", place / "out.csv"
    source.write_text(ROWS, encoding="utf-8")
    summary = assess_file(pack, source, target, library, load_dictionary(), extras=Extras(**extras))
    return summary, list(csv.DictReader(io.StringIO(target.read_text(encoding="utf-8"), newline=""), strict=True))


def test_a_scored_file_has_low_and_high_where_they_are_asked_for(library: PackLibrary, tmp_path: Path) -> None:
    summary, rows = scored(library, tmp_path, "steady", stability=True)
    assert (summary.ok, summary.refused) == (2, 1)
    for row in (rows[0], rows[2]):
        risk = float(row["risk_10y"])
        assert float(row["risk_10y_low"]) == pytest.approx(LOW * risk)
        assert float(row["risk_10y_high"]) == pytest.approx(HIGH * risk)
    assert (rows[1]["risk_10y"], rows[1]["risk_10y_low"], rows[1]["risk_10y_high"]) == ("", "", "")
    assert "hf_10y_low" not in rows[0]
    _, without = scored(library, tmp_path, "steady")
    assert [name for name in rows[0] if name not in without[0]] == ["risk_10y_low", "risk_10y_high"]
    assert all({**row, **bare} == row for row, bare in zip(rows, without, strict=True))


def test_a_pack_without_them_says_so(library: PackLibrary, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="stability_none"):
        scored(library, tmp_path, "plain", stability=True)


def test_with_auto_those_who_have_them_tell_them(library: PackLibrary, tmp_path: Path) -> None:
    _, rows = scored(library, tmp_path, AUTO, stability=True, outcome="cardiovascular")
    assert [bool(row["risk_10y_low"]) for row in rows] == [True, False, True]


@pytest.fixture(scope="module")
def clinic(library: PackLibrary, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenClinic]:
    folder = tmp_path_factory.mktemp("clinic")
    new_clinic(folder / "clinic", "GBR", PASSPHRASE, CLOCK)
    predictors = Predictors(library, load_dictionary())
    with open_clinic(folder / "clinic", PASSPHRASE, CLOCK, predictors) as opened:
        table = folder / "people.csv"
        head = "patient_id,name,sex,birth_date,visit_date,sbp_mmhg,smoker,cvd_history\n"
        table.write_text(f"{head}P1,Ida Lund,F,1966-02-03,2026-11-02,150,never,false\n", encoding="utf-8")
        assert import_file(opened, table, ImportRequest()).counts.rows_new == 1
        assess_people(opened)
        yield opened


def test_an_assessment_keeps_what_was_said(clinic: OpenClinic) -> None:
    person = load_panel(clinic).row(0).person_id
    (head,) = assessments_of(clinic.vault, person)
    saved = load_assessment(clinic.vault, head.id)
    (result,) = (each for each in saved.results if each.pack.id == "steady")
    ends, risk = result.stability("risk_10y"), result.output("risk_10y")
    assert isinstance(risk, float)
    assert ends is not None
    assert ends == StabilityEnds(ends.low, ends.high, 0.95, 200)
    assert (ends.low, ends.high) == pytest.approx((LOW * risk, HIGH * risk))
    assert result.stability("hf_10y") is None
    assert all(each.stability is None for other in saved.results if other is not result for each in other.outputs)
    assert assess_people(clinic).people == 1
    assert assessments_of(clinic.vault, person) == (head,)  # the same again: no second one


def test_what_was_saved_before_there_were_any_reads_as_none(clinic: OpenClinic) -> None:
    person = load_panel(clinic).row(0).person_id
    saved = load_assessment(clinic.vault, assessments_of(clinic.vault, person)[0].id)
    written = json.loads(json.dumps(to_plain(saved.results[0])))
    for each in written["outputs"]:
        del each["stability"]
    assert all(each.stability is None for each in from_plain(RiskResult, written).outputs)


@pytest.mark.parametrize(("language", "other"), [("en", "models trained on other samples"), ("zh", "其他抽样")])
def test_the_inspector_tells_the_ends_and_what_they_mean(clinic: OpenClinic, language: str, other: str) -> None:
    person = load_panel(clinic).row(0).person_id
    saved = load_assessment(clinic.vault, assessments_of(clinic.vault, person)[0].id)
    words = load_wording(language)
    lines = [line for _, told in found_sections(risk_of(clinic, saved), words) for line in told]
    assert sum(other in line for line in lines) == 2
    assert any("10.1002/bimj.202200302" in line for line in lines)
    # A tool that answered beside the assessment tells its ends in its answer, so here only what they mean.
    answered = risk_of(clinic, saved, "steady", answer="12.3 %")
    assert answered.declared is not None
    plain = [line for _, told in found_sections(risk_of(clinic, saved, "plain"), words) for line in told]
    assert not any(other in line for line in plain)
