"""The list of patients on the screen, of 100,000 people: a keystroke, a click on a heading, everybody arriving.

Measured through the presenter, the model and a page that is shown, as the window's thread lives them: a keystroke ends
when the rows that are seen have their words and were drawn.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from desktop.context import Context
from desktop.paths import Paths
from desktop.patients.presenter import PatientsPresenter
from desktop.patients.queries import ListFilter, SortKey
from desktop.patients.view import PatientsView
from desktop.people import People
from desktop.settings import SettingsFile
from engine.domain.ports import FixedClock
from engine.store.identity import search_text
from engine.store.panel import PanelColumns, birth_number, sort_name
from engine.workflows.panel import Panel
from tests.benchmarks.bench_panel import PEOPLE, _clinic, _names, _new_clinic, _p95, _queries
from tests.benchmarks.rows import Row, below

KEY_BAR_MS = 20.0
PAUSE_BAR_MS = 50.0
TODAY = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
_ROUNDS = 12  # until the filters are counted, one in each
_BANDS = ("lt5", "5_10", "10_20", "20_30", "ge30")
_EDGES = (0.05, 0.1, 0.2, 0.3)


def run() -> list[Row]:
    """Return what the list takes on the screen."""
    application = QApplication.instance() or QApplication([])
    with tempfile.TemporaryDirectory() as folder, _new_clinic(Path(folder) / "clinic") as vault:
        paths = Paths(Path(folder) / "data")
        context = Context(paths, SettingsFile(paths.settings), FixedClock(TODAY))
        context.ui.theme.apply(application)  # type: ignore[arg-type]  # the instance is one of widgets
        context.take_clinic(_clinic(vault))
        people = People(context)
        presenter = PatientsPresenter(context, people)
        view = PatientsView(context.ui, presenter)
        view.resize(1286, 720)
        view.show()
        QApplication.processEvents()
        rows = [*_arriving(people, presenter), *_typing(people, presenter, view), *_clicking(presenter, view)]
        context.jobs.close()
    return rows


def _arriving(people: People, presenter: PatientsPresenter) -> list[Row]:
    """Return the longest round of the window when everybody arrives, and when one person was changed."""
    columns, rounds, again = _columns(), [], []
    people.changed.emit()  # as when the first people are there: the tools' bands are known from then on
    for _ in range(5):
        panel = Panel(columns)
        people.panel = panel
        rounds += [_ms(people.changed.emit), *(_ms(QApplication.processEvents) for _ in range(_ROUNDS))]
        people.panel = panel.with_people([panel.row(PEOPLE // 2)])
        again += [_ms(people.changed.emit), *(_ms(QApplication.processEvents) for _ in range(_ROUNDS))]
    assert presenter.counts
    return [
        below("patients screen: longest round when everybody arrives", max(rounds), PAUSE_BAR_MS, "ms"),
        below("patients screen: longest round when one is changed", max(again), PAUSE_BAR_MS, "ms"),
    ]


def _typing(people: People, presenter: PatientsPresenter, view: PatientsView) -> list[Row]:
    """Return the 95th percentile of a keystroke: found, in words, and drawn."""
    assert people.panel is not None
    rows, everything = [], []
    for kind, queries in _queries(people.panel).items():
        found, drawn = [], []
        for query in queries:
            found.append(_ms(partial(_type, presenter, view, query)))
            drawn.append(found[-1] + _ms(view.table.viewport().repaint))
        everything += found
        rows.append(below(f"patients screen: search, {kind}, p95", _p95(found), KEY_BAR_MS, "ms"))
        rows.append(Row(f"patients screen: search, {kind}, drawn, p95", _p95(drawn), None, None, None, "ms", None))
    presenter.search("")
    return [*rows, below("patients screen: search, all kinds, p95", _p95(everything), KEY_BAR_MS, "ms")]


def _type(presenter: PatientsPresenter, view: PatientsView, query: str) -> None:
    """Search as a keystroke does, and take the words of the rows that are seen."""
    presenter.search(query)
    for row in range(min(len(presenter), view.table.viewport().height() // view.table.rowHeight(0) + 1)):
        for column in range(view.model.columnCount()):
            view.model.index(row, column).data()


def _clicking(presenter: PatientsPresenter, view: PatientsView) -> list[Row]:
    sorts = [_ms(partial(presenter.turn, key)) for key in SortKey for _ in range(2)]
    filters = [_ms(partial(presenter.toggle, one)) for one in ListFilter for _ in range(2)]
    ticks = [_ms(partial(presenter.tick_shown, on)) for on in (True, False)]
    bar = view.table.verticalScrollBar()
    scrolls = []
    for at in range(200):
        bar.setValue(at * bar.maximum() // 200)
        scrolls.append(_ms(view.table.viewport().repaint))
    return [
        below("patients screen: click on a heading, longest", max(sorts), 2 * PAUSE_BAR_MS, "ms"),
        below("patients screen: click on a filter, longest", max(filters), PAUSE_BAR_MS, "ms"),
        below("patients screen: tick everybody, longest", max(ticks), PAUSE_BAR_MS, "ms"),
        below("patients screen: a page further down, drawn, p95", _p95(scrolls), PAUSE_BAR_MS, "ms"),
    ]


def _columns() -> PanelColumns:
    """Return people as a store of their size would give them."""
    random = np.random.default_rng(1)
    names = _names()
    numbers = [f"P{row:06}" for row in range(PEOPLE)]
    phones = [f"138{number:08}" for number in random.integers(0, 10**8, PEOPLE).tolist()]
    texts = [
        search_text({"patient_id": number, "name": name, "phone": phone})
        for number, name, phone in zip(numbers, names, phones, strict=True)
    ]
    births = [f"{1940 + row % 60}-05-{row % 28 + 1:02}" for row in range(PEOPLE)]
    villages = ("河东村", "河西村", "Maple Lane", "Fourways", "李家庄", None)
    risks = random.beta(1.5, 9, PEOPLE)
    risks[::7] = np.nan
    bands = [_BANDS[place] for place in np.searchsorted(_EDGES, np.nan_to_num(risks), side="right").tolist()]
    first = date(2024, 1, 1).toordinal()
    known = ~np.isnan(risks)
    return PanelColumns(
        person_ids=[f"person-{row}" for row in range(PEOPLE)],
        patient_ids=list(numbers),
        names=list(names),
        birth_dates=list(births),
        sexes=["F" if row % 2 else "M" for row in range(PEOPLE)],
        phones=list(phones),
        villages=[villages[row % len(villages)] for row in range(PEOPLE)],
        births=np.array([birth_number(birth) for birth in births]),
        sort_names=[sort_name(text) for text in texts],
        texts=texts,
        visit_days=first + random.integers(0, 1_000, PEOPLE).astype(np.float64),
        sbp_mmhg=np.round(random.normal(135, 18, PEOPLE)),
        dbp_mmhg=np.round(random.normal(82, 11, PEOPLE)),
        next_days=first + random.integers(900, 1_200, PEOPLE).astype(np.float64),
        packs=["who_cvd_2019_lab" if one else None for one in known],
        bands=[band if one else None for band, one in zip(bands, known, strict=True)],
        missing=[("total_cholesterol_mmol_l",) if row % 3 else () for row in range(PEOPLE)],
        risks=risks,
        lows=np.where(known, np.nan, 0.04),
        typicals=np.where(known, np.nan, 0.06),
        highs=np.where(known, np.nan, 0.09),
        assessed=random.random(PEOPLE) < 0.8,
    )


def _ms(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return 1000 * (time.perf_counter() - start)
