"""The list of patients: what is shown, ticked, opened, and kept, over a real clinic."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.context import Context
from desktop.patients.model import Column
from desktop.patients.presenter import PatientsPresenter
from desktop.patients.view import PatientsView
from desktop.people import People
from engine.domain.ports import FixedClock
from engine.workflows.panel import PanelRow, SortKey
from engine.workflows.panel_list import ListFilter, panel_of
from engine.workflows.panel_snapshot import PanelRange

WAIT_MS = 20_000
TODAY = date(2026, 11, 22)


@pytest.fixture
def people(practice: Context) -> People:
    return People(practice)


@pytest.fixture
def presenter(qtbot: QtBot, practice: Context, people: People) -> PatientsPresenter:
    made = PatientsPresenter(practice, people)
    people.load()
    qtbot.waitUntil(lambda: bool(made.counts), timeout=WAIT_MS)
    return made


@pytest.fixture
def view(qtbot: QtBot, practice: Context, presenter: PatientsPresenter) -> Iterator[PatientsView]:
    made = PatientsView(practice.ui, presenter)
    qtbot.addWidget(made)
    made.resize(1286, 720)
    made.show()
    made.activateWindow()
    made.table.setFocus()
    qtbot.waitUntil(made.table.hasFocus)
    yield made
    made.close()


def person(number: int, **told: object) -> PanelRow:
    """Return somebody made up, with what a test tells of them."""
    nothing = dict.fromkeys(PanelRow.__slots__)
    given = {
        "person_id": f"person-{number}",
        "assessed": True,
        "missing": (),
        "search": (f"{number}\n{told.get('name')}\n",),
    }
    return PanelRow(**{**nothing, **given, **told})  # type: ignore[arg-type]  # each test tells what it is about


@pytest.fixture
def made_up(qtbot: QtBot, practice: Context) -> tuple[People, PatientsPresenter]:
    """A list whose people a test gives itself."""
    people = People(practice)
    return people, PatientsPresenter(practice, people)


def give(qtbot: QtBot, made: tuple[People, PatientsPresenter], rows: list[PanelRow]) -> None:
    people, presenter = made
    people.panel = panel_of(rows)
    people.changed.emit()
    qtbot.waitUntil(lambda: bool(presenter.counts))


def names(presenter: PatientsPresenter) -> list[str]:
    return [str(presenter.person(row).name) for row in range(len(presenter))]


def test_everybody_is_shown_from_the_highest_risk(presenter: PatientsPresenter) -> None:
    risks = [presenter.person(row).risk for row in range(len(presenter))]
    known = [risk for risk in risks if risk is not None]
    assert len(presenter) == presenter.total == 300
    assert presenter.order == (SortKey.RISK, True)
    assert known == sorted(known, reverse=True)
    assert risks[len(known) :] == [None] * (len(risks) - len(known))


def test_without_risks_those_who_came_last_stand_first(qtbot: QtBot, made_up: tuple[People, PatientsPresenter]) -> None:
    rows = [person(1, name="Ann", last_visit=date(2026, 1, 1)), person(2, name="Ben", last_visit=date(2026, 2, 1))]
    give(qtbot, made_up, rows)
    assert names(made_up[1]) == ["Ben", "Ann"]


def test_the_first_people_are_shown_as_they_came_until_everybody_is_there(
    qtbot: QtBot, practice: Context, people: People
) -> None:
    presenter = PatientsPresenter(practice, people)
    seen: list[tuple[bool, int, str]] = []
    presenter.list_changed.connect(lambda: seen.append((presenter.reading, len(presenter), names(presenter)[0])))
    people.load()
    qtbot.waitUntil(lambda: bool(presenter.counts), timeout=WAIT_MS)
    assert [each[:2] for each in seen] == [(True, len(people.first)), (False, 300)]
    assert seen[0][2] == people.first[0].name


def test_typing_narrows_and_the_order_stays(presenter: PatientsPresenter, view: PatientsView, qtbot: QtBot) -> None:
    presenter.sort(SortKey.NAME, False)
    everybody = names(presenter)
    view.filters.search.setFocus()
    QTest.keyClicks(view.filters.search.edit, "ad")
    found = names(presenter)
    assert 0 < len(found) < len(everybody)
    assert found == [name for name in everybody if name in set(found)]
    assert view.header.caption.text() == f"{len(found)} of 300 shown"
    QTest.keyClick(view.filters.search.edit, Qt.Key.Key_Escape)
    assert names(presenter) == everybody
    assert view.filters.search.text() == ""


def test_chinese_names_are_found_by_character_and_pinyin_and_initials(
    qtbot: QtBot, made_up: tuple[People, PatientsPresenter]
) -> None:
    presenter = made_up[1]
    zhang = person(1, name="张秀兰", search=("0142\n张秀兰\n\nzhangxiulan\nzxl",))
    give(qtbot, made_up, [zhang, person(2, name="王芳", search=("0143\n王芳\n\nwangfang\nwf",))])
    for typed in ("张", "秀", "zhang", "zxl", "0142"):
        presenter.search(typed)
        assert names(presenter) == ["张秀兰"], typed


@pytest.mark.parametrize("wanted", list(ListFilter))
def test_a_filter_shows_as_many_as_it_says(presenter: PatientsPresenter, wanted: ListFilter) -> None:
    presenter.toggle(wanted)
    assert len(presenter) == presenter.counts[wanted]
    presenter.toggle(wanted)
    assert len(presenter) == presenter.total


def test_due_today_and_overdue_count_and_later_does_not(
    qtbot: QtBot, made_up: tuple[People, PatientsPresenter], practice: Context
) -> None:
    days = {"late": date(2026, 11, 1), "today": TODAY, "later": date(2026, 11, 23), "never": None}
    give(qtbot, made_up, [person(at, name=name, next_visit=day) for at, (name, day) in enumerate(days.items())])
    presenter = made_up[1]
    view = PatientsView(practice.ui, presenter)
    qtbot.addWidget(view)
    presenter.sort(SortKey.NEXT_VISIT, False)
    said = [view.model.index(row, Column.NEXT).data() for row in range(4)]
    assert said == ["21 days late", "Due today", "23 Nov 2026", "—"]
    presenter.toggle(ListFilter.DUE)
    assert names(presenter) == ["late", "today"]


def test_villages_are_chosen_together_and_unknown_ones_too(
    qtbot: QtBot, made_up: tuple[People, PatientsPresenter]
) -> None:
    presenter = made_up[1]
    villages = ["East", "North", None, "East"]
    give(qtbot, made_up, [person(at, name=str(at), village=village) for at, village in enumerate(villages)])
    assert presenter.villages == (("East", 2), ("North", 1), ("", 1))
    presenter.choose_villages({"North", ""})
    assert sorted(names(presenter)) == ["1", "2"]
    presenter.show_everybody()
    assert len(presenter) == 4


def test_filters_that_can_hold_for_nobody_have_no_chip(
    qtbot: QtBot, made_up: tuple[People, PatientsPresenter], practice: Context
) -> None:
    give(qtbot, made_up, [person(1, name="Ann")])
    view = PatientsView(practice.ui, made_up[1])
    qtbot.addWidget(view)
    view.show()
    chips = view.filters.chips
    assert chips[ListFilter.MISSING].isVisible()
    assert not chips[ListFilter.DUE].isVisible()
    assert not chips[ListFilter.HIGH_RISK].isVisible()
    assert not view.filters.village.isVisible()
    assert view.table.isColumnHidden(Column.NEXT)


def test_space_ticks_and_ticks_survive_search_and_order(
    qtbot: QtBot, presenter: PatientsPresenter, view: PatientsView
) -> None:
    view.table.go(2)
    chosen = presenter.person(2).person_id
    QTest.keyClick(view.table, Qt.Key.Key_Space)
    presenter.search("zzzz")
    presenter.search("")
    presenter.turn(SortKey.NAME)
    assert presenter.ticked_ids() == [chosen]
    assert presenter.is_ticked(presenter.row_of(chosen))


def test_ticks_stay_with_their_people_when_the_list_is_read_again(
    qtbot: QtBot, made_up: tuple[People, PatientsPresenter]
) -> None:
    rows = [person(at, name=name) for at, name in enumerate("ABC")]
    give(qtbot, made_up, rows)
    presenter = made_up[1]
    presenter.tick(presenter.row_of("person-2"))
    give(qtbot, made_up, [person(9, name="New"), *rows[1:]])
    assert presenter.ticked_ids() == ["person-2"]


def test_the_bar_of_the_selection_counts_and_clears(
    qtbot: QtBot, presenter: PatientsPresenter, view: PatientsView
) -> None:
    assert not view.print.isVisible()
    QTest.keyClick(view.table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert (view.count.text(), view.print.text()) == ("300 selected", "Print 300 sheets")
    presenter.search("zzzz")
    assert view.elsewhere.text() == "300 of them not in this view"
    presenter.search("")
    QTest.keyClick(view.table, Qt.Key.Key_Escape)
    assert presenter.ticks == 0
    assert not view.print.isVisible()


def test_the_heading_ticks_only_those_shown(presenter: PatientsPresenter, view: PatientsView) -> None:
    presenter.toggle(ListFilter.HIGH_RISK)
    view.table.heads.tick_asked.emit()
    assert presenter.ticks == len(presenter) == presenter.counts[ListFilter.HIGH_RISK]
    view.table.heads.tick_asked.emit()
    assert presenter.ticks == 0


def test_down_goes_from_the_search_line_to_the_rows(presenter: PatientsPresenter, view: PatientsView) -> None:
    view.filters.search.setFocus()
    QTest.keyClick(view.filters.search.edit, Qt.Key.Key_Down)
    assert view.table.hasFocus()
    QTest.keyClick(view.table, Qt.Key.Key_Down)
    assert view.table.row() == 1


def test_shift_with_an_arrow_ticks_on_the_way(qtbot: QtBot, presenter: PatientsPresenter, view: PatientsView) -> None:
    view.table.go(0)
    for _ in range(2):
        QTest.keyClick(view.table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert [presenter.is_ticked(row) for row in range(4)] == [True, True, True, False]


def test_both_buttons_of_the_bar_hand_on_who_is_ticked_in_the_order_of_the_list(
    qtbot: QtBot, presenter: PatientsPresenter, view: PatientsView
) -> None:
    for row in (5, 1):
        presenter.tick(row)
    expected = [presenter.person(row).person_id for row in (1, 5)]
    for button in (view.assess, view.print):
        with qtbot.waitSignal(presenter.batch_asked) as asked:
            button.click()
        assert asked.args == [expected]


def test_enter_opens_and_coming_back_one_is_on_the_same_row(
    qtbot: QtBot, practice: Context, presenter: PatientsPresenter, view: PatientsView
) -> None:
    presenter.toggle(ListFilter.HIGH_RISK)
    QTest.keyClick(view.table, Qt.Key.Key_Down)
    view.table.go(7)
    scroll = view.table.verticalScrollBar().value()
    with qtbot.waitSignal(presenter.record_asked) as asked:
        QTest.keyClick(view.table, Qt.Key.Key_Return)
    assert asked.args == [presenter.person(7).person_id]
    again = PatientsView(practice.ui, presenter)  # as after a change of the language
    qtbot.addWidget(again)
    again.resize(view.size())
    again.show()
    assert again.table.row() == 7
    assert again.table.verticalScrollBar().value() == scroll
    assert again.filters.chips[ListFilter.HIGH_RISK].isChecked()


def test_a_changed_person_is_shown_changed_where_one_stood(
    qtbot: QtBot, people: People, presenter: PatientsPresenter, view: PatientsView
) -> None:
    QTest.keyClick(view.table, Qt.Key.Key_Down)
    view.table.go(20)
    chosen = presenter.person(20).person_id
    with qtbot.waitSignal(presenter.list_changed, timeout=WAIT_MS):
        people.refresh([chosen])
    assert view.table.row() == 20
    assert presenter.current == chosen


def test_a_click_on_a_heading_sorts_and_the_second_turns_round(
    presenter: PatientsPresenter, view: PatientsView
) -> None:
    view.table.heads.sectionClicked.emit(Column.AGE)
    assert presenter.order == (SortKey.AGE, True)
    view.table.heads.sectionClicked.emit(Column.AGE)
    assert presenter.order == (SortKey.AGE, False)
    assert view.order.currentText() == "Youngest first"
    view.table.heads.sectionClicked.emit(Column.MISSING)  # nothing to sort by
    assert presenter.order == (SortKey.AGE, False)


def test_a_row_is_read_whole_and_its_cells_alone(presenter: PatientsPresenter, view: PatientsView) -> None:
    role = Qt.ItemDataRole.AccessibleTextRole
    whole = str(view.model.index(0, Column.NAME).data(role))
    first = presenter.person(0)
    for part in (str(first.name), str(first.patient_id), "years", "Last pressure", "Risk of 100"):
        assert part in whole
    assert str(view.model.index(0, Column.VISIT).data(role)).startswith("Last visit ")
    assert view.model.index(0, Column.TICK).data(role) == "not selected"


def test_names_from_outside_neither_widen_the_list_nor_are_read_as_markup(
    qtbot: QtBot, made_up: tuple[People, PatientsPresenter], practice: Context
) -> None:
    give(qtbot, made_up, [person(1, name="<b>A</b>\n" + "x" * 10_000, patient_id="9" * 10_000, village="&" * 500)])
    view = PatientsView(practice.ui, made_up[1])
    qtbot.addWidget(view)
    view.resize(900, 500)
    view.show()
    QApplication.processEvents()
    assert view.width() == 900
    assert "\n" not in str(view.model.index(0, Column.NAME).data())
    assert view.grab().width() > 0


def test_an_empty_clinic_offers_the_spreadsheet_and_a_new_patient(
    qtbot: QtBot, made_up: tuple[People, PatientsPresenter], practice: Context
) -> None:
    people, presenter = made_up
    view = PatientsView(practice.ui, presenter)
    qtbot.addWidget(view)
    view.show()
    give(qtbot, (people, presenter), [])
    assert view.empty.isVisible()
    assert not view.bring.isVisible()
    with qtbot.waitSignal(presenter.import_asked):
        view.empty.button.click()


def test_nobody_found_offers_everybody(presenter: PatientsPresenter, view: PatientsView) -> None:
    presenter.search("zzzz")
    assert view.nobody.isVisible()
    view.nobody.button.click()
    assert len(presenter) == 300
    assert view.filters.search.text() == ""


def test_the_village_then_what_is_missing_stand_back_in_a_narrow_window(
    qtbot: QtBot, made_up: tuple[People, PatientsPresenter], practice: Context
) -> None:
    give(qtbot, made_up, [person(1, name="Ann", village="East", next_visit=TODAY)])
    view = PatientsView(practice.ui, made_up[1])
    qtbot.addWidget(view)
    view.show()
    seen = []
    for width in (1286, 1060, 900):
        view.resize(width, 600)
        QApplication.processEvents()
        seen.append((view.table.isColumnHidden(Column.VILLAGE), view.table.isColumnHidden(Column.MISSING)))
    assert seen == [(False, False), (True, False), (True, True)]


def test_the_day_goes_on_and_others_are_due(
    qtbot: QtBot, made_up: tuple[People, PatientsPresenter], practice: Context
) -> None:
    give(qtbot, made_up, [person(1, name="Ann", next_visit=date(2026, 11, 23))])
    presenter = made_up[1]
    assert presenter.counts[ListFilter.DUE] == 0
    practice.clock = FixedClock(practice.clock.now() + timedelta(days=1))
    presenter.look_at_the_day()
    qtbot.waitUntil(lambda: presenter.counts[ListFilter.DUE] == 1)


def test_a_range_is_told_apart_by_look_and_word_and_sorted_by_its_typical_value(
    qtbot: QtBot, practice: Context, made_up: tuple[People, PatientsPresenter]
) -> None:
    rows = [
        person(1, name="Ann", risk=0.2, pack="who_cvd_2019_lab", band="20_30", last_visit=TODAY),
        person(2, name="Ben", range=PanelRange(0.04, 0.12, 0.18), last_visit=TODAY),
        person(3, name="Cam", risk=0.08, pack="who_cvd_2019_lab", band="5_10", last_visit=TODAY),
        person(4, name="Dee", range=PanelRange(0.001, 0.002, 0.003), last_visit=TODAY, assessed=False),
        person(5, name="Eve", last_visit=TODAY),
    ]
    give(qtbot, made_up, rows)
    assert names(made_up[1]) == ["Ann", "Ben", "Cam", "Dee", "Eve"]
    view = PatientsView(practice.ui, made_up[1])
    qtbot.addWidget(view)
    view.resize(1286, 400)
    view.show()
    shown = [view.model.shown(row) for row in range(5)]
    assert [row.risk for row in shown] == ["20", "4–18", "8", "<1", ""]
    assert [row.is_range for row in shown] == [False, True, False, True, False]
    assert [row.step > 0 for row in shown] == [True, False, True, False, False]
    assert shown[3].earlier
    texts = practice.texts
    aloud = str(view.model.index(1, Column.RISK).data(Qt.ItemDataRole.AccessibleTextRole))
    assert texts("patients.range_aloud", low="4", high="18") in aloud
    assert texts("patients.range_aloud", low="4", high="18") in view.model.whole(1)
    assert texts("patients.earlier") in view.model.whole(3)
    view.table.viewport().repaint()
