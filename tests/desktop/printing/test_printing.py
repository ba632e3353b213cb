"""Pages on paper: strips that leave no seam, printers that are not there, titles without a name."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRect
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from desktop.context import Context
from desktop.printing import Printers, PrinterState, PrintOutcome, draw_image, read_png, seams
from engine.errors import BugError

WAIT_MS = 20_000


def png_of(image: QImage) -> bytes:
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    assert image.save(buffer, "PNG")  # type: ignore[call-overload]  # the stub wants bytes, Qt a text
    return bytes(content.data())


def striped(width: int, height: int) -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    for y in range(height):
        for x in range(width):
            image.setPixelColor(x, y, QColor("black" if (x // 3 + y // 5) % 2 else "white"))
    return image


def test_a_page_is_read_as_it_was_written() -> None:
    image = striped(40, 60)
    read = read_png(png_of(image))
    assert read.convertToFormat(QImage.Format.Format_RGB32) == image


def test_what_is_no_image_is_refused() -> None:
    with pytest.raises(BugError, match="page_image"):
        read_png(b"no image")


def test_strips_of_a_page_join_without_a_seam() -> None:
    image = striped(60, 500)
    target = QImage(60, 500, QImage.Format.Format_RGB32)
    target.fill(QColor("red"))
    painter = QPainter(target)
    draw_image(painter, image, QRect(0, 0, 60, 500))
    painter.end()
    assert target == image


def test_strips_are_cut_between_lines_and_not_through_them() -> None:
    image = QImage(80, 1000, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    lines = range(10, 980, 40)
    for top in lines:
        for row in range(top, top + 22, 2):  # rows that differ, as those of letters do
            painter.fillRect(10, row, 60, 1, QColor("black"))
    painter.end()
    edges = seams(image)
    assert edges[0] == 0
    assert edges[-1] == 1000
    assert max(below - above for above, below in pairwise(edges)) <= 150
    for edge in edges[1:-1]:
        assert not any(top - 3 < edge < top + 25 for top in lines)


@pytest.mark.parametrize("height", [333, 501, 777])
def test_a_stretched_page_leaves_no_gap_between_strips(height: int) -> None:
    image = QImage(50, 500, QImage.Format.Format_RGB32)
    image.fill(QColor("black"))
    target = QImage(50, height, QImage.Format.Format_RGB32)
    target.fill(QColor("red"))
    painter = QPainter(target)
    draw_image(painter, image, QRect(0, 0, 50, height))
    painter.end()
    assert all(target.pixelColor(25, y) == QColor("black") for y in range(height))


def test_a_printer_that_is_gone_is_said_in_words_and_prints_nothing(qtbot: QtBot, context: Context) -> None:
    printers = Printers(context)
    assert str(printers.state) == "unknown"
    context.change(printer="Gone")
    with qtbot.waitSignal(printers.changed, timeout=WAIT_MS):
        printers.look()
    assert printers.state is PrinterState.MISSING
    assert "Gone" in printers.words
    ended: list[PrintOutcome] = []
    made: list[object] = []

    def pages(task: object) -> list[bytes]:
        made.append(task)
        return []

    printers.print_pages(pages, "a4", "Sheet", ended.append)
    qtbot.waitUntil(lambda: bool(ended), timeout=WAIT_MS)
    assert ended == [PrintOutcome.MISSING]
    assert not made  # no page is set for a printer that is not there


def test_a_stop_before_the_document_begins_prints_nothing(qtbot: QtBot, context: Context) -> None:
    printers = Printers(context)
    context.change(printer="Gone")
    stopped: list[bool] = []
    job = printers.print_pages([], "a4", "Sheet", lambda _: None, cancelled=lambda: stopped.append(True))
    job.cancel()
    qtbot.waitUntil(lambda: bool(stopped) or job.ended, timeout=WAIT_MS)
    assert job.ended


def test_the_chosen_printer_is_remembered(qtbot: QtBot, context: Context, tmp_path: Path) -> None:
    printers = Printers(context)
    printers.choose("Office")
    assert context.settings.printer == "Office"
    assert printers.chosen == "Office"
    assert '"Office"' in context.paths.settings.read_text(encoding="utf-8")
