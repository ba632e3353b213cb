"""The list of patients: loaded from a real clinic, searched, sorted, filtered and kept up to date."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.domain.batch import IntArray
from engine.domain.dates import PartialDate
from engine.domain.ports import CancelToken, FixedClock
from engine.errors import Cancelled, UsageError
from engine.intake.typed import TypedValue
from engine.store import edit_identity, find_patients, load_observations, save_assessments
from engine.store.people import load_patient
from engine.workflows.assess import assess_people, current_assessments
from engine.workflows.clinics import OpenClinic, open_clinic
from engine.workflows.panel import Panel, PanelFilter, SortKey, first_people, load_panel, load_panel_rows
from engine.workflows.record import enter_visit, merge_people, unmerge_people
from tests.made_once import new_clinic

CLOCK = FixedClock(datetime(2026, 11, 23, 9, 30, tzinfo=UTC))
PASSPHRASE = "a passphrase for tests"
FULL = {"sex": "M", "smoker": "current", "diabetes": "no", "cvd_history": "no", "bmi_kg_m2": "27"}
Visit = tuple[str, int | None, int | None]
# Name, number, phone, birth date, village, visits: day, systolic, diastolic, more.
PEOPLE: dict[str, tuple[str | None, str | None, str | None, str | None, str | None, list[Visit]]] = {
    "zhang": (
        "张秀兰",
        "P1",
        "138-0013-8000",
        "1960-05-06",
        "河东村",
        [("2026-01-10", 150, 95), ("2026-10-01", 141, 85)],
    ),
    "shan": ("单雄信", "P10", None, "1962", "河西村", [("2026-11-20", 168, 99)]),
    "anna": ("Anna Nováková", "P2", "07700 900123", "1970-03", "Fourways", [("2025-02-01", 141, 80)]),
    "ann": ("Ann P10 Nova", None, "555", "1970-02-03", None, [("2026-10-01", None, None)]),
    "nobody": (None, "P7", None, None, "河东村", [("2024-05-05", 120, 70)]),
}


def _visit(clinic: OpenClinic, person: str | None, day: str, values: dict[str, str]) -> str:
    boxes = [TypedValue(field, text) for field, text in {"visit_date": day, **values}.items()]
    entered = enter_visit(clinic, boxes, person, confirmed=frozenset(values))
    assert entered.problems == ()
    assert entered.person_id is not None
    return entered.person_id


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str], Panel]:
    """The people, stored by typing, and their panel; ``zhang`` and ``shan`` have all that a risk needs."""
    folder = tmp_path_factory.mktemp("made") / "clinic"
    new_clinic(folder, "CHN", PASSPHRASE, CLOCK)
    with open_clinic(folder, PASSPHRASE, CLOCK) as opened:
        ids = {who: _typed(opened, who) for who in PEOPLE}
        assess_people(opened, [ids["zhang"], ids["shan"], ids["anna"]])
        return folder, ids, load_panel(opened)


def _typed(clinic: OpenClinic, who: str) -> str:
    name, number, phone, birth, village, visits = PEOPLE[who]
    identity = {"name": name, "patient_id": number, "phone": phone, "birth_date": birth, "village": village}
    person: str | None = None
    for day, sbp, dbp in visits:
        values = {"sbp_mmhg": sbp, "dbp_mmhg": dbp, **({} if person else identity)}
        if who in ("zhang", "shan"):
            values |= FULL | ({"next_visit_date": "2026-11-01"} if day == "2026-10-01" else {})
        person = _visit(clinic, person, day, {key: str(value) for key, value in values.items() if value is not None})
    return str(person)


@pytest.fixture(scope="module")
def ids(made: tuple[Path, dict[str, str], Panel]) -> dict[str, str]:
    return made[1]


@pytest.fixture(scope="module")
def panel(made: tuple[Path, dict[str, str], Panel]) -> Panel:
    return made[2]


@pytest.fixture
def clinic(made: tuple[Path, dict[str, str], Panel], tmp_path: Path) -> Iterator[OpenClinic]:
    """A copy of the clinic, for tests that change it."""
    shutil.copytree(made[0], tmp_path / "clinic")
    with open_clinic(tmp_path / "clinic", PASSPHRASE, CLOCK) as opened:
        yield opened


def who(panel: Panel, ids: dict[str, str], positions: IntArray) -> list[str]:
    names = {person: name for name, person in ids.items()}
    return [names[panel.row(int(place)).person_id] for place in positions]


def rows(panel: Panel) -> dict[str, object]:
    return {panel.row(place).person_id: panel.row(place) for place in range(len(panel))}


def test_a_line_shows_the_last_visit_and_the_latest_assessment(
    clinic: OpenClinic, panel: Panel, ids: dict[str, str]
) -> None:
    place = panel.position_of(ids["zhang"])
    assert place is not None
    row = panel.row(place)
    assert (row.patient_id, row.name, row.phone, row.village) == ("P1", "张秀兰", "138-0013-8000", "河东村")
    assert (row.birth_date, row.sex) == (PartialDate(1960, 5, 6), "M")
    assert (row.last_visit, row.sbp_mmhg, row.dbp_mmhg) == (date(2026, 10, 1), 141, 85)
    assert row.next_visit == date(2026, 11, 1)
    saved = next(iter(current_assessments(clinic, [ids["zhang"]])))
    lead = next(one for one in saved.results if one.pack.id == saved.headline_pack)
    assert (row.pack, row.risk, row.band) == (saved.headline_pack, lead.output("risk_10y"), lead.bands["main"])
    assert row.assessed
    assert row.missing == ("total_cholesterol_mmol_l",)  # with it the better pack would lead


def test_what_no_number_could_be_given_for_is_told(panel: Panel, ids: dict[str, str]) -> None:
    row = panel.row(int(panel.position_of(ids["anna"]) or 0))
    assert (row.pack, row.risk, row.band) == (None, None, None)
    assert row.assessed
    assert {"sex", "smoker"} <= set(row.missing)
    assert "waist_cm" not in row.missing  # of another topic
    assert panel.row(int(panel.position_of(ids["ann"]) or 0)).missing == ()  # nothing saved, nothing known


def test_an_assessment_of_an_earlier_visit_is_shown_and_told_apart(
    clinic: OpenClinic, panel: Panel, ids: dict[str, str]
) -> None:
    before = panel.row(int(panel.position_of(ids["zhang"]) or 0))
    _visit(clinic, ids["zhang"], "2026-11-22", {"sbp_mmhg": "130", "dbp_mmhg": "80"})
    (after,) = load_panel_rows(clinic, [ids["zhang"]])
    assert (after.risk, after.band, after.assessed) == (before.risk, before.band, False)
    assert (after.sbp_mmhg, after.next_visit) == (130, None)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["zhang", "shan", "anna", "ann", "nobody"]),
        ("秀", ["zhang"]),
        ("秀兰", ["zhang"]),
        ("zhangxiu", ["zhang"]),
        ("xiu lan", ["zhang"]),
        ("zxl", ["zhang"]),
        ("shan", ["shan"]),
        ("dan", ["shan"]),
        ("NOVÁK", ["anna"]),
        ("nova ann", ["ann", "anna"]),
        ("p10", ["shan", "ann"]),
        ("p1", ["zhang", "ann", "shan"]),
        ("1380013", ["zhang"]),
        ("900123", ["anna"]),
        ("p7", ["nobody"]),
        ("李", []),
        ("\udcff", []),
        ("zxl p7", []),
    ],
)
def test_people_are_found_best_match_first(panel: Panel, ids: dict[str, str], query: str, found: list[str]) -> None:
    assert who(panel, ids, panel.find(query)) == found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
@given(query=st.text(st.sampled_from("张秀兰单雄信anovpkzxls1038 7-"), max_size=6))
def test_the_panel_finds_whom_the_store_finds(clinic: OpenClinic, panel: Panel, query: str) -> None:
    stored = [patient.id for patient in find_patients(clinic.vault, query)]
    places = panel.find(query).tolist()
    assert sorted(panel.row(place).person_id for place in places) == sorted(stored)
    assert len(set(places)) == len(places)


@pytest.mark.parametrize(
    ("key", "descending", "order"),
    [
        (SortKey.NAME, False, ["ann", "anna", "shan", "zhang", "nobody"]),
        (SortKey.NAME, True, ["zhang", "shan", "anna", "ann", "nobody"]),
        (SortKey.AGE, False, ["anna", "ann", "shan", "zhang", "nobody"]),
        (SortKey.AGE, True, ["zhang", "shan", "ann", "anna", "nobody"]),
        (SortKey.LAST_VISIT, True, ["shan", "ann", "zhang", "anna", "nobody"]),
        (SortKey.PRESSURE, True, ["shan", "zhang", "anna", "nobody", "ann"]),
        (SortKey.PRESSURE, False, ["nobody", "anna", "zhang", "shan", "ann"]),
        (SortKey.VILLAGE, False, ["anna", "zhang", "nobody", "shan", "ann"]),
        (SortKey.NEXT_VISIT, False, ["zhang", "ann", "anna", "shan", "nobody"]),
    ],
)
def test_columns_sort_and_who_has_no_value_comes_last(
    panel: Panel, ids: dict[str, str], key: SortKey, descending: bool, order: list[str]
) -> None:
    assert who(panel, ids, panel.sorted(key, descending)) == order
    some = np.array([4, 0, 2])
    expected = [name for name in order if name in ("nobody", "zhang", "anna")]
    assert who(panel, ids, panel.sorted(key, descending, among=some)) == expected


def test_risks_sort_from_the_highest(panel: Panel, ids: dict[str, str]) -> None:
    order = panel.sorted(SortKey.RISK, descending=True)
    risks = [panel.row(int(place)).risk for place in order]
    known = [risk for risk in risks if risk is not None]
    assert len(known) == 2
    assert risks == [*sorted(known, reverse=True), None, None, None]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (PanelFilter(), ["zhang", "shan", "anna", "ann", "nobody"]),
        (PanelFilter(risk_at_least=0.0), ["zhang", "shan"]),
        (PanelFilter(risk_at_least=1.0), []),
        (PanelFilter(overdue_on=date(2026, 11, 2)), ["zhang"]),
        (PanelFilter(overdue_on=date(2026, 11, 1)), []),
        (PanelFilter(no_visit_since=date(2026, 10, 1)), ["anna", "nobody"]),
        (PanelFilter(missing=True), ["zhang", "shan", "anna"]),
        (PanelFilter(village="河东村"), ["zhang", "nobody"]),
        (PanelFilter(village="河"), []),
        (PanelFilter(not_assessed=True), ["ann", "nobody"]),
        (PanelFilter(not_assessed=True, village="河东村"), ["nobody"]),
    ],
)
def test_filters(panel: Panel, ids: dict[str, str], wanted: PanelFilter, found: list[str]) -> None:
    assert who(panel, ids, panel.filtered(wanted)) == found
    backwards = np.arange(len(panel))[::-1]
    assert who(panel, ids, panel.filtered(wanted, among=backwards)) == found[::-1]


def test_bands_and_villages_are_offered(panel: Panel, ids: dict[str, str]) -> None:
    assert panel.villages() == ("Fourways", "河东村", "河西村")
    assert {pack for pack, _ in panel.bands()} == {"who_cvd_2019_nonlab"}
    in_a_band = [name for _, band in panel.bands() for name in who(panel, ids, panel.filtered(PanelFilter(band=band)))]
    assert sorted(in_a_band) == ["shan", "zhang"]


def test_the_first_people_came_last(clinic: OpenClinic, ids: dict[str, str]) -> None:
    names = {person: name for name, person in ids.items()}
    first = first_people(clinic)
    assert [names[row.person_id] for row in first] == ["shan", "ann", "zhang", "anna", "nobody"]
    assert [names[row.person_id] for row in first_people(clinic, limit=2)] == ["shan", "ann"]
    assert first[0] == load_panel_rows(clinic, [ids["shan"]])[0]


def test_a_person_without_a_visit_follows_in_the_first_list(clinic: OpenClinic, ids: dict[str, str]) -> None:
    with clinic.vault.change(clinic.actor, "entry.typed") as change:
        change.run("UPDATE visit SET ended = ? WHERE patient = 1", (change.id,))
    first = first_people(clinic)
    assert first[-1].person_id == ids["zhang"]
    assert (first[-1].last_visit, first[-1].sbp_mmhg) == (None, None)
    assert load_panel(clinic).filtered(PanelFilter(no_visit_since=date(2020, 1, 1))).tolist() == [0]


def test_lines_agree_with_what_is_assessed(clinic: OpenClinic, ids: dict[str, str]) -> None:
    _visit(clinic, ids["anna"], "2026-11-01", {"sbp_mmhg": "150", "dbp_mmhg": "90"})
    with clinic.vault.scratch() as database:  # a second reading of each
        database.run(
            "INSERT INTO measurement(key, number, change) SELECT key + 1, number + 7, ? FROM measurement"
            " WHERE key >> 24 = 6 AND number >= 90",
            (1,),
        )
    observations = load_observations(clinic.vault)
    last = observations.last_visits()
    panel = load_panel(clinic)
    for field in ("sbp_mmhg", "dbp_mmhg"):
        column = observations.columns[field][last]
        shown = [getattr(panel.row(place), field) for place in range(len(panel))]
        assert [None if np.isnan(value) else value for value in column] == shown


def test_records_shown_as_one_person_are_one_line(clinic: OpenClinic, ids: dict[str, str]) -> None:
    merge = merge_people(clinic, ids["nobody"], ids["zhang"])
    panel = load_panel(clinic)
    assert len(panel) == 4
    assert panel.position_of(ids["zhang"]) is None
    row = panel.row(int(panel.position_of(ids["nobody"]) or 0))
    assert (row.name, row.patient_id, row.phone) == ("张秀兰", "P7", "138-0013-8000")
    assert (row.last_visit, row.sbp_mmhg) == (date(2026, 10, 1), 141)
    for query in ("zxl", "p7", "p1", "1380"):
        assert ids["nobody"] in [panel.row(int(place)).person_id for place in panel.find(query)]
    assert panel.find("zxl p7").size == 0  # every word in one record, as in the store
    assert {patient.id for patient in find_patients(clinic.vault, "zxl")} == {ids["nobody"]}
    assert load_panel_rows(clinic, [ids["zhang"]]) == (row,)
    assert who(panel, ids, panel.sorted(SortKey.NAME))[-1] == "nobody"  # Zhang
    unmerge_people(clinic, merge)
    assert len(load_panel(clinic)) == 5


def test_a_panel_with_changed_people_is_the_panel_loaded_anew(
    clinic: OpenClinic, panel: Panel, ids: dict[str, str]
) -> None:
    edit_identity(clinic.vault, ids["zhang"], {"name": "Zoe", "village": "河西村", "birth_date": "1999"}, clinic.actor)
    edit_identity(clinic.vault, ids["nobody"], {"name": "安", "village": "Elsewhere"}, clinic.actor)
    _visit(clinic, ids["ann"], "2026-11-23", {"sbp_mmhg": "120", "dbp_mmhg": "70"})
    new = _visit(
        clinic, None, "2026-11-23", {"name": "白一", "birth_date": "1950-01-01", "sex": "F", "sbp_mmhg": "111"}
    )
    before = rows(panel)
    changed = panel.with_people(load_panel_rows(clinic, [ids["zhang"], ids["nobody"], ids["ann"], new]))
    _same(changed, load_panel(clinic))
    assert rows(panel) == before  # the old one is as it was
    merge_people(clinic, ids["shan"], ids["nobody"])
    less = changed.with_people(load_panel_rows(clinic, [ids["shan"]]), gone=[ids["nobody"], "unknown"])
    _same(less, load_panel(clinic))
    assert less.position_of(ids["nobody"]) is None


def test_a_change_of_one_thing_keeps_villages_exact(clinic: OpenClinic, panel: Panel, ids: dict[str, str]) -> None:
    for village in ("河西村", "Fourways", None):
        edit_identity(clinic.vault, ids["shan"], {"village": village}, clinic.actor)
        panel = panel.with_people(load_panel_rows(clinic, [ids["shan"]]))
        assert panel.row(int(panel.position_of(ids["shan"]) or 0)).village == village
        _same(panel, load_panel(clinic))


def test_many_changes_are_put_among_the_others(panel: Panel) -> None:
    row = panel.row(0)
    made = [
        replace(row, person_id=f"new-{place}", search=(f"n{place}\n王{place}\n\nwang{place}\nw{place}",))
        for place in range(1_500)
    ]
    grown = panel
    for start in range(0, 1_500, 60):
        grown = grown.with_people(made[start : start + 60])
    assert len(grown) == len(panel) + 1_500
    assert [grown.row(int(place)).person_id for place in grown.find("n1499")] == ["new-1499"]
    assert grown.find("王").size == 1_500
    whole = panel.with_people(made)
    assert np.array_equal(whole.sorted(SortKey.NAME), grown.sorted(SortKey.NAME))


def _same(one: Panel, other: Panel) -> None:
    assert rows(one) == rows(other)
    assert one.villages() == other.villages()
    for key in SortKey:
        for descending in (False, True):
            orders = [[panel.row(int(at)).person_id for at in panel.sorted(key, descending)] for panel in (one, other)]
            assert orders[0] == orders[1], key
    for query in ("a", "zoe", "an", "by", "安", "白", "p", "zhang", "zxl", "nova", "p10"):
        found = [[panel.row(int(at)).person_id for at in panel.find(query)] for panel in (one, other)]
        assert found[0] == found[1], query


def test_an_empty_clinic(tmp_path: Path) -> None:
    new_clinic(tmp_path / "clinic", "CHN", PASSPHRASE, CLOCK)
    with open_clinic(tmp_path / "clinic", PASSPHRASE, CLOCK) as clinic:
        panel = load_panel(clinic)
        assert (first_people(clinic), load_panel_rows(clinic, [])) == ((), ())
    assert len(panel) == 0
    for query in ("", "a", "王"):
        assert panel.find(query).size == 0
    assert panel.sorted(SortKey.RISK).size == 0
    assert panel.filtered(PanelFilter(missing=True)).size == 0


def test_loading_tells_how_far_it_is_and_can_be_stopped(clinic: OpenClinic, ids: dict[str, str]) -> None:
    heard: list[tuple[int, int]] = []
    load_panel(clinic, lambda done, total: heard.append((done, total)))
    assert heard[-1] == (10, 10)
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        load_panel(clinic, cancel=cancel)
    assert load_patient(clinic.vault, ids["ann"]).name == "Ann P10 Nova"  # the store works on


def test_an_unknown_person_is_refused(clinic: OpenClinic) -> None:
    with pytest.raises(UsageError, match="person_unknown"):
        load_panel_rows(clinic, ["nobody"])


def test_a_main_number_that_is_no_fraction_is_no_risk(clinic: OpenClinic, ids: dict[str, str]) -> None:
    saved = next(iter(current_assessments(clinic, [ids["zhang"]])))
    kidney = next(one for one in saved.results if one.pack.id == "ckdepi_2021_cr")
    other = replace(
        saved, id="other", results=(replace(kidney, pack=replace(kidney.pack, id="points")),), headline_pack="points"
    )
    save_assessments(clinic.vault, [other], clinic.actor)
    (row,) = load_panel_rows(clinic, [ids["zhang"]])
    assert (row.pack, row.risk) == ("points", None)


def test_who_lacks_what_has_plausible_values_gets_a_range_and_a_place_in_the_order(
    clinic: OpenClinic, ids: dict[str, str]
) -> None:
    """Without smoking no tool of the heart gives a number, but all say between what it lies."""
    values = {**FULL, "birth_date": "1958", "name": "Chen", "sbp_mmhg": "150", "dbp_mmhg": "90"}
    chen = _visit(clinic, None, "2026-11-20", {name: text for name, text in values.items() if name != "smoker"})
    assess_people(clinic, [chen])
    saved = next(iter(current_assessments(clinic, [chen])))
    panel = load_panel(clinic)
    row = panel.row(int(panel.position_of(chen) or 0))
    assert row.risk is None
    assert row.range is not None
    spread = saved.ranges[0].output("risk_10y")
    assert (row.range.low, row.range.typical, row.range.high) == (spread.low, spread.typical, spread.high)
    assert load_panel_rows(clinic, [chen]) == (row,)
    order = [panel.row(int(place)) for place in panel.sorted(SortKey.RISK, descending=True)]
    known = [one.risk if one.range is None else one.range.typical for one in order]
    ranked = [one for one in known if one is not None]
    assert known[: len(ranked)] == sorted(ranked, reverse=True)
    assert len(ranked) == 3
    wanted = PanelFilter(risk_at_least=spread.typical)
    assert chen in {panel.row(int(place)).person_id for place in panel.filtered(wanted)}
    assert panel.with_people([row]).row(int(panel.position_of(chen) or 0)) == row


def test_a_number_hides_the_range_of_an_earlier_day(clinic: OpenClinic, ids: dict[str, str]) -> None:
    values = {**FULL, "birth_date": "1958", "name": "Chen", "sbp_mmhg": "150", "dbp_mmhg": "90"}
    chen = _visit(clinic, None, "2026-10-20", {name: text for name, text in values.items() if name != "smoker"})
    assess_people(clinic, [chen])
    _visit(clinic, chen, "2026-11-20", {"smoker": "current", "sbp_mmhg": "150", "dbp_mmhg": "90"} | FULL)
    assess_people(clinic, [chen])
    (row,) = load_panel_rows(clinic, [chen])
    assert row.risk is not None
    assert row.range is None
