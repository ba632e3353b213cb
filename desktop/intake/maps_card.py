"""What was answered about files is remembered by their shape: listed, looked at, forgotten."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from desktop.context import Context
from desktop.i18n import Texts
from desktop.intake.words import target_label
from desktop.widgets.buttons import Button
from desktop.widgets.labels import ElidedLabel, Label
from desktop.widgets.parts import Card
from desktop.widgets.ui import Ui, clear, column, frame, held, row
from engine.fields import load_dictionary
from engine.intake.lexicon import BESIDE_FIELDS, EVIDENCE
from engine.intake.questions import LEAVE_OUT, AnswerValue
from engine.workflows.import_maps import ImportMap, all_maps, forget_map
from engine.workflows.waiting_rows import recent_imports

_MOST = 12
_MAP = "map"


class MapsDesk(QObject):
    """The maps of the clinic. ``looked_at`` and ``asked``: the names of the one in view, and of the one to forget."""

    changed = Signal()

    def __init__(self, context: Context, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self.maps: tuple[ImportMap, ...] = ()
        self.files: dict[str, str] = {}  # id of an import -> name of its file
        self.looked_at = self.asked = ""

    def load(self) -> None:
        """Read what is remembered."""
        self._context.on_store(
            self,
            lambda clinic: (all_maps(clinic), {one.id: one.file_name or "" for one in recent_imports(clinic)}),
            self._take,
        )

    def look(self, name: str) -> None:
        """Show one in full, or no more."""
        self.looked_at = "" if name == self.looked_at else name
        self.changed.emit()

    def ask(self, name: str) -> None:
        """Ask before one is forgotten; an empty name leaves it."""
        self.asked = name
        self.changed.emit()

    def forget(self) -> None:
        """Forget the one that was asked about."""
        name, self.asked = self.asked, ""
        self._context.on_store(self, lambda clinic: forget_map(clinic, name), lambda _: self._forgotten())

    def _take(self, found: tuple[tuple[ImportMap, ...], dict[str, str]]) -> None:
        self.maps, self.files = found
        self.changed.emit()

    def _forgotten(self) -> None:
        self._context.good_news.emit(self._context.texts("bring.maps.forgotten"))
        self.load()


class MapsCard(Card):
    """Hidden while nothing is remembered."""

    def __init__(self, ui: Ui, desk: MapsDesk) -> None:
        super().__init__(ui, ui.texts("bring.maps.title"), " ", gap=4)
        self._ui, self._desk = ui, desk
        self._rows = column(ui, gap=0)
        self.body.addLayout(self._rows)
        desk.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what is remembered."""
        desk = self._desk
        self.setVisible(bool(desk.maps))
        self.set_caption(self._ui.texts("bring.maps.count", count=len(desk.maps)))
        clear(self._rows)
        shown = desk.maps[:_MOST]
        for one in shown:
            self._rows.addWidget(self._row(one, last=one is shown[-1]))

    def _row(self, known: ImportMap, *, last: bool) -> QFrame:
        ui, texts, desk = self._ui, self._ui.texts, self._desk
        made = frame("clear" if last else "row")
        headers = ", ".join(header for header in known.headers if header)
        day = "" if known.saved_at is None else texts.date(known.saved_at.astimezone().date())
        name = desk.files.get(known.import_id or "", "")
        used = texts("bring.maps.used", columns=headers, day=day) if name else texts("bring.maps.saved", day=day)
        name = name or headers
        counts = (("columns", len(known.headers)), ("answers", len(known.answers)))
        size = " · ".join(texts(f"bring.maps.{key}", count=count) for key, count in counts if count)
        look = Button(
            ui,
            texts("bring.maps.close" if desk.looked_at == known.name else "bring.maps.look"),
            kind="link",
            size="small",
        )
        forget = Button(ui, texts("bring.maps.forget"), kind="link", size="small")
        for button in (look, forget):
            button.setAccessibleName(f"{button.text()}: {name[:80]}")
        look.clicked.connect(lambda: desk.look(known.name))
        forget.clicked.connect(lambda: desk.ask(known.name))
        line = row(ui, gap=12, margins=(0, 7))
        line.addWidget(
            held(column(ui, ElidedLabel(ui, name, 13, bold=True), ElidedLabel(ui, used, 12, color="text_3"), gap=2)), 5
        )
        line.addWidget(ElidedLabel(ui, size, 13, color="text_2"), 2)
        line.addWidget(look)
        line.addWidget(forget)
        whole = column(ui, held(line), gap=4)
        if desk.asked == known.name:
            whole.addWidget(self._asking())
        if desk.looked_at == known.name:
            whole.addWidget(self._in_full(known))
        made.setLayout(whole)
        return made

    def _asking(self) -> QWidget:
        ui, texts, desk = self._ui, self._ui.texts, self._desk
        made = frame("notice", "danger")
        keep, forget = (
            Button(ui, texts("bring.maps.keep"), size="small"),
            Button(ui, texts("bring.maps.forget_now"), kind="danger", size="small"),
        )
        keep.clicked.connect(lambda: desk.ask(""))
        forget.clicked.connect(desk.forget)
        line = row(ui, Label(ui, texts("bring.maps.forget_sure"), 13), keep, forget, gap=8, margins=(12, 8))
        line.setStretch(0, 1)
        made.setLayout(line)
        return made

    def _in_full(self, known: ImportMap) -> QWidget:
        made = frame("sunken")
        lines = map_lines(known, self._ui.texts)
        grid = QGridLayout(made)
        grid.setContentsMargins(self._ui.margins(12, 10))
        grid.setHorizontalSpacing(self._ui.px(24))
        grid.setVerticalSpacing(self._ui.px(4))
        half = (len(lines) + 1) // 2
        for at, line in enumerate(lines):
            grid.addWidget(Label(self._ui, line, 13), at % half, at // half)
        return made


def map_lines(known: ImportMap, texts: Texts) -> list[str]:
    """Return what each column is taken for, then every answer, as the import asks it."""
    lines = [
        texts("bring.maps.taken_for", column=name, field=_field(field, texts)) for name, field in known.fields.items()
    ]
    for id_, answer in known.answers.items():
        kind, _, name = id_.partition(":")
        if kind != _MAP:
            field = _field(known.fields.get(name), texts) if known.fields.get(name) else name
            question = texts(f"import.ask.{kind}", field=field) if f"import.ask.{kind}" in texts else id_
            lines.append(
                texts("bring.maps.answer", question=question, answer=_answer(kind, name, known, answer, texts))
            )
    return lines


def _field(field: str | None, texts: Texts) -> str:
    if field is None or field == LEAVE_OUT:
        return texts("bring.maps.left_out")
    known = field.removeprefix(EVIDENCE) in load_dictionary() or field in BESIDE_FIELDS
    return target_label(field, texts) if known else field


def _answer(kind: str, name: str, known: ImportMap, answer: AnswerValue, texts: Texts) -> str:
    if isinstance(answer, dict):
        field = (known.fields.get(name) or "").removeprefix(EVIDENCE)
        return ", ".join(f"{code} = {_meaning(field, str(value or ''), texts)}" for code, value in answer.items())
    key = f"import.answer.{kind}.{answer}"
    return texts(key) if key in texts else str(answer)


def _meaning(field: str, code: str, texts: Texts) -> str:
    words = {"true": texts("import.yes"), "false": texts("import.no"), "": texts("import.no_answer")}
    if code in words:
        return words[code]
    dictionary = load_dictionary()
    return dictionary[field].category_label(code, texts.language) if field in dictionary else code
