"""Storing entries: new, updated, repeated; all or nothing; the same again changes nothing."""

from __future__ import annotations

import traceback
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.domain.entries import Counts, EntryColumn, IdentifiedEntries
from engine.domain.record import SourceKind, Value
from engine.errors import BugError
from engine.store import (
    Vault,
    apply_entries,
    edit_identity,
    imports,
    load_patient,
    load_record,
    move_visit,
    remove_value,
    remove_visit,
    value_history,
)
from tests.engine.store.entering import ANN, Dump, Sheet, new, store, values


class TestNewVisits:
    def test_every_kind_of_value_reads_back_as_it_was(self, vault: Vault, sheet: Sheet) -> None:
        row = {
            **ANN,
            "smoker": "former",
            "diabetes": True,
            "on_statin": False,
            "hba1c_percent": 6.25,
            "next_visit_date": "2024-04-02",
            "notes": "0042",
            "pack.score": 3.5,
            "pack.word": "word",
        }
        assert store(vault, sheet, [row]) == new(1)
        given_values = {k: [v] for k, v in row.items() if k not in {"person", "visit_date", "patient_id", "name"}}
        assert values(vault) == {"2024-01-02": given_values}
        assert [type(v) for (v,) in values(vault)["2024-01-02"].values()] == [type(v) for (v,) in given_values.values()]

    def test_an_absent_value_is_not_stored(self, vault: Vault, sheet: Sheet) -> None:
        store(vault, sheet, [{**ANN, "smoker": None, "dbp_mmhg": None}])
        assert values(vault) == {"2024-01-02": {"sbp_mmhg": [140.0]}}

    def test_several_readings_are_kept_in_order(self, vault: Vault, sheet: Sheet) -> None:
        store(vault, sheet, [{**ANN, "sbp_mmhg#2": 150.0, "sbp_mmhg#3": 145.0}])
        assert values(vault)["2024-01-02"]["sbp_mmhg"] == [140.0, 150.0, 145.0]

    def test_a_qualifier_stays_with_its_value_or_without_one(self, vault: Vault, sheet: Sheet) -> None:
        rows = [ANN | {"uacr_mg_g": 3.0}, ANN | {"person": "bo", "uacr_mg_g": None}, ANN | {"person": "cy"}]
        store(
            vault,
            sheet,
            rows,
            texts={"uacr_mg_g": ["<3", "阴性", None]},
            columns={"uacr_mg_g": {"qualifiers": {0: "<", 1: "negative"}}},
        )
        seen = [
            (m.value, m.qualifier, m.origin.text)
            for person in ("ann", "bo", "cy")
            for m in load_record(vault, person).visits[0].measurements
            if m.field == "uacr_mg_g"
        ]
        assert seen == [(3.0, "<", "<3"), (None, "negative", "阴性")]

    def test_a_visit_of_a_person_with_nothing_measured_is_a_visit(self, vault: Vault, sheet: Sheet) -> None:
        store(vault, sheet, [{"person": "ann", "visit_date": "2024-01-02"}])
        assert values(vault) == {"2024-01-02": {}}

    def test_hostile_text_is_only_text(self, vault: Vault, sheet: Sheet) -> None:
        hostile = "Robert'); DROP TABLE patient;-- \x00 😀 =1+1 'nul\x1f"
        store(vault, sheet, [{**ANN, "name": hostile, "notes": hostile}])
        assert load_patient(vault, "ann").name == hostile
        assert values(vault)["2024-01-02"]["notes"] == [hostile]


class TestRepeats:
    def test_the_same_row_twice_in_a_file_is_repeated(self, vault: Vault, sheet: Sheet) -> None:
        assert store(vault, sheet, [ANN, ANN]) == Counts(rows_read=2, rows_new=1, rows_repeated=1)

    def test_the_same_file_again_changes_nothing(self, vault: Vault, sheet: Sheet, dump: Dump) -> None:
        rows = [ANN, ANN | {"visit_date": "2024-02-02", "phone": "123"}, ANN | {"person": "bo", "patient_id": "P2"}]
        assert store(vault, sheet, rows) == new(3)
        before = dump(vault)
        assert store(vault, sheet, rows) == Counts(rows_read=3, rows_repeated=3)
        assert dump(vault) == before

    @pytest.mark.parametrize(
        "edit",
        ["value", "value removed", "visit moved", "visit removed", "phone", "name"],
    )
    def test_the_same_file_again_changes_nothing_of_what_was_edited_since(
        self, vault: Vault, sheet: Sheet, dump: Dump, edit: str
    ) -> None:
        rows = [ANN | {"phone": "1"}, ANN | {"visit_date": "2024-02-02", "phone": "2"}]
        store(vault, sheet, rows)
        visit = load_record(vault, "ann").visits[1]
        if edit == "value":
            store(vault, sheet, [ANN | {"visit_date": "2024-02-02", "sbp_mmhg": 99.0}], kind=SourceKind.TYPED)
        elif edit == "value removed":
            remove_value(vault, visit.id, "sbp_mmhg", 1, "user-1")
        elif edit == "visit moved":
            move_visit(vault, visit.id, "user-1", to_date=date(2024, 2, 3))
        elif edit == "visit removed":
            remove_visit(vault, visit.id, "user-1")
        else:
            edit_identity(vault, "ann", {edit: "other"}, "user-1")
        before = dump(vault)
        assert store(vault, sheet, rows) == Counts(rows_read=2, rows_repeated=2)
        assert dump(vault) == before

    def test_the_columns_may_come_in_another_order(self, vault: Vault, sheet: Sheet) -> None:
        store(vault, sheet, [ANN | {"dbp_mmhg": 80.0, "smoker": None}])
        swapped = {"dbp_mmhg": 80, **ANN}  # 80 and 80.0 are one number, an empty column is no content
        assert store(vault, sheet, [swapped]) == Counts(rows_read=1, rows_repeated=1)

    def test_a_row_that_only_repeats_part_of_what_is_stored_changes_nothing(
        self, vault: Vault, sheet: Sheet, dump: Dump
    ) -> None:
        store(vault, sheet, [ANN | {"dbp_mmhg": 80.0}])
        before = dump(vault)
        assert store(vault, sheet, [ANN]) == Counts(rows_read=1, rows_repeated=1)
        after = dump(vault)
        del before["import_row"], after["import_row"]  # that this row was seen is remembered
        assert after == before

    def test_the_same_values_on_another_day_are_a_visit_of_their_own(self, vault: Vault, sheet: Sheet) -> None:
        assert store(vault, sheet, [ANN, ANN | {"visit_date": "2024-01-03"}]) == new(2)

    def test_typing_an_old_value_again_counts(self, vault: Vault, sheet: Sheet) -> None:
        for number in (140.0, 150.0, 140.0):
            store(vault, sheet, [ANN | {"sbp_mmhg": number}], kind=SourceKind.TYPED)
            assert values(vault)["2024-01-02"]["sbp_mmhg"] == [number]


class TestUpdates:
    def test_a_value_that_was_missing_is_added(self, vault: Vault, sheet: Sheet) -> None:
        store(vault, sheet, [ANN])
        assert store(vault, sheet, [ANN | {"hdl_mmol_l": 1.2}]) == Counts(rows_read=1, rows_updated=1)
        assert values(vault) == {"2024-01-02": {"sbp_mmhg": [140.0], "hdl_mmol_l": [1.2]}}

    def test_a_value_that_differs_supersedes_and_the_old_one_stays_in_the_history(
        self, vault: Vault, sheet: Sheet
    ) -> None:
        store(vault, sheet, [ANN])
        assert store(vault, sheet, [ANN | {"sbp_mmhg": 135.0}], file_name="later.csv") == Counts(
            rows_read=1, rows_updated=1
        )
        assert values(vault)["2024-01-02"]["sbp_mmhg"] == [135.0]
        (past,) = value_history(vault, load_record(vault, "ann").visits[0].id, "sbp_mmhg")
        assert (past.measurement.value, past.measurement.origin.file_name, past.ended_by) == (
            140.0,
            "visits.csv",
            "Ada Okafor",
        )

    def test_rows_count_in_file_order_and_the_last_one_stays(self, vault: Vault, sheet: Sheet) -> None:
        rows = [ANN, ANN | {"sbp_mmhg": 150.0}, ANN | {"sbp_mmhg": 160.0}, ANN | {"dbp_mmhg": 90.0}]
        assert store(vault, sheet, rows) == Counts(rows_read=4, rows_new=1, rows_updated=3)
        # The last row repeats the first one's pressure, so that is the last word of the file.
        assert values(vault) == {"2024-01-02": {"sbp_mmhg": [140.0], "dbp_mmhg": [90.0]}}
        visit = load_record(vault, "ann").visits[0].id
        assert [past.measurement.value for past in value_history(vault, visit, "sbp_mmhg")] == [140.0, 150.0, 160.0]

    def test_a_qualifier_alone_is_a_difference(self, vault: Vault, sheet: Sheet) -> None:
        store(vault, sheet, [ANN | {"uacr_mg_g": 3.0}])
        counts = store(vault, sheet, [ANN | {"uacr_mg_g": 3.0}], columns={"uacr_mg_g": {"qualifiers": {0: "<"}}})
        assert counts.rows_updated == 1
        assert load_record(vault, "ann").visits[0].measurements[-1].qualifier == "<"

    def test_a_file_does_not_bring_back_what_a_person_corrected_or_removed(self, vault: Vault, sheet: Sheet) -> None:
        store(vault, sheet, [ANN | {"dbp_mmhg": 80.0}])
        store(vault, sheet, [ANN | {"sbp_mmhg": 120.0}], kind=SourceKind.TYPED)
        remove_value(vault, load_record(vault, "ann").visits[0].id, "dbp_mmhg", 1, "user-1")
        counts = store(vault, sheet, [ANN | {"dbp_mmhg": 80.0, "hdl_mmol_l": 1.2}])
        assert counts.rows_updated == 1
        assert values(vault) == {"2024-01-02": {"sbp_mmhg": [120.0], "hdl_mmol_l": [1.2]}}

    def test_a_file_with_another_value_corrects_what_a_person_typed(self, vault: Vault, sheet: Sheet) -> None:
        store(vault, sheet, [ANN], kind=SourceKind.TYPED)
        store(vault, sheet, [ANN | {"sbp_mmhg": 141.0}])
        assert values(vault)["2024-01-02"]["sbp_mmhg"] == [141.0]

    def test_many_rows_about_known_visits(self, vault: Vault, sheet: Sheet) -> None:
        rows = [ANN | {"person": f"p{n}", "patient_id": f"P{n}", "sbp_mmhg": 100.0 + n % 50} for n in range(12_000)]
        store(vault, sheet, rows)
        changed = [row | {"dbp_mmhg": 70.0} if n % 2 else row for n, row in enumerate(rows)]
        assert store(vault, sheet, changed) == Counts(rows_read=12_000, rows_updated=6_000, rows_repeated=6_000)
        assert vault._database.rows("SELECT count(*), sum(number) FROM measurement") == [
            (18_000, sum(100.0 + n % 50 for n in range(12_000)) + 6_000 * 70.0)
        ]


class TestWhole:
    def test_a_rehearsal_counts_and_changes_nothing(self, vault: Vault, sheet: Sheet, dump: Dump) -> None:
        store(vault, sheet, [ANN])
        before, log = dump(vault), vault._database.rows("SELECT * FROM audit")
        entries = sheet([ANN, ANN | {"hdl_mmol_l": 1.0}, ANN | {"person": "bo", "new.field": 1.0}])
        counts = apply_entries(vault, entries, actor="user-1", rehearse=True)
        assert counts == Counts(rows_read=3, rows_new=1, rows_updated=1, rows_repeated=1)
        assert dump(vault) == before
        assert vault._database.rows("SELECT * FROM audit") == log
        assert apply_entries(vault, entries, actor="user-1") == counts

    def test_an_error_in_the_middle_leaves_nothing(self, vault: Vault, sheet: Sheet, dump: Dump) -> None:
        before, log = dump(vault), vault._database.rows("SELECT * FROM audit")
        secret = "under " + str(120)
        with pytest.raises(BugError, match="entry_value_kind") as caught:
            store(vault, sheet, [ANN, ANN | {"person": "bo", "sbp_mmhg": secret}])
        assert secret not in "".join(traceback.format_exception(caught.value))
        assert dump(vault) == before
        assert vault._database.rows("SELECT * FROM audit") == log
        store(vault, sheet, [ANN])

    def test_the_log_tells_counts_and_people_and_no_values(self, vault: Vault, sheet: Sheet) -> None:
        store(vault, sheet, [ANN])
        ((action, actor, subjects, detail),) = vault._database.rows(
            "SELECT action, actor, subjects, detail FROM audit ORDER BY seq DESC LIMIT 1"
        )
        assert (action, actor, subjects) == ("entry.import", "user-1", '["ann"]')
        assert '"rows_new":1' in detail
        assert "140" not in detail
        assert "Briain" not in detail

    @pytest.mark.parametrize(
        "broken",
        [
            {"columns": {"sbp_mmhg": {"reading": 0}}},
            {"columns": {"sbp_mmhg": {"reading": 256}}},
            {"texts": {"sbp_mmhg": []}},
        ],
    )
    def test_entries_that_do_not_hold_together_are_our_bug(
        self, vault: Vault, sheet: Sheet, broken: dict[str, Any]
    ) -> None:
        if "columns" in broken:
            entries = sheet([{"person": "ann", "visit_date": "2024-01-02"}])
            column = EntryColumn("sbp_mmhg", [1.0], [None], **broken["columns"]["sbp_mmhg"])
            whole = type(entries.entries)(entries.entries.source, entries.entries.rows, (column,))
            entries = IdentifiedEntries(whole, ["ann"], frozenset(["ann"]), ["2024-01-02"])
        else:
            entries = sheet([ANN], **broken)
        with pytest.raises(BugError):
            apply_entries(vault, entries, actor="user-1")

    def test_a_visit_date_that_is_none_is_our_bug_and_is_not_told(self, vault: Vault, sheet: Sheet) -> None:
        day = "31/12/" + str(1931)
        with pytest.raises(BugError, match="entries_visit_date") as caught:
            store(vault, sheet, [ANN | {"visit_date": day}])
        assert day not in "".join(traceback.format_exception(caught.value))

    def test_two_columns_for_one_reading_are_our_bug(self, vault: Vault, sheet: Sheet) -> None:
        entries = sheet([ANN])
        columns = (*entries.entries.columns, entries.entries.columns[-1])
        whole = type(entries.entries)(entries.entries.source, entries.entries.rows, columns)
        with pytest.raises(BugError, match="entries_column_twice"):
            apply_entries(
                vault,
                IdentifiedEntries(whole, entries.person_ids, entries.new_person_ids, entries.visit_dates),
                actor="user-1",
            )

    def test_an_empty_set_of_entries_is_an_import_all_the_same(self, vault: Vault, sheet: Sheet) -> None:
        assert store(vault, sheet, []) == Counts()
        assert len(imports(vault)) == 1


cell = st.one_of(st.none(), st.sampled_from([100.0, 120.0, 140.0]))
some_rows = st.lists(
    st.fixed_dictionaries(
        {
            "person": st.sampled_from(["ann", "bo"]),
            "visit_date": st.sampled_from(["2024-01-01", "2024-01-02"]),
            "sbp_mmhg": cell,
            "dbp_mmhg": cell,
            "phone": st.sampled_from([None, "1", "2"]),
        }
    ),
    max_size=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.lists(some_rows, min_size=1, max_size=3))
def test_any_files_store_what_reading_row_by_row_would_give_and_repeat_to_nothing(
    vault: Vault, sheet: Sheet, dump: Dump, files: list[list[dict[str, Value | None]]]
) -> None:
    """The store against the plainest model: dictionaries filled row by row, a seen row passed over."""
    marker = str(vault._database.one("SELECT count(*) FROM audit"))  # fresh people for each example
    named = [[row | {"person": f"{row['person']}{marker}"} for row in rows] for rows in files]
    expected: dict[tuple[str, str], dict[str, Value]] = {}
    seen = set()
    for rows in named:
        for row in rows:
            content = frozenset((key, cell) for key, cell in row.items() if cell is not None)
            if content not in seen:
                place = (str(row["person"]), str(row["visit_date"]))
                measured = {k: v for k, v in row.items() if k.endswith("mmhg") and v is not None}
                expected.setdefault(place, {}).update(measured)
            seen.add(content)
        counts = store(vault, sheet, rows)
        assert counts.reconciles()
    stored = {
        (person, day): {field: numbers[0] for field, numbers in fields.items()}
        for person in {place[0] for place in expected}
        for day, fields in values(vault, person).items()
    }
    assert stored == expected
    before = dump(vault)
    for rows in named:
        assert store(vault, sheet, rows).rows_repeated == len(rows)
    assert dump(vault) == before
