"""Makes a picture of every screen: the real program on the practice clinics, without a display.

    python tests/screens/shoot.py [--out DIR] [--only NAME] [--language en|zh] [--look light|dark]

Each picture is the whole window at 1366x768 below its title bar; chosen ones also at other sizes. The clock stands
still; nothing is imitated. A recovery key is drawn anew each time, so its page differs in that.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import QApplication

from desktop.collector import Collector
from desktop.paths import Paths
from desktop.record.risk_card import RiskCard
from desktop.record.what_if_card import WhatIfCard
from engine.domain.ports import FixedClock
from engine.risk.predictors import Predictors
from engine.workflows.practice import make_practice_clinic
from engine.workflows.predictors import shipped_predictors
from engine.workflows.users import Role
from tests.screens import arrivals, origins, roles, trained
from tests.screens.stage import NOW, VISIT, Stage

CHECKOUT = Path(__file__).resolve().parent.parent.parent
LANGUAGES = ("en", "zh")
LOOKS = ("light", "dark")
USUAL, WIDE, LOW, SMALL = (1366, 736), (1920, 1048), (1366, 680), (900, 600)
SMALLEST = (680, 380)


@dataclass(frozen=True, slots=True)
class Screen:
    """One screen: its name, the steps to it, the sizes beside the usual one, and whether also at 200 % text."""

    name: str
    steps: Callable[[Stage], None]
    sizes: Sequence[tuple[int, int]] = ()
    large_text: bool = False


FRONT = (
    Screen("first-start-clinic", lambda stage: stage.first_start(0), (WIDE, LOW, SMALLEST), large_text=True),
    Screen("first-start-passphrase", lambda stage: stage.first_start(1)),
    Screen("first-start-recovery", lambda stage: stage.first_start(2), (LOW,)),
    Screen("unlock", lambda stage: stage.unlock(), (WIDE, SMALLEST), large_text=True),
    Screen("unlock-wrong", lambda stage: stage.unlock(wrong=True)),
    Screen("unlock-practice", lambda stage: stage.practice()),
    # Each of these opens the clinic as somebody else.
    Screen("front-desk-list", roles.list_of_front_desk, (SMALLEST,)),
    Screen("front-desk-person", roles.front_desk, (SMALL, SMALLEST)),
    Screen("front-desk-emergency", lambda stage: roles.front_desk(stage, emergency=True), (SMALL, SMALLEST)),
    Screen("security-auditor", lambda stage: roles.security_of(stage, Role.AUDITOR)),
    Screen("security-administrator", lambda stage: roles.security_of(stage, Role.ADMINISTRATOR), (SMALLEST,)),
    Screen("security-review", lambda stage: roles.review(stage, at_home=False), (SMALLEST,)),
    Screen("patients-review", lambda stage: roles.review(stage, at_home=True), (SMALLEST,)),
    Screen("restore", lambda stage: stage.restore_in_front(), (SMALLEST,)),
)
WORK = (
    Screen("patients", lambda stage: stage.patients(), (WIDE, LOW, SMALL, SMALLEST), large_text=True),
    Screen("patients-ranges", lambda stage: stage.ranges(), (SMALL, SMALLEST)),
    Screen("patients-selected", lambda stage: stage.patients(ticked=4)),
    Screen(
        "record", lambda stage: stage.record(stage.people()[0], VISIT), (WIDE, LOW, SMALL, SMALLEST), large_text=True
    ),
    Screen("record-refused", lambda stage: stage.record(stage.people(with_number=False)[0])),
    Screen("record-seen-by", roles.seen_by, (SMALL, SMALLEST)),
    Screen("record-new", lambda stage: stage.record("")),
    Screen("record-range", lambda stage: stage.record_card(RiskCard, "smoker"), (SMALL, SMALLEST), large_text=True),
    Screen("record-better-tool", lambda stage: stage.record_without("total_cholesterol_mmol_l")),
    Screen("record-what-if", lambda stage: stage.record_card(WhatIfCard), (SMALL, SMALLEST), large_text=True),
    Screen("record-why", lambda stage: stage.record_tools(choice=True), (WIDE, SMALLEST), large_text=True),
    Screen("record-tools", lambda stage: stage.record_tools(asked=("bmi_class", "tyg")), (SMALLEST,)),
    Screen("record-stability", lambda stage: stage.record_tools(asked=("dysglycaemia_no_lab",)), (SMALLEST,)),
    Screen("import-file", lambda stage: stage.intake(0)),
    Screen("import-columns", lambda stage: stage.intake(1), (LOW, SMALL)),
    Screen("import-check", lambda stage: stage.intake(2), (WIDE,)),
    Screen("import-done", lambda stage: stage.intake(3)),
    Screen("import-whose", arrivals.cuff, (SMALL,)),
    Screen("import-attach", lambda stage: arrivals.cuff(stage, attached=True), (WIDE, SMALLEST), large_text=True),
    Screen("import-readings", lambda stage: arrivals.cuff(stage, checked=True), (SMALLEST,)),
    Screen("import-described", arrivals.described, (SMALL,)),
    Screen("import-message", lambda stage: arrivals.message(stage, "columns"), (SMALLEST,)),
    Screen("import-message-check", lambda stage: arrivals.message(stage, "check"), (WIDE,)),
    Screen("import-message-done", lambda stage: arrivals.message(stage, "done"), (SMALL, SMALLEST)),
    Screen("import-several", arrivals.several, (SMALLEST,)),
    Screen("import-undo", origins.undo, (SMALL, SMALLEST)),
    Screen("import-refused", origins.refused, (SMALL, SMALLEST)),
    Screen("import-next-columns", lambda stage: origins.next_file(stage, "columns"), (SMALL,)),
    Screen("import-next-check", lambda stage: origins.next_file(stage, "check"), (WIDE, SMALL, SMALLEST)),
    Screen("import-next-gone", lambda stage: origins.next_file(stage, "gone")),
    Screen("import-next-done", lambda stage: origins.next_file(stage, "done"), (SMALL, SMALLEST)),
    Screen("import-maps", origins.maps, (SMALL, SMALLEST)),
    Screen("import-watched", origins.watched, (SMALL, SMALLEST)),
    Screen("inspector-list", origins.of_list, (SMALL, SMALLEST)),
    Screen("inspector-risk", origins.of_risk, (SMALL, SMALLEST), large_text=True),
    Screen("inspector-visit", origins.of_visit, (SMALL,)),
    Screen("inspector-home", origins.of_home, (SMALL,)),
    Screen("inspector-file", origins.of_file, (SMALL, SMALLEST)),
    Screen("inspector-entry", origins.of_entry),
    Screen("batch", lambda stage: stage.batch("chosen"), (WIDE, LOW, SMALL, SMALLEST), large_text=True),
    Screen("batch-assessed", lambda stage: stage.batch("without")),
    Screen("batch-urgent", lambda stage: stage.urgent(), (SMALL,)),
    Screen("batch-held", lambda stage: stage.batch("held"), (SMALL,)),
    Screen("preview", lambda stage: stage.preview(stage.people()[0]), (WIDE, LOW, SMALL, SMALLEST), large_text=True),
    Screen("preview-page", lambda stage: stage.preview(stage.people()[1], "page")),
    Screen("preview-refused", lambda stage: stage.preview(stage.people(with_number=False)[0])),
    Screen("preferences-look", lambda stage: stage.preferences("look"), (WIDE, SMALLEST), large_text=True),
    Screen("preferences-risk", lambda stage: stage.preferences("risk")),
    Screen("preferences-units", lambda stage: stage.preferences("units")),
    Screen("preferences-clinic", lambda stage: stage.preferences("clinic")),
    Screen("about", lambda stage: stage.preferences("about")),
    Screen("models", lambda stage: stage.models(), (WIDE, LOW, SMALL, SMALLEST), large_text=True),
    Screen("models-note", lambda stage: stage.models("pce_2013"), (SMALLEST,)),
    Screen("models-card", lambda stage: stage.models(card=True), (SMALL,)),
    Screen("models-faults", lambda stage: stage.models_add(wrong=True), (SMALLEST,)),
    Screen("models-sound", lambda stage: stage.models_add(wrong=False)),
    Screen("models-reason", lambda stage: stage.models_withdraw(done=False), (SMALLEST,)),
    Screen("security", lambda stage: stage.security(), (WIDE, LOW, SMALL, SMALLEST), large_text=True),
    Screen("security-checked", lambda stage: stage.security(checked=True), (SMALLEST,)),
    Screen("security-add", lambda stage: stage.security("person"), (SMALLEST,)),
    Screen("security-edit", lambda stage: stage.security("person:{other}"), (SMALL,)),
    Screen("security-given", lambda stage: stage.security_given(), (SMALLEST,)),
    Screen("security-remove", lambda stage: stage.security("remove:{other}"), (SMALLEST,)),
    Screen("security-turn", lambda stage: stage.security("turn")),
    Screen("security-backed-up", lambda stage: stage.security_backed_up(), (SMALL, SMALLEST)),
    Screen("security-restore", lambda stage: stage.security_backed_up("restore"), (SMALLEST,), large_text=True),
    Screen("security-drill", lambda stage: stage.security_backed_up("drill")),
    Screen("security-drilled", lambda stage: stage.security_backed_up("drilled"), (SMALL, SMALLEST)),
    Screen("security-sheet", lambda stage: stage.security_sheet(), (SMALL, SMALLEST)),
    # These change the clinic, so they come last.
    Screen("models-compared", lambda stage: stage.models_compare(), (WIDE, SMALL, SMALLEST), large_text=True),
    Screen("models-in-use", lambda stage: stage.models_compare(use=True)),
    Screen("models-withdrawn", lambda stage: stage.models_withdraw(done=True), (SMALL,)),
    Screen("record-withdrawn", lambda stage: stage.withdrawn(), (SMALLEST,)),  # last: it takes a tool from the others
)
# Each group opens the clinic that trains models anew: what is done to a model stays done.
TRAINED = (
    (
        Screen("studio-card", lambda stage: trained.studio(stage, "card"), (WIDE, SMALL, SMALLEST), large_text=True),
        Screen("studio-trial-begin", lambda stage: trained.studio(stage, "trial"), (SMALLEST,)),
        Screen("studio-sign-draft", lambda stage: trained.studio(stage, "sign"), (SMALL,)),
        Screen("studio-trial-silent", lambda stage: trained.studio(stage, "trial", begun=True), (SMALLEST,)),
        Screen("studio-sign-soon", lambda stage: trained.studio(stage, "sign", begun=True)),
        Screen("studio-verdict", trained.verdict, (WIDE, SMALL, SMALLEST), large_text=True),
        Screen("studio-sign", lambda stage: trained.studio(stage, "sign", older=True), (SMALL, SMALLEST)),
    ),
    (
        Screen("studio-signed", lambda stage: trained.studio(stage, "sign", older=True, in_use=True), (SMALLEST,)),
        Screen("models-trained", trained.models, (SMALL, SMALLEST)),
    ),
)


class Studio:
    """Takes the pictures."""

    def __init__(self, out: Path, only: str = "") -> None:
        self.out = out
        self.only = only
        self.made: list[Path] = []
        self.failed: list[str] = []
        found = QApplication.instance()
        self._application = found if isinstance(found, QApplication) else QApplication(sys.argv[:1])
        self._collector = Collector(self._application)
        self._scratch = Path(tempfile.mkdtemp(prefix="lantern-screens-"))
        self._predictors: Predictors = shipped_predictors()
        self._practices: dict[str, Path] = {}
        out.mkdir(parents=True, exist_ok=True)

    def shoot(self, language: str, look: str) -> None:
        """Take every picture in one language and look."""
        for front in self._wanted(FRONT):
            # Each front page begins where nothing was done before.
            with self._stage(language, look) as stage:
                self._take(stage, front, f"{language}-{look}")
        if self._wanted(WORK):
            with self._stage(language, look) as stage:
                stage.open_practice()
                for screen in self._wanted(WORK):
                    self._take(stage, screen, f"{language}-{look}")
        for group in filter(None, map(self._wanted, TRAINED)):
            with self._stage(language, look) as stage:
                for screen in group:
                    self._take(stage, screen, f"{language}-{look}")

    def shoot_large(self, language: str) -> None:
        """Take pictures at twice the text size."""
        every = (*FRONT, *WORK, *(screen for group in TRAINED for screen in group))
        large = [screen for screen in self._wanted(every) if screen.large_text]
        for screen in large:
            with self._stage(language, "light", 200) as stage:
                if screen in WORK:
                    stage.open_practice()
                self._take(stage, Screen(screen.name, screen.steps), f"{language}-200")

    def close(self) -> None:
        """Leave nothing behind but the pictures."""
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _wanted(self, screens: Sequence[Screen]) -> list[Screen]:
        return [screen for screen in screens if self.only in screen.name]

    @contextmanager
    def _stage(self, language: str, look: str, text_size: int = 100) -> Iterator[Stage]:
        home = Path(tempfile.mkdtemp(dir=self._scratch))
        shutil.copytree(self._practice(language), Paths(home).practice(language))
        stage = Stage(self._application, home, language, look, text_size)
        try:
            yield stage
        finally:
            stage.close()

    def _practice(self, language: str) -> Path:
        if language not in self._practices:
            folder = self._scratch / f"practice-{language}"
            make_practice_clinic(folder, language, FixedClock(NOW), self._predictors)
            self._practices[language] = folder
        return self._practices[language]

    def _take(self, stage: Stage, screen: Screen, kind: str) -> None:
        try:
            stage.app.window.resize(*USUAL)
            stage.looked_at = None
            stage.close_popups()
            screen.steps(stage)
            for size in (USUAL, *screen.sizes):
                stage.app.window.resize(*size)
                stage.rest()
                stage.scroll()
                shown = "" if size == USUAL else f"-{size[0]}x{size[1]}"
                self._save(stage, f"{screen.name}-{kind}{shown}")
        except Exception as error:  # noqa: BLE001 - one screen that cannot be reached must not hide the others
            self.failed.append(f"{screen.name}-{kind}: {type(error).__name__}: {error}")

    def _save(self, stage: Stage, name: str) -> None:
        path = self.out / f"{name}.png"
        if not stage.picture().save(str(path)):
            raise OSError(f"{path} cannot be written")
        self.made.append(path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the pictures that are asked for."""
    parser = argparse.ArgumentParser(description="Make a picture of every screen.")
    parser.add_argument("--out", type=Path, default=CHECKOUT / "build" / "screens")
    parser.add_argument("--only", default="", help="screens whose name holds this")
    parser.add_argument("--language", choices=LANGUAGES)
    parser.add_argument("--look", choices=LOOKS)
    options = parser.parse_args(arguments)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    studio = Studio(options.out, options.only)
    for language in [options.language] if options.language else LANGUAGES:
        for look in [options.look] if options.look else LOOKS:
            studio.shoot(language, look)
        studio.shoot_large(language)
    studio.close()
    print(f"{len(studio.made)} pictures in {options.out}")  # noqa: T201 - a script that talks to a person
    for line in studio.failed:
        print(line, file=sys.stderr)  # noqa: T201 - as above
    return 1 if studio.failed else 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # as the program itself ends: windows are not torn down one by one
