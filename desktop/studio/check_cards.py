"""What was found in the columns and the rows, and what a person decides about each column."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from desktop.studio.bars import ShareBar
from desktop.studio.checking import Seen
from desktop.studio.presenter import StudioPresenter
from desktop.studio.words import label_of
from desktop.widgets.labels import Label
from desktop.widgets.parts import Card
from desktop.widgets.tick import Tick
from desktop.widgets.ui import Ui, column, frame
from engine.domain.studio import FollowUp
from engine.workflows.studio_words import finding_words, left_out_words

Found = dict[str, list[str]]  # sentences by column
_MUCH = 0.2
_MOST_ALIKE = 2
_MOST_SHOWN = 14


class FindingsCard(Card):
    """Columns that could know the outcome: left out by themselves, or to be decided; and what is good to know."""

    def __init__(self, ui: Ui, presenter: StudioPresenter, seen: Seen) -> None:
        super().__init__(ui, ui.texts("studio.found.title"), ui.texts("studio.found.caption"), gap=8)
        self._ui, self._presenter = ui, presenter
        self._label = label_of(presenter)
        out, ask, know = self._found(seen)
        self._add("leave_out", out)
        self._add("ask", ask)
        if know:
            self._head("know")
            for said in know:
                self.body.addWidget(Label(ui, said, 13, tone="2"))
        if not (out or ask or know):
            self.body.addWidget(Label(ui, ui.texts("studio.found.nothing"), 13, tone="2"))

    def _found(self, seen: Seen) -> tuple[Found, Found, list[str]]:
        """Return what is said of columns that are left out, of those to decide, and of the rows."""
        wording, out, ask = self._ui.texts.wording, Found(), Found()
        alike: dict[str, list[tuple[str, str]]] = {}
        for held in seen.held_back:
            by = self._label(held.by)
            out.setdefault(held.field, []).append(wording.say(f"studio.held_back.{held.reason}", by=by))
        for each in seen.looked.findings:
            said = finding_words(each, self._label, wording)
            where = {"leave_out": out, "ask": ask}.get(each.weight) if each.column else None
            if where is None:
                alike.setdefault(each.code, []).append((each.column, said))
            else:
                where.setdefault(each.column, []).append(said)
        # What was decided before this look is no finding any more; it can be taken back.
        for name, words in ((seen.answers.drop, "dropped"), (seen.answers.keep, "taken_back")):
            for column_ in name:
                where = ask if words == "dropped" else out
                if column_ not in out and column_ not in ask:
                    where[column_] = [self._ui.texts(f"studio.found.{words}")]
        for column_ in out:
            ask.pop(column_, None)
        return out, ask, [said for found in alike.values() for said in self._shortened(found)]

    def _shortened(self, found: list[tuple[str, str]]) -> list[str]:
        """Return sentences that are alike; after the first, the columns of the others by name where they are many."""
        if len(found) <= _MOST_ALIKE:
            return [said for _, said in found]
        names = self._ui.texts("studio.comma").join(self._label(column_) for column_, _ in found[1:])
        return [found[0][1], self._ui.texts("studio.found.also", count=len(found) - 1, names=names)]

    def _add(self, weight: str, found: Found) -> None:
        if not found:
            return
        self._head(weight)
        answers = self._presenter.asking.answers
        by_itself = weight == "leave_out"
        for name, said in found.items():
            taken = name in answers.keep if by_itself else name not in answers.drop
            self.body.addWidget(self._line(name, said, taken, by_itself=by_itself))

    def _head(self, weight: str) -> None:
        words = self._ui.texts.wording.say(f"learning.weight.{weight}")
        self.body.addWidget(Label(self._ui, words, 12, bold=True, tone="warn" if weight == "ask" else "2"))

    def _line(self, name: str, said: list[str], taken: bool, *, by_itself: bool) -> QWidget:
        ui, presenter = self._ui, self._presenter
        made = frame("row")
        tick = Tick(ui, self._label(name), taken, bold=False)
        tick.setObjectName(f"column:{name}")
        words = ui.texts("studio.found.take_part" if not by_itself else "studio.found.take_back")
        tick.setAccessibleDescription(f"{words}. {' '.join(said)}")
        tick.setEnabled(presenter.sees_records or presenter.may_change)

        def turn(on: bool) -> None:
            presenter.control = f"column:{name}"
            presenter.asking.decide(name, on, by_itself)

        tick.toggled.connect(turn)
        lines = column(ui, tick, gap=0, margins=(0, 0, 0, 8))
        for each in said:
            told = Label(ui, each, 12, tone="3")
            told.setContentsMargins(ui.px(28), 0, 0, 0)
            lines.addWidget(told)
        made.setLayout(lines)
        return made


class MissingCard(Card):
    """Which share of people has no value, column by column, the most first."""

    def __init__(self, ui: Ui, presenter: StudioPresenter, seen: Seen) -> None:
        texts, looked = ui.texts, seen.looked
        of = {"complete": texts.number(looked.complete), "people": texts.number(looked.people)}
        super().__init__(ui, texts("studio.gaps.title"), texts("studio.gaps.caption", **of), gap=8)
        label = label_of(presenter)
        gaps = sorted((each for each in looked.columns if each.missing), key=lambda each: -each.missing)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(ui.px(12))
        grid.setVerticalSpacing(ui.px(6))
        grid.setColumnStretch(0, 1)
        for at, each in enumerate(gaps[:_MOST_SHOWN]):
            share = f"{100 * each.missing:.0f} %" if each.missing >= 0.005 else "< 1 %"
            grid.addWidget(Label(ui, label(each.name), 13), at, 0)
            grid.addWidget(ShareBar(ui, each.missing, "warn_mark" if each.missing >= _MUCH else "edge"), at, 1)
            number = Label(ui, share, 12, tone="3", wrap=False)
            number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(number, at, 2)
        self.body.addLayout(grid)
        rest = len(gaps) - _MOST_SHOWN
        whole = len(looked.columns) - len(gaps)
        told = [texts("studio.gaps.rest", count=rest)] if rest > 0 else []
        told += [texts("studio.gaps.whole", count=whole)] if whole else []
        told.append(texts("studio.gaps.handled"))
        self.body.addWidget(Label(ui, " ".join(told), 12, tone="3"))


class PeopleCard(Card):
    """Who gives no row, and why."""

    def __init__(self, ui: Ui, follow: FollowUp) -> None:
        texts = ui.texts
        caption = ""
        if follow.first_day is not None and follow.last_day is not None:
            days = {"first": texts.date(follow.first_day), "last": texts.date(follow.last_day)}
            caption = texts("studio.people.caption", **days)
        super().__init__(ui, texts("studio.people.title"), caption, gap=8)
        left = left_out_words(follow, texts.wording)
        if not left:
            self.body.addWidget(Label(ui, texts("studio.people.nobody"), 13, tone="2"))
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(ui.px(12))
        grid.setVerticalSpacing(ui.px(6))
        grid.setColumnStretch(1, 1)
        for at, (reason, count) in enumerate(left):
            number = Label(ui, texts.number(count), 13, bold=True, wrap=False)
            number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
            grid.addWidget(number, at, 0)
            grid.addWidget(Label(ui, reason, 13), at, 1)
        self.body.addLayout(grid)
