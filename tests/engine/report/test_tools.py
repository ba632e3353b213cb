"""The other tools on the clinician's side: who is heard, and what is owed to the owners of those heard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.domain.assessment import Assessment
from engine.domain.report import Sentence
from engine.domain.results import Code, Note, OutputValue, PackRef, RiskResult, Status
from engine.packs import Manifest
from engine.packs.manifest import Words
from engine.report import ReportOptions, compose


def text(sentence: Sentence) -> str:
    return "".join(run.text for run in sentence).replace("\u00a0", " ")


def answer(manifest: Manifest, *lacking: str) -> RiskResult:
    """An answer of a pack, or its refusal for want of these fields."""
    outputs = tuple(OutputValue(output.name, None if lacking else 0.123) for output in manifest.outputs)
    notes = tuple(Note(field, Code.MISSING) for field in lacking)
    status = Status.REFUSED if lacking else Status.OK
    return RiskResult(PackRef(manifest.id, manifest.version, manifest.digest), status, outputs, {}, notes)


def told(made: Assessment, packs: Mapping[str, Manifest], language: str = "en") -> dict[str, str]:
    tools = compose(made, packs, ReportOptions(language)).clinician.tools
    return {row.name: text(row.answer) for row in tools.rows} if tools is not None else {}


def with_results(made: Assessment, *more: RiskResult) -> Assessment:
    leading = tuple(result for result in made.results if result.pack.id == made.headline_pack)
    return replace(made, results=(*leading, *more))


def test_a_refusal_about_the_question_of_the_page_is_told_whatever_is_missing(
    typical: Assessment, packs: Mapping[str, Manifest]
) -> None:
    made = with_results(typical, answer(packs["framingham_2008_lab"], "hdl_mmol_l", "sbp_mmhg", "diabetes"))
    assert list(told(made, packs)) == [packs["framingham_2008_lab"].title.en]


def test_a_tool_for_another_question_is_told_only_where_one_value_is_all_it_lacks(
    typical: Assessment, packs: Mapping[str, Manifest]
) -> None:
    fib4 = packs["fib4"]
    nearly, far = answer(fib4, "platelets_10e9_l"), answer(fib4, "platelets_10e9_l", "ast_u_l")
    assert list(told(with_results(typical, nearly), packs)) == [fib4.title.en]
    assert told(with_results(typical, far), packs) == {}


def test_a_tool_that_nearly_answered_is_silent_where_another_answered_its_question(
    typical: Assessment, packs: Mapping[str, Manifest]
) -> None:
    better = answer(packs["ckdepi_2021_cr_cys"], "cystatin_c_mg_l")
    made = with_results(typical, answer(packs["ckdepi_2021_cr"]), better)
    assert list(told(made, packs)) == [packs["ckdepi_2021_cr"].title.en]


def test_credit_and_notice_stand_where_a_number_is_shown_and_only_there(
    typical: Assessment, packs: Mapping[str, Manifest]
) -> None:
    owned = packs["qrisk3_2017"]
    assert owned.licence.credit is not None
    assert owned.licence.notice is not None
    for language in ("en", "zh"):
        words = [owned.licence.credit.get(language), owned.licence.notice.get(language)]
        shown = compose(with_results(typical, answer(owned)), packs, ReportOptions(language))
        silent = compose(with_results(typical, answer(owned, "sbp_mmhg")), packs, ReportOptions(language))
        small = "\n".join(map(text, shown.clinician.small_print))
        assert all(f"{owned.title.get(language)}" in small and each in small for each in words)
        assert not [each for each in words if each in "\n".join(map(text, silent.clinician.small_print))]
        assert owned.title.get(language) not in "\n".join(map(text, shown.patient.small_print))


def test_what_is_for_checking_only_is_on_no_page(typical: Assessment, packs: Mapping[str, Manifest]) -> None:
    said = told(with_results(typical, answer(packs["meld"])), packs)[packs["meld"].title.en]
    assert packs["meld"].output("score").label.en in said
    assert packs["meld"].output("raw").label.en not in said


def test_a_reason_that_is_a_sentence_has_one_full_stop(typical: Assessment, packs: Mapping[str, Manifest]) -> None:
    tool = packs["framingham_2008_lab"]
    reason = replace(tool.exclusions[0], reason=Words("Made from women.", "由女性建立。"))
    made_from = replace(tool, exclusions=(reason,))
    refused = replace(answer(made_from, "sbp_mmhg"), notes=(Note(reason.field, Code.EXCLUDED, 0),))
    for language, said, twice in (("en", "Made from women.", ".."), ("zh", "由女性建立。", "。。")):
        words = told(with_results(typical, refused), {**packs, tool.id: made_from}, language)[tool.title.get(language)]
        assert said in words
        assert twice not in words
