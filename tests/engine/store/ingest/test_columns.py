"""Where each value came from; what a whole column shares stands once."""

from __future__ import annotations

from engine.domain.record import Conversion, SourceKind
from engine.store import (
    Vault,
    imports,
    load_record,
)
from tests.engine.store.entering import ANN, Sheet, store


def test_an_imported_value_tells_file_sheet_row_column_text_and_conversion(vault: Vault, sheet: Sheet) -> None:
    conversion = Conversion("mg/dL", "mmol/L", 1 / 38.67)
    store(
        vault,
        sheet,
        [ANN | {"hdl_mmol_l": 1.3}, ANN | {"person": "bo", "hdl_mmol_l": 1.4}],
        texts={"hdl_mmol_l": ["50", None]},
        columns={"hdl_mmol_l": {"conversion": conversion, "rule": "unit_of_header", "index": 4}},
    )
    origins = [
        next(m.origin for m in load_record(vault, person).visits[0].measurements if m.field == "hdl_mmol_l")
        for person in ("ann", "bo")
    ]
    assert [origin.text for origin in origins] == ["50", None]
    assert [origin.row for origin in origins] == [2, 3]
    assert {
        (o.kind, o.actor, o.file_name, o.file_sha256, o.sheet, o.column, o.conversion, o.rule) for o in origins
    } == {
        (
            SourceKind.IMPORTED,
            "Ada Okafor",
            "visits.csv",
            "ab" * 32,
            "Sheet1",
            "Header of hdl_mmol_l",
            conversion,
            "unit_of_header",
        )
    }


def test_words_that_a_column_always_writes_the_same_way_are_stored_once(vault: Vault, sheet: Sheet) -> None:
    rows = [ANN | {"person": f"p{n}", "diabetes": n % 2 == 0, "smoker": None} for n in range(100)]
    texts = {"diabetes": ["Yes" if n % 2 == 0 else "No" for n in range(100)]}
    store(vault, sheet, rows, texts=texts)
    assert vault._database.rows("SELECT count(written) FROM measurement") == [(0,)]
    for person, text in (("p0", "Yes"), ("p1", "No")):
        origin = load_record(vault, person).visits[0].measurements[-1].origin
        assert (origin.column, origin.text) == ("Header of diabetes", text)


def test_words_that_a_column_writes_in_several_ways_stay_with_each_value(vault: Vault, sheet: Sheet) -> None:
    texts = ["Yes", "Y", "yes", None]
    rows = [ANN | {"person": f"p{n}", "diabetes": True} for n in range(4)]
    store(vault, sheet, rows, texts={"diabetes": texts})
    seen = [load_record(vault, f"p{n}").visits[0].measurements[-1].origin.text for n in range(4)]
    assert seen == texts


def test_a_row_may_have_a_conversion_of_its_own(vault: Vault, sheet: Sheet) -> None:
    usual, other = Conversion("mmol/L", "mmol/L", 1.0), Conversion("mg/dL", "mmol/L", 1 / 18.016)
    rows = [ANN | {"fasting_glucose_mmol_l": 5.0}, ANN | {"person": "bo", "fasting_glucose_mmol_l": 5.5}]
    column = {"conversion": usual, "row_conversions": {1: other}}
    store(vault, sheet, rows, columns={"fasting_glucose_mmol_l": column})
    seen = [load_record(vault, p).visits[0].measurements[-1].origin.conversion for p in ("ann", "bo")]
    assert seen == [usual, other]


def test_a_value_set_for_the_whole_file_says_so(vault: Vault, sheet: Sheet) -> None:
    store(vault, sheet, [ANN | {"cvd_history": True}], columns={"cvd_history": {"set_for_file": True}})
    kinds = {m.field: m.origin.kind for m in load_record(vault, "ann").visits[0].measurements}
    assert kinds == {"sbp_mmhg": SourceKind.IMPORTED, "cvd_history": SourceKind.SET_FOR_FILE}


def test_a_typed_value_tells_who_and_when_and_no_file(vault: Vault, sheet: Sheet) -> None:
    store(vault, sheet, [ANN], kind=SourceKind.TYPED)
    origin = load_record(vault, "ann").visits[0].measurements[0].origin
    assert (origin.kind, origin.actor, origin.file_name, origin.row) == (SourceKind.TYPED, "Ada Okafor", None, None)
    assert imports(vault) == ()


def test_a_value_typed_in_another_unit_tells_text_and_conversion(vault: Vault, sheet: Sheet) -> None:
    conversion = Conversion("mg/dL", "mmol/L", 1 / 38.67)
    store(
        vault,
        sheet,
        [ANN | {"hdl_mmol_l": 1.3}],
        kind=SourceKind.TYPED,
        texts={"hdl_mmol_l": ["50"]},
        columns={"hdl_mmol_l": {"conversion": conversion}},
    )
    origin = load_record(vault, "ann").visits[0].measurements[-1].origin
    assert (origin.kind, origin.text, origin.conversion) == (SourceKind.TYPED, "50", conversion)


def test_an_import_is_told_with_its_counts(vault: Vault, sheet: Sheet) -> None:
    counts = store(vault, sheet, [ANN, ANN])
    (summary,) = imports(vault)
    assert (summary.file_name, summary.actor, summary.counts) == ("visits.csv", "Ada Okafor", counts)
