"""Printers: which there are, how they are, and pages on them. The only home of Qt's printing.

Everything that asks a printer or draws for one happens on the lane of paper: a printer in the network may take seconds
to answer. Pages come as finished images and are drawn in strips, because Qt holds every other thread while it draws.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QRect, Signal
from PySide6.QtGui import QImage, QImageReader, QPageLayout, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrintDialog, QPrinter, QPrinterInfo
from PySide6.QtWidgets import QDialog, QWidget

from desktop.context import Context
from desktop.jobs import Job, Task
from engine.domain.batch import IntArray
from engine.errors import BugError, EngineError

PRINT_PPI = 240  # of the images that are printed: patterns stay sharp, and a page draws in a quarter of a second
_STRIP_ROWS = 150
_SEAM_ROWS = 60  # how far up a quiet place for a seam is looked for
_EVERY = 2  # of how many columns one is looked at
_QUIET_ROWS = 5  # rows above and below a seam that should be the same
_SIZES = {"a4": QPageSize.PageSizeId.A4, "letter": QPageSize.PageSizeId.Letter}
_MOST_LETTERS = 120

Pages = Sequence[bytes] | Callable[[Task], Sequence[bytes]]


class PrinterState(StrEnum):
    """How a printer is, as far as the system knows."""

    UNKNOWN = "unknown"  # nobody looked yet
    READY = "ready"
    OFF = "off"  # there, but stopped, out of paper or not reached
    MISSING = "missing"  # the one that was chosen is not set up any more
    NONE = "none"  # no printer is set up at all


class PrintOutcome(StrEnum):
    """How printing one document ended."""

    PRINTED = "printed"  # taken by the system, which prints it
    MISSING = "missing"
    OFF = "off"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Printer:
    """One printer of this machine."""

    name: str
    is_default: bool
    state: PrinterState


class Printers(QObject):
    """The printers of this machine, and the one that is used."""

    changed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._context = context
        self._known: tuple[Printer, ...] = ()
        self._looked = False
        self._looks = False

    @property
    def known(self) -> tuple[Printer, ...]:
        """The printers that were there when somebody looked last."""
        return self._known

    @property
    def chosen(self) -> str:
        """The printer that is used: the one chosen here, else the system's own; empty where there is none."""
        if self._context.settings.printer:
            return self._context.settings.printer
        fallback = [each.name for each in self._known if each.is_default] or [each.name for each in self._known]
        return fallback[0] if fallback else ""

    @property
    def state(self) -> PrinterState:
        """How the printer that is used is."""
        if not self._looked:
            return PrinterState.UNKNOWN
        if not self.chosen:
            return PrinterState.NONE
        states = {each.name: each.state for each in self._known}
        return states.get(self.chosen, PrinterState.MISSING)

    @property
    def words(self) -> str:
        """The printer and its state in one line."""
        return self._context.texts(f"printing.state.{self.state}", printer=self.chosen[:_MOST_LETTERS])

    def look(self) -> None:
        """Look anew which printers there are and how they are."""
        if not self._looks:
            self._looks = True
            self._context.jobs.paper(self, lambda task: _look(), self._take, self._not_looked, self._forget_look)

    def choose(self, name: str) -> None:
        """Use this printer from now on."""
        self._context.change(printer=name)
        self.changed.emit()
        self.look()

    def ask(self, parent: QWidget, then: Callable[[], None]) -> None:
        """Show the system's own dialog; ``then`` is called when a printer was chosen in it."""
        printer = QPrinter(QPrinterInfo.printerInfo(self.chosen)) if self.chosen else QPrinter()
        dialog = QPrintDialog(printer, parent)
        dialog.setOption(QPrintDialog.PrintDialogOption.PrintToFile, False)
        dialog.setOption(QPrintDialog.PrintDialogOption.PrintPageRange, False)

        def accepted() -> None:
            self.choose(printer.printerName())
            then()

        dialog.accepted.connect(accepted)
        dialog.finished.connect(dialog.deleteLater)
        QDialog.open(dialog)  # the print dialog's own hides this one behind a form with a receiver

    def print_pages(
        self,
        pages: Pages,
        paper: str,
        title: str,
        done: Callable[[PrintOutcome], None],
        failed: Callable[[EngineError], None] | None = None,
        *,
        cancelled: Callable[[], None] | None = None,
        owner: QObject | None = None,
    ) -> Job[PrintOutcome]:
        """Print one document on the printer that is used.

        A stop is heard before the document begins; one that has begun is finished, so that no half sheet comes out.

        Args:
            pages: PNG images at PRINT_PPI, one a page, or what makes them (called on the lane of paper).
            paper: of ``desktop.settings.PAPERS``.
            title: what lists of print jobs show, on this machine and on others: never a patient's name.
            done: told how it ended.
            failed: told when the pages could not be made; None: said at the foot of the window.
            cancelled: told when it was stopped before it began.
            owner: who hears; nobody is told any more when it is gone.
        """
        name = self.chosen

        def work(task: Task) -> PrintOutcome:
            task.cancel.check()
            bad = _why_not(name)
            if bad is not None:
                return bad
            images = pages(task) if callable(pages) else pages
            task.cancel.check()
            outcome = _print(name, images, paper, title)
            # One that was taken away or stopped in the middle says no more than that it took nothing.
            return (_why_not(name) or outcome) if outcome is PrintOutcome.REFUSED else outcome

        return self._context.jobs.paper(owner or self, work, done, failed, cancelled)

    def _take(self, known: tuple[Printer, ...]) -> None:
        self._looks = False
        before = (self._known, self._looked)
        self._known, self._looked = known, True
        if before != (known, True):
            self.changed.emit()

    def _not_looked(self, error: EngineError) -> None:
        self._looks = False
        self._context.tell(error)

    def _forget_look(self) -> None:
        self._looks = False


def read_png(content: bytes) -> QImage:
    """Return the image of a PNG; other threads go on meanwhile, which ``QImage.fromData`` would not let them.

    Raises:
        BugError: ``page_image`` when these are no bytes of a PNG.
    """
    buffer = QBuffer()
    buffer.setData(QByteArray(content))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, QByteArray(b"PNG"))
    reader.setAllocationLimit(0)
    image = reader.read()
    if image.isNull():
        raise BugError("page_image")
    return image


def draw_image(painter: QPainter, image: QImage, area: QRect) -> None:
    """Draw an image over an area, strip by strip, so that no single step holds the other threads for long."""
    stretch = area.height() / image.height()
    edges = seams(image)
    for top, bottom in pairwise(edges):
        strip = image.copy(0, top, image.width(), bottom - top).convertToFormat(QImage.Format.Format_RGB32)
        # Edges are rounded the same way from both sides: no gap and no double line between two strips.
        first, last = round(top * stretch), round(bottom * stretch)
        painter.drawImage(QRect(area.x(), area.y() + first, area.width(), last - first), strip)


def seams(image: QImage) -> list[int]:
    """Return the rows at which an image is cut into strips, its two ends included.

    A printer, or a program that shows a printed file, puts every strip on whole points of its own, so that it may
    overlap its neighbour by one. Between two lines of text nobody sees that; through a line it would be cut.
    """
    changes = _changes(image)
    edges = [0]
    while image.height() - edges[-1] > _STRIP_ROWS:
        wanted = edges[-1] + _STRIP_ROWS
        span = changes[wanted - _SEAM_ROWS : wanted + 1]
        edges.append(wanted - _SEAM_ROWS + int(len(span) - 1 - span[::-1].argmin()))
    return [*edges, image.height()]


def _changes(image: QImage) -> IntArray:
    """Return for each row how much the rows around it change from one to the next."""
    pixels = np.frombuffer(image.constBits(), dtype=np.uint8)
    rows = pixels.reshape(image.height(), image.bytesPerLine())[:, :: 4 * _EVERY].astype(np.int16)
    steps = np.abs(np.diff(rows, axis=0, prepend=rows[:1])).sum(axis=1, dtype=np.int64)
    return np.convolve(steps, np.ones(2 * _QUIET_ROWS + 1, dtype=np.int64), mode="same")


def _look() -> tuple[Printer, ...]:
    default = QPrinterInfo.defaultPrinterName()
    names = QPrinterInfo.availablePrinterNames()
    return tuple(Printer(name, name == default, _state(QPrinterInfo.printerInfo(name))) for name in names)


def _state(info: QPrinterInfo) -> PrinterState:
    if info.isNull():
        return PrinterState.MISSING
    bad = (QPrinter.PrinterState.Error, QPrinter.PrinterState.Aborted)
    return PrinterState.OFF if info.state() in bad else PrinterState.READY


def _why_not(name: str) -> PrintOutcome | None:
    state = _state(QPrinterInfo.printerInfo(name)) if name else PrinterState.MISSING
    return {PrinterState.MISSING: PrintOutcome.MISSING, PrinterState.OFF: PrintOutcome.OFF}.get(state)


def _print(name: str, pages: Sequence[bytes], paper: str, title: str) -> PrintOutcome:
    printer = QPrinter(QPrinterInfo.printerInfo(name), QPrinter.PrinterMode.HighResolution)
    printer.setDocName(title)
    printer.setCreator("Lantern")
    printer.setPageSize(QPageSize(_SIZES[paper]))
    printer.setPageOrientation(QPageLayout.Orientation.Portrait)
    printer.setFullPage(True)  # the margins are in the image
    printer.setResolution(PRINT_PPI)
    painter = QPainter()
    if not printer.isValid() or not painter.begin(printer):
        return PrintOutcome.REFUSED
    whole = True
    for number, page in enumerate(pages):
        if number:
            whole = printer.newPage() and whole
        draw_image(painter, read_png(page), QRect(0, 0, printer.width(), printer.height()))
    ended = painter.end()
    gone = printer.printerState() in (QPrinter.PrinterState.Error, QPrinter.PrinterState.Aborted)
    return PrintOutcome.PRINTED if whole and ended and not gone else PrintOutcome.REFUSED
