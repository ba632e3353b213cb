"""What the data allow: the answer of the gate with its bar, and what was looked at, a line each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from desktop.studio.bars import EventsBar
from desktop.studio.checking import Seen
from desktop.studio.presenter import StudioPresenter
from desktop.studio.words import label_of
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card
from desktop.widgets.ui import Ui, column, frame, row
from engine.domain.studio import FollowUp, RowLeftOut
from engine.workflows.studio_words import Sized, gate_words, sized, sized_of, waiting_words

Named = Callable[[str], str]
_UNSURE = (RowLeftOut.OUTCOME_UNDATED, RowLeftOut.CONTRADICTION, RowLeftOut.OUTCOME_UNKNOWN)
_MUCH_MISSING = 0.2
LEFT = 328  # wide, beside what it is about


@dataclass(frozen=True, slots=True)
class Fact:
    """One line: whether it is in order, what it is, and a quieter line under it."""

    ok: bool
    head: str
    told: str


class AllowCard(Card):
    """Of the last look; without one, of the draft in hand."""

    def __init__(self, ui: Ui, presenter: StudioPresenter) -> None:
        super().__init__(ui, ui.texts("studio.allow.title"), gap=12)
        self._ui, self._presenter = ui, presenter
        self.doing = column(ui, gap=8)  # what can be done follows the answer
        seen, held = presenter.checking.seen, presenter.in_hand
        if seen is not None:
            size = sized(seen.looked, seen.tools)
            self._add_answer(size)
            self._add_facts([*facts_of(seen, ui, label_of(presenter)), *self._waiting(size)])
        elif held is not None:
            self._add_answer(sized_of(held.training.gate))
            people = held.training.people
            told = ui.texts("studio.allow.with_outcome", count=ui.texts.number(people.events))
            self._add_facts([Fact(True, ui.texts("studio.allow.people", count=ui.texts.number(people.people)), told)])

    def _add_answer(self, size: Sized) -> None:
        ui, texts = self._ui, self._ui.texts
        enough = size.answer == "train"
        head, sentence = gate_words(size, texts.wording)
        box = frame("notice", "ok" if enough else "warn")
        sign = QLabel()
        sign.setPixmap(ui.theme.pixmap("check" if enough else "question", "ok" if enough else "warn", 18))
        top = row(ui, sign, gap=8)
        top.addWidget(Label(ui, head, 14, bold=True, tone="ok" if enough else "warn"), 1)
        lines = column(ui, top, Label(ui, sentence, 13), gap=6, margins=(14, 12))
        if size.needed_events:
            adjust = size.adjust_events  # counted among other people than these: a mark only where it agrees with them
            agrees = adjust is not None and (size.events >= adjust) is (size.tool_events is not None)
            mark = adjust if agrees else None
            lines.addWidget(EventsBar(ui, size.events, size.needed_events, mark, enough=enough))
        box.setLayout(lines)
        self.body.addWidget(box)
        self.body.addLayout(self.doing)

    def _waiting(self, size: Sized) -> list[Fact]:
        told = waiting_words(size, self._ui.texts.wording)
        return [] if told is None else [Fact(False, *told)]

    def _add_facts(self, facts: list[Fact]) -> None:
        for at, fact in enumerate(facts):
            self.body.addWidget(self._line(fact, last=at + 1 == len(facts)))

    def _line(self, fact: Fact, *, last: bool) -> QWidget:
        ui = self._ui
        made = frame("clear" if last else "row")
        mark = QLabel()
        mark.setPixmap(ui.theme.pixmap("check" if fact.ok else "question", "ok" if fact.ok else "warn", 16))
        words = column(ui, Label(ui, fact.head, 13), Label(ui, fact.told, 12, tone="3") if fact.told else None, gap=2)
        line = row(ui, gap=10, margins=(0, 0, 0, 10))
        line.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(words, 1)
        made.setLayout(line)
        state = ui.texts("studio.allow.fine" if fact.ok else "studio.allow.look")
        made.setAccessibleName(f"{state}: {fact.head}. {fact.told}")
        return made


def facts_of(seen: Seen, ui: Ui, label: Named) -> list[Fact]:
    """Return what was looked at."""
    return [
        _outcome(seen, ui),
        _leaks(seen, ui, label),
        _people(seen, ui),
        _missing(seen, ui, label),
        _repeated(seen, ui),
    ]


def _outcome(seen: Seen, ui: Ui) -> Fact:
    texts, looked = ui.texts, seen.looked
    known = looked.people
    if seen.follow is None:
        head = "studio.allow.clear" if known == looked.rows else "studio.allow.not_all_clear"
        told = texts("studio.allow.known", known=texts.number(known), of=texts.number(looked.rows))
        return Fact(known == looked.rows, texts(head), told)
    unsure = sum(seen.follow.left_out.get(str(each), 0) for each in _UNSURE)
    head = "studio.allow.clear" if not unsure else "studio.allow.not_all_clear"
    told = texts("studio.allow.known", known=texts.number(known), of=texts.number(known + unsure))
    return Fact(not unsure, texts(head), told)


def _leaks(seen: Seen, ui: Ui, label: Named) -> Fact:
    texts = ui.texts
    taken = set(seen.answers.keep)
    out = {each.column for each in seen.looked.findings if each.weight == "leave_out"} | {
        each.field for each in seen.held_back
    }
    out = {column for column in out if column and column not in taken}
    asked = {each.column for each in seen.looked.findings if each.weight == "ask" and each.column}
    asked -= {*seen.answers.drop, *taken}
    told = []
    if out:
        names = texts("studio.comma").join(sorted(label(column) for column in out)[:4])
        told.append(texts("studio.allow.dropped", count=len(out), names=names))
    if asked:
        told.append(texts("studio.allow.asked", count=len(asked)))
    head = "studio.allow.no_leak" if not asked else "studio.allow.leak_to_decide"
    return Fact(not asked, texts(head), " ".join(told))


def _people(seen: Seen, ui: Ui) -> Fact:
    texts, looked, follow = ui.texts, seen.looked, seen.follow
    people = texts("studio.allow.people", count=texts.number(looked.people))
    events = texts("studio.allow.with_outcome", count=texts.number(looked.events))
    if follow is None or not follow.median_years:
        return Fact(True, people, events)
    years = f"{follow.median_years:.1f}"
    lost = f"{100 * follow.lost_share:.0f}"
    return Fact(
        follow.lost_share < _MUCH_MISSING, people, texts("studio.allow.followed", years=years, lost=lost, events=events)
    )


def _missing(seen: Seen, ui: Ui, label: Named) -> Fact:
    texts, columns = ui.texts, seen.looked.columns
    worst = max(columns, key=lambda each: each.missing, default=None)
    if worst is None or not worst.missing:
        return Fact(True, texts("studio.allow.no_gap"), texts("studio.allow.columns", count=len(columns)))
    share = f"{100 * worst.missing:.0f}"
    told = texts("studio.allow.worst", share=share, name=label(worst.name))
    head = "studio.allow.few_gaps" if worst.missing < _MUCH_MISSING else "studio.allow.many_gaps"
    return Fact(worst.missing < _MUCH_MISSING, texts(head), told)


def _repeated(seen: Seen, ui: Ui) -> Fact:
    texts, repeated = ui.texts, seen.looked.repeated
    if seen.follow is not None:
        repeated = _twice(seen.follow)
        told = texts("studio.allow.counted_once") if repeated else ""
        return Fact(True, texts("studio.allow.twice" if repeated else "studio.allow.once", count=repeated), told)
    return Fact(not repeated, texts("studio.allow.rows_twice" if repeated else "studio.allow.once", count=repeated), "")


def _twice(follow: FollowUp) -> int:
    return follow.left_out.get(str(RowLeftOut.REPEATED), 0)
