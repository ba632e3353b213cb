"""The same visits come out of a table however it is written."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.intake.plan import ImportPlan, Outcome
from tests.engine.intake.plans import is_same, plan_file, values_by_row
from tests.engine.intake.variations import DATES, HEADERS, UNITS, Style, Written, people, write_table

ENCODINGS = {
    "en": ("utf-8", "utf-8-sig", "utf-16", "cp1252", "gb18030"),
    "zh": ("utf-8", "utf-8-sig", "utf-16", "gb18030"),
    "es": ("utf-8", "utf-8-sig", "cp1252"),
    "fr": ("utf-8", "cp1252"),
    "pt": ("utf-8", "cp1252"),
    "de": ("utf-8-sig", "cp1252"),
}
UNIT_FORMS = (
    "{name} ({unit})",
    "{name}({unit})",
    "{name} [{unit}]",
    "{name} {unit}",
    "{name}（{unit}）",
    "{name}/{unit}",
)


@st.composite
def styles(draw: st.DrawFn) -> Style:
    language = draw(st.sampled_from(sorted(HEADERS)))
    encoding = draw(st.sampled_from(ENCODINGS[language]))
    western = encoding == "cp1252"
    units = draw(st.sampled_from(["si", "us"] if western else sorted(UNITS)))
    dates = [name for name in DATES if not (western and name in {"chinese", "full width", "republic"})]
    forms = UNIT_FORMS[:4] if western else UNIT_FORMS
    return Style(
        language=language,
        units=units,
        dates=draw(st.sampled_from(dates)),
        decimal=draw(st.sampled_from([".", ","])),
        delimiter=draw(st.sampled_from([",", ";", "\t", "|"])),
        encoding=encoding,
        line_end=draw(st.sampled_from(["\r\n", "\n", "\r"])),
        unit_form=draw(st.sampled_from(forms)),
        titles=draw(
            st.sampled_from([(), ("Clinic register", "Printed 30/06/2025"), ("Batch 7", "", "Operator: test")])
        ),
        quote_all=draw(st.booleans()),
        order=draw(st.integers(0, 5)),
    )


def check_same(plan: ImportPlan, written: Written) -> None:
    assert plan.outcome is Outcome.OK, (plan.rejection, [question.id for question in plan.questions])
    assert [row.problems for row in plan.parked] == []
    found = values_by_row(plan)
    assert found.keys() == written.values.keys()
    for row, expected in written.values.items():
        different = {name: (found[row].get(name), value) for name, value in expected.items()
                     if not is_same(found[row].get(name), value)}  # fmt: skip
        assert different == {}
        assert found[row].keys() == expected.keys()


@settings(derandomize=True, max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(style=styles(), seed=st.integers(0, 50))
def test_visits_come_out_however_they_are_written(style: Style, seed: int, tmp_path: Path) -> None:
    written = write_table(people(24, style.language, seed), style)
    path = tmp_path / "table.csv"
    path.write_bytes(written.data)
    check_same(plan_file(path), written)
