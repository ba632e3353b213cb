"""What a clinician should see at once or doubt: alarms, and inputs that are missing, assumed, doubtful or old."""

from __future__ import annotations

from datetime import date

from engine.domain.assessment import InputUsed
from engine.domain.report import Remarks, Sentence
from engine.domain.results import Status
from engine.packs.manifest import Input, Manifest
from engine.report.alarms import alarms
from engine.report.case import Case, OpenRange
from engine.report.formats import within_sentence
from engine.report.notes import missing_fields
from engine.report.notes import remarks as result_remarks
from engine.report.ranges import advice, assumed
from engine.report.sentences import say

OLD_DAYS = 365


def findings(case: Case) -> Remarks:
    """Return the list; one sentence says so when there is nothing to tell."""
    items = (
        *_urgent(case),
        *_missing(case),
        *_next_test(case),
        *_assumed(case),
        *_doubtful(case),
        *_old(case),
    )
    return Remarks(
        title=case.wording.say("report.findings.title"),
        items=items or (say(case.wording, "report.findings.nothing"),),
    )


def _urgent(case: Case) -> tuple[Sentence, ...]:
    raised = alarms(case.assessment, case.manifests)
    return tuple(say(case.wording, "report.findings.urgent", reason=words.get(case.language)) for words in raised)


def _missing(case: Case) -> tuple[Sentence, ...]:
    """Name what the leading tool needs or could have used, and a list that nobody confirmed."""
    found: list[Sentence] = []
    lead = case.lead
    if lead is not None and lead.risk is None:
        in_range = _own_range(case) is not None  # then each is told with what was taken for it
        if not in_range and (needed := _labels(case, list(missing_fields(lead.result)))):
            found.append(say(case.wording, "report.findings.needed", fields=needed))
    elif lead is not None:
        optional = _labels(case, [each.field for each in _absent(case, lead.manifest) if each.default is None])
        if optional:
            found.append(say(case.wording, "report.findings.optional", fields=optional))
    if "medicines" not in case.assessment.patient.lists_confirmed:
        found.append(say(case.wording, "report.findings.medicines"))
    return tuple(found)


def _own_range(case: Case) -> OpenRange | None:
    """Return the range where it stands in place of the leading number."""
    lead, given = case.lead, case.range
    if lead is None or given is None or lead.risk is not None or given.manifest.id != lead.manifest.id:
        return None
    return given


def _next_test(case: Case) -> tuple[Sentence, ...]:
    """Tell what to find out first and, of several, how much each would take away of the range."""
    given = case.range
    if given is None:
        return ()
    asked = say(case.wording, "report.findings.next_test", advice=advice(case, given))
    tests = given.found.next_tests
    if len(tests) < 2:
        return (asked,)
    shares = case.wording.say("report.list.comma").join(
        case.wording.say(
            "report.findings.test_share",
            field=within_sentence(case.values.label(test.field)),
            share=case.formats.fixed(test.removes * 100, 0),
        )
        for test in tests
    )
    each = say(case.wording, "report.findings.next_tests", shares=shares)
    return (each,) if _own_range(case) is not None else (asked, each)


def _assumed(case: Case) -> tuple[Sentence, ...]:
    lead = case.lead
    if (given := _own_range(case)) is not None:
        return tuple(say(case.wording, "report.findings.taken", sentence=each) for each in assumed(case, given))
    if lead is None or lead.result.status is Status.REFUSED:
        return ()
    found = []
    for each in _absent(case, lead.manifest):
        if each.default is not None:
            default = str(case.values.exact(each.field, each.default))
            found.append(
                say(case.wording, "report.findings.assumed", field=case.values.label(each.field), value=default)
            )
    return tuple(found)


def _doubtful(case: Case) -> tuple[Sentence, ...]:
    found: list[Sentence] = []
    if case.age_is_rough:
        found.append(say(case.wording, "report.findings.birth_year"))
    lead, given = case.lead, _own_range(case)
    if lead is not None and (lead.risk is not None or given is not None):
        found += [
            say(case.wording, "report.findings.doubtful", remark="".join(run.text for run in remark))
            for remark in result_remarks(case, lead.manifest, given.found if given else lead.result)
        ]
    return tuple(found)


def _old(case: Case) -> tuple[Sentence, ...]:
    """Return one sentence for all that was taken on one day, the oldest first."""
    by_day: dict[date, list[InputUsed]] = {}
    for used in case.assessment.inputs:
        if used.age_days > OLD_DAYS and used.on:
            by_day.setdefault(used.on, []).append(used)
    return tuple(_old_sentence(case, day, by_day[day]) for day in sorted(by_day))


def _old_sentence(case: Case, day: date, taken: list[InputUsed]) -> Sentence:
    return say(
        case.wording,
        "report.findings.old",
        day=case.formats.day(day),
        months=taken[0].age_days * 12 // 365,
        fields=_labels(case, [used.field for used in taken]),
    )


def _absent(case: Case, manifest: Manifest) -> list[Input]:
    return [each for each in manifest.inputs if each.field not in case.known]


def _labels(case: Case, fields: list[str]) -> str:
    return case.formats.listed(tuple(within_sentence(case.values.label(field)) for field in fields))
