"""The pages about one person: notice and consent form, everything held, proof of an erasure."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import UTC, date, datetime

import pikepdf
import pypdfium2  # type: ignore[import-untyped]  # ships no types
import pytest

from engine.domain.assessment import Assessment, Clinic
from engine.domain.consent import Answer as ConsentAnswer
from engine.domain.consent import Consent, ConsentKind, ConsentState, ConsentWay
from engine.domain.dates import PartialDate
from engine.domain.document import Document, Table
from engine.domain.ranges import OutputSpread, RangeResult
from engine.domain.record import (
    Allergy,
    Answer,
    Certainty,
    Check,
    CheckStatus,
    Condition,
    Measurement,
    Medicine,
    Origin,
    Patient,
    Record,
    Relative,
    Severity,
    SourceKind,
    Visit,
)
from engine.domain.report import Paper
from engine.domain.results import Code, Note, OutputValue, PackRef, RiskResult, Status
from engine.domain.retention import Keep
from engine.packs.manifest import Manifest
from engine.report import typeset_document
from engine.report.erasure_proof import NamedBackup, ProofFacts, proof_document
from engine.report.notice import NoticeFacts, privacy_notice
from engine.report.person_record import RecordFacts, record_document
from engine.store.erasure.scope import TABLES
from engine.wording import LANGUAGES, load_wording

NOW = datetime(2026, 3, 9, 10, 0, tzinfo=UTC)
LAW = Keep(15, source={"en": "Act One", "zh": "第一法"})
ORIGIN = Origin(SourceKind.IMPORTED, NOW, "Ada", "people.csv", "ab", "Sheet1", 7, "BP", "137 mmHg")


def pages_of(document: Document) -> list[str]:
    content = typeset_document(document)
    with pikepdf.open(io.BytesIO(content)) as opened:
        assert opened.Root.MarkInfo.Marked
        assert str(opened.Root.Lang).startswith(document.language)
    with pypdfium2.PdfDocument(content) as read:
        return [page.get_textpage().get_text_bounded() for page in read]


def notice(language: str, country: str, **more: object) -> list[str]:
    facts = NoticeFacts("Maple Lane", country, NOW, "0.1.0", **more)  # type: ignore[arg-type]  # the test names the parts
    return pages_of(privacy_notice(facts, language, Paper.A4))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("country", "law"),
    [("CHN", "pipl"), ("GBR", "uk"), ("FRA", "gdpr"), ("USA", "hipaa"), ("KEN", "general")],
)
def test_a_notice_is_two_pages_and_names_the_law(language: str, country: str, law: str) -> None:
    pages = notice(language, country, keep=LAW)
    assert len(pages) == 2
    text = "".join("".join(pages).split())
    words = load_wording(language)
    for key in (f"persons.notice.authority.{law}", "persons.notice.line.signature", "persons.consent.title"):
        assert "".join(words.say(key).split()) in text
    header = "".join(words.say("persons.notice.intro.hipaa").replace("<b>", "").replace("</b>", "").split())
    assert (header in text) is (law == "hipaa")
    assert "15" in text


@pytest.mark.parametrize(
    ("keep", "said"),
    [
        (None, "As long as the law of this country asks"),
        (Keep(8), "8 years after your last visit, as this clinic has decided"),
        (Keep(10, from_death=True, source={"en": "Code", "zh": "x"}), "10 years after death (Code)"),
        (Keep(6, minor_until=21, source={"en": "Code", "zh": "x"}), "at least until they are 21"),
    ],
)
def test_how_long_is_told_as_far_as_it_is_known(keep: Keep | None, said: str) -> None:
    assert said in " ".join(" ".join(notice("en", "KEN", keep=keep)).split())


def test_answers_that_were_given_are_ticked_and_the_contact_is_named() -> None:
    blank = " ".join(notice("en", "GBR"))
    assert "✓" not in blank
    assert "Person responsible here" in blank
    answers = {ConsentKind.RISK: ConsentState.GIVEN, ConsentKind.RESEARCH: ConsentState.WITHDRAWN}
    filled = " ".join(notice("en", "GBR", answers=answers, contact="Ada, 0161 000", person="王建国 · P2"))
    assert filled.count("✓") == 2
    assert "Ada, 0161 000" in filled
    assert "王建国" in filled
    assert "Person responsible here" not in filled


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_proof_stays_one_page_with_everything_on_it(language: str) -> None:
    facts = ProofFacts(
        clinic_name="Maple Lane Community Health Centre of the Northern District " * 2,
        country="CHN",
        practice=True,
        program="0.1.0",
        at=NOW,
        id="ab" * 16,
        persons=("cd" * 16, "ef" * 16),
        by="Ada Okafor",
        roles="Administrator",
        agreed="Ben Li",
        reason="Asked for it in writing and was told what stays. " * 4,
        retention="Records are kept for at least 15 years after the last visit: " + "a long source " * 8,
        basis="moved",
        counts=dict.fromkeys(TABLES, 123456),
        digest="0f" * 32,
        checkpoint="L1-482-7KQ3-M2PD-AXWA-TR5B",
        backups=tuple(
            NamedBackup(f"lantern-c1-202601{day:02}-090000", date(2026, 1, day), "/media/stick", date(2027, 1, 1))
            for day in range(1, 25)
        ),
    )
    (page,) = pages_of(proof_document(facts, language, Paper.LETTER))
    flat = "".join(page.split())
    for said in (facts.id, facts.digest, facts.checkpoint, "lantern-c1-20260107-090000", "17", "BenLi"):
        assert said in flat
    assert "lantern-c1-20260108" not in flat


def whole_record() -> Record:
    """Something in every list, with every part of it said."""
    on = PartialDate(2020, 5)
    return Record(
        patient=Patient("person-1", "P7", "Žofie <b>Nováková</b>", PartialDate(1957), "F", "555", "Lane 1", "Vale"),
        visits=(
            Visit("v1", date(2024, 1, 2), (
                Measurement("m1", "sbp_mmhg", 137.0, 1, ORIGIN),
                Measurement("m2", "crp_mg_l", None, 1, ORIGIN, "negative"),
                Measurement("m3", "of_a_pack", 1.5, 1, ORIGIN, "<"),
            )),
        ),
        conditions=(Condition("c1", "diabetes", Certainty.SUSPECTED, ORIGIN, on, on, "Told by phone"),),
        medicines=(Medicine("d1", "Amlodipin 5", ORIGIN, "amlodipine", ("ccb",), "5 mg", on, on),),
        allergies=(Allergy("a1", "Penicillin", Severity.SEVERE, Certainty.CONFIRMED, ORIGIN, "penicillins", "Rash"),),
        relatives=(Relative("r1", "mother", "stroke", ORIGIN, 61, True),),
        checks=(Check("h1", "colonoscopy", CheckStatus.REFUSED, ORIGIN, on, "None"),),
        answers=(Answer("q1", "would_not_be_surprised", True, date(2024, 1, 2), ORIGIN),),
    )  # fmt: skip


WHO = "who_cvd_2019_lab"


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_held_is_on_the_pages(language: str, packs: Mapping[str, Manifest]) -> None:
    record = whole_record()
    pack, refusal = PackRef("gone_pack", "1.0", "ab"), (Note("waist_cm", Code.MISSING),)
    consent = ConsentAnswer(
        ConsentKind.CARE, ConsentState.GIVEN, date(2024, 1, 2), ConsentWay.SPOKEN, "2026-1", "Her mother"
    )
    assessment = Assessment(
        id="A1", patient=record.patient, visit_id="v1", visit_date=date(2024, 1, 2), made_at=NOW, program_version="1",
        clinic=Clinic("c", "c", {}), inputs=(), explanations=(), headline_pack=None,
        results=(
            RiskResult(pack, Status.OK, (OutputValue("risk_10y", 0.123), OutputValue("stage", "g3a")), {}, ()),
            RiskResult(PackRef("mute", "2", "cd"), Status.REFUSED, (OutputValue("points", None),), {}, refusal),
        ),
        ranges=(RangeResult(PackRef(WHO, "3", "ef"), (OutputSpread("risk_10y", 0.10004, 0.2, 0.35),), (), ()),),
    )  # fmt: skip
    facts = RecordFacts(
        clinic_name="Maple Lane",
        country="GBR",
        made_at=NOW,
        program="0.1.0",
        practice=False,
        record=record,
        consents=(Consent("k1", consent, NOW, "Ada", counts=True),),
        assessments=(assessment,),
        manifests={WHO: packs[WHO]},
        reports=(("2024-01-03", "patient", "AB-CDEF"),),
        seen=Table(("When", "Who"), (("Today", "Ada"),), (1, 1)),
    )
    flat = "".join("".join(pages_of(record_document(facts, language, Paper.A4, "record.json"))).split())
    for said in (
        "P7", "Žofie<b>Nováková</b>", "1957", "137", "mmHg", "“137mmHg”", "people.csv", "negative", "<1.5",
        "Toldbyphone", "Amlodipin5", "ccb", "Penicillin", "Rash", "61", "2020-05", "0.123", "g3a", "10.0%", "35.0%",
        "AB-CDEF", "Hermother", "record.json", "Today",
    ):  # fmt: skip
        assert said in flat, said
    words = load_wording(language)
    for key in ("persons.record.word.suspected", "persons.record.word.severe", "persons.record.no_result"):
        assert "".join(words.say(key).split()) in flat
