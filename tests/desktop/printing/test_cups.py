"""From the button to paper on a printer of this system: a CUPS server of its own that prints into PDF files."""

from __future__ import annotations

import getpass
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop.batch.presenter import BatchPresenter
from desktop.context import Context
from desktop.people import People
from desktop.preview.presenter import PreviewPresenter
from desktop.printing import Printers, PrinterState

QUEUE = "LanternPaper"
WAIT_MS = 120_000
_SERVER = Path("/usr/sbin/cupsd")
_DRIVER = Path("/usr/share/ppd/cups-pdf/CUPS-PDF_noopt.ppd")

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.timeout(400),
    pytest.mark.skipif(
        not (_SERVER.exists() and _DRIVER.exists() and getpass.getuser() == "root"),
        reason="needs cups and printer-driver-cups-pdf, and the right to start a print server",
    ),
]


def command(name: str, *arguments: str) -> str:
    """Run a command of the print server and return what it says."""
    program = shutil.which(name)
    assert program is not None
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False, timeout=60)
    return done.stdout + done.stderr


def add_queue() -> None:
    command("lpadmin", "-p", QUEUE, "-E", "-v", "cups-pdf:/", "-P", str(_DRIVER))


@pytest.fixture
def queue() -> Iterator[str]:
    """A queue of a running print server; a server that was there before is used and left alone."""
    there = command("lpstat", "-r")
    server = None
    if "is running" not in there:
        server = subprocess.Popen([str(_SERVER), "-f"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(2)
    add_queue()
    yield QUEUE
    command("lpadmin", "-x", QUEUE)
    if server is not None:
        server.terminate()
        server.wait(timeout=20)


@pytest.fixture
def paper(tmp_path: Path) -> Iterator[Path]:
    """Where the sheets of the queue come out; what lay there before is put back."""
    folder = Path.home() / "PDF"
    aside = tmp_path / "before"
    if folder.exists():
        shutil.move(folder, aside)
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)
    if aside.exists():
        shutil.move(aside, folder)


@pytest.fixture
def people(qtbot: QtBot, practice: Context) -> People:
    made = People(practice)
    with qtbot.waitSignal(made.loaded, timeout=WAIT_MS):
        made.load()
    return made


def printers_of(qtbot: QtBot, context: Context, name: str) -> Printers:
    printers = Printers(context)
    printers.choose(name)
    qtbot.waitUntil(lambda: printers.state is PrinterState.READY, timeout=WAIT_MS)
    return printers


def out_of_the_printer(qtbot: QtBot, folder: Path, sheets: int) -> list[Path]:
    def all_there() -> bool:
        waiting = command("lpstat", "-o", QUEUE)
        return len(list(folder.glob("*.pdf"))) >= sheets and not waiting.strip()

    qtbot.waitUntil(all_there, timeout=WAIT_MS)
    return sorted(folder.glob("*.pdf"))


def test_a_sheet_comes_out_with_its_pages_and_without_a_name_in_the_title(
    qtbot: QtBot, practice: Context, people: People, queue: str, paper: Path
) -> None:
    from pypdfium2 import PdfDocument  # type: ignore[import-untyped]  # ships no types

    assert people.panel is not None
    printers = printers_of(qtbot, practice, queue)
    preview = PreviewPresenter(practice, people, printers)
    preview.open(people.panel.row(0).person_id)
    qtbot.waitUntil(lambda: preview.sheet is not None, timeout=WAIT_MS)
    with qtbot.waitSignal(practice.good_news, timeout=WAIT_MS):
        preview.print()
    (file,) = out_of_the_printer(qtbot, paper, 1)
    assert not any(word in file.name for word in preview.name.split())
    document = PdfDocument(file)
    sizes = [page.get_size() for page in document]
    picture = document[0].render(scale=1).to_numpy()
    document.close()
    assert len(sizes) == 2
    assert sizes[0] == pytest.approx((595, 842), abs=2)
    assert 0.02 < (picture < 128).mean() < 0.5  # ink on paper, neither blank nor black


def test_a_list_prints_and_a_printer_taken_away_in_the_middle_loses_no_sheet(
    qtbot: QtBot, practice: Context, people: People, queue: str, paper: Path
) -> None:
    printers = printers_of(qtbot, practice, queue)
    batch = BatchPresenter(practice, people, printers)
    batch.choose(batch.people[:6])
    batch.print()
    qtbot.waitUntil(lambda: batch.prints.count("printed") >= 1, timeout=WAIT_MS)
    command("lpadmin", "-x", QUEUE)
    qtbot.waitUntil(lambda: batch.prints.count("held") > 0, timeout=WAIT_MS)
    held = [job for job in batch.prints.jobs if job.state == "held"]
    assert held
    assert {batch.why(job) for job in held} == {practice.texts("batch.why.printer_missing")}
    assert batch.prints.count("printed") + len(held) == 6
    add_queue()
    batch.prints.again()
    qtbot.waitUntil(lambda: batch.prints.count("printed") == 6, timeout=WAIT_MS)


def test_a_stopped_printer_holds_the_list_with_a_word_what_to_do(
    qtbot: QtBot, practice: Context, people: People, queue: str, paper: Path
) -> None:
    printers = printers_of(qtbot, practice, queue)
    command("cupsdisable", QUEUE)
    batch = BatchPresenter(practice, people, printers)
    batch.choose(batch.people[:2])
    batch.print()
    qtbot.waitUntil(lambda: batch.prints.count("held") == 2, timeout=WAIT_MS)
    assert {batch.why(job) for job in batch.prints.jobs} == {practice.texts("batch.why.printer_off")}
    qtbot.waitUntil(lambda: printers.state is PrinterState.OFF, timeout=WAIT_MS)
    command("cupsenable", QUEUE)
    qtbot.waitUntil(lambda: batch.prints.printer_is_back, timeout=WAIT_MS)
