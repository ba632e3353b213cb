"""The list of patients of a clinic of 100,000 people, half of them with Chinese names, all of them assessed.

What opening the list takes: the first lines, then everybody; then what every keystroke and every click on a column
takes. The floors are the plainest thing that gives less: a list comprehension over the names alone, and a LIKE scan of
the same texts in a plain database in memory. They neither rank the hits nor know a spelling.
"""

from __future__ import annotations

import os
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np

from engine.domain.assessment import Clinic
from engine.domain.entries import Entries, EntryColumn, IdentifiedEntries, Source
from engine.domain.ports import SystemClock
from engine.domain.record import SourceKind
from engine.fields import load_dictionary
from engine.packs import PackLibrary
from engine.risk.plausible import load_plausible_values
from engine.risk.predictors import Predictors
from engine.store import Cost, Vault, apply_entries, create_clinic, open_clinic
from engine.store.assessment_heads import INSERT_HEAD
from engine.store.identity import fold
from engine.workflows.clinics import OpenClinic
from engine.workflows.panel import Panel, PanelFilter, SortKey, first_people, load_panel
from tests.benchmarks.rows import Row, at_most, below

PEOPLE = 100_000
FIRST_BAR_MS = 500.0
FIND_BAR_MS = 20.0
SORT_BAR_MS = 100.0
CHEAP = Cost(64, 1, 1)
PASSPHRASE = "a passphrase for a benchmark"
CONTENT_BYTES = 3_000  # about what a compressed assessment takes
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾萧田董袁潘蒋蔡余杜叶程苏魏吕丁任沈单解仇"
GIVEN = "秀兰英华建国明丽军伟芳娜敏静强磊洋艳勇杰娟涛超霞平刚桂香玉梅凤琴珍春红文志海云飞永生长乐和美佳欣晨宇浩轩涵诺"
LATIN = ("Quist", "Okafor", "Lehmann", "Nováková", "Adeyemi", "Tan", "Banda", "Moyo")
FIRST = ("Anna", "Chidi", "Petra", "Žofie", "Tunde", "Mei", "Grace", "Tendai")


def run() -> list[Row]:
    """Return what the list of a large clinic takes, beside its floors."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "clinic"
        names = _names()
        with _new_clinic(place) as vault:
            bulk = _timed(lambda: apply_entries(vault, _entries(names), actor=vault.user.id))
            _assess(vault)
        rows = [Row("panel: storing 100,000 people, half of them Chinese", bulk, None, None, None, "s", None)]
        with _open(place) as vault:
            clinic = _clinic(vault)
            first = [_timed(lambda: first_people(clinic)) for _ in range(5)]
            rows.append(below("panel: first 60 lines of 100,000", 1000 * max(first), FIRST_BAR_MS, "ms"))
            loads, pauses = zip(*(_load(clinic) for _ in range(3)), strict=True)
            rows.append(Row("panel: everybody loaded", statistics.median(loads), None, None, None, "s", None))
            rows.append(Row("panel: longest pause of another thread", 1000 * max(pauses), None, None, None, "ms", None))
            panel = load_panel(clinic)
    return rows + _finding(panel, names) + _sorting(panel)


def _finding(panel: Panel, names: Sequence[str]) -> list[Row]:
    plain = _plain_database(panel)
    rows: list[Row] = []
    everything: list[float] = []
    for kind, queries in _queries(panel).items():
        taken = [1000 * _best(partial(panel.find, query)) for query in queries]
        everything += taken
        scan = [1000 * _best(partial(_like, plain, query)) for query in queries]
        middle = statistics.median(taken)
        rows.append(
            Row(f"panel: find, {kind}, p50 (LIKE scan)", middle, statistics.median(scan), None, None, "ms", None)
        )
        rows.append(below(f"panel: find, {kind}, p95", _p95(taken), FIND_BAR_MS, "ms"))
    rows.append(below("panel: find, all kinds, p95", _p95(everything), FIND_BAR_MS, "ms"))
    folded = [fold(name) for name in names]
    floor = [1000 * _best(lambda: [place for place, name in enumerate(folded) if "xiu" in name]) for _ in range(50)]
    rows.append(
        at_most("panel: find beside names alone", statistics.median(everything), statistics.median(floor), 6, "ms")
    )
    return rows


def _sorting(panel: Panel) -> list[Row]:
    rows = []
    for key in SortKey:
        taken = [1000 * _best(partial(panel.sorted, key, descending=True)) for _ in range(9)]
        rows.append(below(f"panel: sort by {key}", max(taken), SORT_BAR_MS, "ms"))
    wanted = PanelFilter(risk_at_least=0.2, missing=False, no_visit_since=date(2025, 1, 1), village="河东村")
    taken = [1000 * _timed(lambda: panel.filtered(wanted)) for _ in range(9)]
    rows.append(Row("panel: filter by three things", statistics.median(taken), None, None, None, "ms", None))
    row = panel.row(PEOPLE // 2)
    taken = [1000 * _timed(lambda: panel.with_people([row])) for _ in range(5)]
    rows.append(Row("panel: with one person changed", statistics.median(taken), None, None, None, "ms", None))
    return rows


def _queries(panel: Panel) -> dict[str, list[str]]:
    random = np.random.default_rng(7)
    chosen = [panel.row(int(place)) for place in random.integers(0, PEOPLE, 2_000)]
    chinese = [row for row in chosen if row.name and not row.name.isascii() and len(row.search[0].split("\n")) > 3][
        :100
    ]
    latin = [row for row in chosen if row.name and "," in row.name][:100]
    spelled = [[line for line in row.search[0].split("\n")[3:] if line.isalpha()] for row in chinese]
    return {
        "one Chinese character": [str(row.name)[0] for row in chinese],
        "two Chinese characters": [str(row.name)[:2] for row in chinese],
        "pinyin prefix": [lines[0][:length] for lines, length in zip(spelled, [1, 2, 3, 4, 5] * 20, strict=True)],
        "initials": [lines[-1][:length] for lines, length in zip(spelled, [1, 2, 3, 2] * 25, strict=True)],
        "Latin part": [
            fold(str(row.name)).split(", ")[1][:length] for row, length in zip(latin, [1, 2, 3, 4] * 25, strict=True)
        ],
        "two words": [f"{lines[0][:3]} {lines[0][-4:]}" for lines in spelled],
        "phone tail": [str(row.phone)[-4:] for row in chosen[:100]],
    }


def _plain_database(panel: Panel) -> sqlite3.Connection:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE person(key INTEGER PRIMARY KEY, search TEXT)")
    database.executemany(
        "INSERT INTO person VALUES (?, ?)", ((place, panel.row(place).search[0]) for place in range(PEOPLE))
    )
    return database


def _like(database: sqlite3.Connection, query: str) -> list[tuple[int]]:
    words = fold(query).split()
    condition = " AND ".join(["search LIKE ?"] * len(words))
    return database.execute(f"SELECT key FROM person WHERE {condition}", [f"%{word}%" for word in words]).fetchall()  # noqa: S608 - as many marks as words


def _load(clinic: OpenClinic) -> tuple[float, float]:
    """Return the seconds that loading takes, and the longest time that a waiting thread was kept from running."""
    ended, longest = threading.Event(), [0.0]

    def wait() -> None:
        before = time.perf_counter()
        while not ended.is_set():
            time.sleep(0.001)
            now = time.perf_counter()
            longest[0] = max(longest[0], now - before)
            before = now

    waiter = threading.Thread(target=wait)
    waiter.start()
    try:
        return _timed(lambda: load_panel(clinic)), longest[0]
    finally:
        ended.set()
        waiter.join()


def _names() -> list[str]:
    random = np.random.default_rng(11)
    picks = random.integers(0, 1_000_000, (PEOPLE, 4)).tolist()
    return [_name(place, *pick) for place, pick in enumerate(picks)]


def _name(place: int, one: int, two: int, three: int, four: int) -> str:
    if place % 2:
        return f"{LATIN[one % len(LATIN)]}, {FIRST[two % len(FIRST)]} {three:x}"
    second = GIVEN[three % len(GIVEN)] if four % 4 else ""
    return SURNAMES[one % len(SURNAMES)] + GIVEN[two % len(GIVEN)] + second


def _entries(names: Sequence[str]) -> IdentifiedEntries:
    random = np.random.default_rng(100)
    people = [f"person-{row}" for row in range(PEOPLE)]
    villages = ("河东村", "河西村", "Maple Lane", "Fourways", "李家庄", "单家集")
    first = date(2024, 1, 1)
    days = [(first + timedelta(days=int(day))).isoformat() for day in random.integers(0, 700, PEOPLE)]
    numbers = {
        "sbp_mmhg": np.round(random.normal(135, 18, PEOPLE)),
        "dbp_mmhg": np.round(random.normal(82, 11, PEOPLE)),
        **{name: np.round(random.normal(60, 9, PEOPLE), 1) for name in ("pulse_bpm", "weight_kg", "creatinine_umol_l")},
        **{name: np.round(random.normal(5, 1, PEOPLE), 1) for name in ("total_cholesterol_mmol_l", "hba1c_percent")},
    }
    columns = (
        _column("patient_id", [f"P{row:06}" for row in range(PEOPLE)]),
        _column("name", list(names)),
        _column("birth_date", [f"{1940 + row % 60}-05-{row % 28 + 1:02}" for row in range(PEOPLE)]),
        _column("sex", ["F" if row % 2 else "M" for row in range(PEOPLE)]),
        _column("phone", [f"138{number:08}" for number in random.integers(0, 10**8, PEOPLE).tolist()]),
        _column("village", [villages[row % len(villages)] for row in range(PEOPLE)]),
        _column("next_visit_date", [f"2026-0{row % 9 + 1}-15" for row in range(PEOPLE)]),
        *(_column(name, values.tolist()) for name, values in numbers.items()),
    )
    source = Source(SourceKind.IMPORTED, datetime(2025, 6, 30, tzinfo=UTC), "bench", "made-up.csv", "00" * 32)
    whole = Entries(source, list(range(2, PEOPLE + 2)), columns)
    return IdentifiedEntries(whole, people, frozenset(people), days)


def _column(name: str, values: list[str] | list[float]) -> EntryColumn:
    return EntryColumn(name, list(values), [None] * len(values), header=name)


def _assess(vault: Vault) -> None:
    """Write assessments as they lie in a store, without making any: as large, but of random bytes."""
    visits = vault._database.rows("SELECT patient, key, day FROM visit ORDER BY key")
    risks = np.random.default_rng(3).beta(1.5, 9, len(visits)).tolist()
    lacking = "who_cvd_2019_lab:total_cholesterol_mmol_l who_cvd_2019_nonlab:bmi_kg_m2 findrisc:waist_cm"
    with vault.change(vault.user.id, "assessment.save") as change:
        change.many(
            "INSERT INTO assessment VALUES (?, ?, ?, ?, ?, '2025-06-30', '0', 'who_cvd_2019_lab', '', ?, ?)",
            ((key, f"{key:032x}", *visit, os.urandom(CONTENT_BYTES), change.id) for key, visit in enumerate(visits, 1)),
        )
        led = ("who_cvd_2019_lab", "risk_10y")
        change.many(
            INSERT_HEAD,
            (
                (key, *visit, *led, risk, "10_20", None) if key % 3 else (key, *visit, None, None, None, None, lacking)
                for key, (visit, risk) in enumerate(zip(visits, risks, strict=True), 1)
            ),
        )


def _clinic(vault: Vault) -> OpenClinic:
    predictors = Predictors(PackLibrary.shipped(), load_dictionary())
    plausible = load_plausible_values(predictors.dictionary)
    return OpenClinic(vault, Clinic("bench", "Benchmark", {}), predictors, SystemClock(), plausible)


def _new_clinic(folder: Path) -> Vault:
    create_clinic(folder, PASSPHRASE, Clinic("bench", "Benchmark", {}), SystemClock(), cost=CHEAP)
    return _open(folder)


def _open(folder: Path) -> Vault:
    return open_clinic(folder, PASSPHRASE, SystemClock(), floor=CHEAP)


def _timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _best(act: Callable[[], object]) -> float:
    """Return the best of three: what the machine does beside this is no part of a keystroke."""
    return min(_timed(act) for _ in range(3))


def _p95(taken: Sequence[float]) -> float:
    return float(np.percentile(taken, 95))
