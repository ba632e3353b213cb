"""Whatever stands in a table, an import ends with a plan: every row kept or parked, nothing impossible kept."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.fields import Kind, load_dictionary
from engine.intake.plan import ImportPlan
from tests.engine.intake.plans import plan_file

# fmt: off
HEADERS = (
    "Patient ID", "Name", "First name", "Surname", "Date of birth", "Year of birth", "Sex", "Phone", "Visit date",
    "Visit date 2", "Next visit", "SBP", "DBP", "SBP2", "DBP2", "BP", "Left SBP", "Right SBP", "Height",
    "Height (ft in)",
    "Weight (kg)", "Chol", "HbA1c", "Creatinine (mg/dL)", "Smoking", "Diabetes", "Stroke", "heart attack", "身份证号",
    "Test", "Result", "Unit", "Notes", "", "Whatever", "Age", "UACR",
)
CELLS = (
    "", "-", "NA", "P1", "P2", "Ann", "王小明", "1960-01-02", "03/04/1960", "13/04/60", "1960",
    "民國65年2月10日", "45356", "20240105",
    "2024-01-05", "2090-01-01", "05/06/2024", "120", "80", "120/80", "300", "5.6", "5,6", "1,234", "<0.5", "negative",
    "5'7\"", "66 in", "170cm", "mmol/L", "Yes", "No", "1", "2", "0", "M", "F", "H", "女", "current", "never", "Total",
    "990309197307028687", "9.90309197307029E+17", "#DIV/0!", "=1+1", "TC", "空腹血糖",
    "１２０", "٣", "12³", "½", "∞", "nan", "inf",
    "1e400", "-0", "--5", "\u200b", "0000-00-00", "99999999", "Patient ID", "Name", "x" * 40_000,
)
# fmt: on
DICTIONARY = load_dictionary()
columns = st.lists(st.sampled_from(HEADERS), min_size=2, max_size=9)
cells = st.one_of(st.sampled_from(CELLS), st.text(max_size=12))


@st.composite
def tables(draw: st.DrawFn) -> str:
    headers = draw(columns)
    rows = draw(st.lists(st.lists(cells, min_size=len(headers), max_size=len(headers)), min_size=1, max_size=12))
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([["Patient ID", *headers], *[["P7", *row] for row in rows]])
    return text.getvalue()


@settings(
    derandomize=True, max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(tables())
def test_any_table_ends_with_a_plan(tmp_path: Path, text: str) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    plan = plan_file(path)
    check_plan(plan)
    answered = plan_file(
        path, {question.id: question.guess for question in plan.questions if question.guess is not None}
    )
    check_plan(answered)
    assert {question.id for question in answered.questions} <= {question.id for question in plan.questions}


def check_plan(plan: ImportPlan) -> None:
    if plan.rejection is not None:
        return
    assert plan.identified is not None
    entries = plan.identified.entries
    assert len(entries.rows) + len(plan.parked) == plan.rows_read
    assert not set(entries.rows) & {row.row for row in plan.parked} or plan.layout != "one_row_per_visit"
    assert all(row.problems for row in plan.parked)
    assert len({(column.field, column.reading) for column in entries.columns}) == len(entries.columns)
    for column in entries.columns:
        known = DICTIONARY[column.field]
        assert len(column.values) == len(column.texts) == len(entries.rows)
        for value in column.values:
            if value is None:
                continue
            assert known.kind is not Kind.CATEGORY or value in known.category_codes
            assert (known.kind is Kind.BOOLEAN) == isinstance(value, bool)
            if known.kind is Kind.NUMBER:
                assert isinstance(value, float)
                assert known.hard_min is None or known.hard_min - 1e-6 <= value <= (known.hard_max or value) + 1e-6
