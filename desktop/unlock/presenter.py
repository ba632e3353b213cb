"""What the unlock page knows: which clinic, who owns it, how long to wait, what went wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.backend import load_predictors
from desktop.context import Context
from desktop.jobs import Task
from engine.errors import EngineError, PassphraseError

if TYPE_CHECKING:
    from engine.workflows.audit import Verification
    from engine.workflows.clinics import OpenClinic
    from engine.workflows.unlock import UnlockState

# What a clinic that does not open needs: a decision about work that is missing, or a backup.
_STOPPED = frozenset({"store_work_missing", "store_other_history", "store_other_anchor", "store_slots_old"})
_BROKEN = frozenset(
    {
        "store_damaged",
        "store_file_missing",
        "store_plaintext",
        "store_slots_damaged",
        "upgrade_damaged",
        "store_foreign",
    }
)
_MARKER_FILES = ("clinic.lantern", "clinic-copy.lantern")  # looked for by name, so that no engine need be loaded first


class UnlockPresenter(QObject):
    """State of the page in front of a clinic."""

    changed = Signal()
    opened = Signal(object)  # the open clinic
    first_start_asked = Signal()
    restore_asked = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.context = context
        self.state: UnlockState | None = None
        self.by_recovery = False
        self.busy = False
        self.making: tuple[int, int] | None = None  # so much of so much of the practice clinic is made
        self.why = ""  # why the page is here: empty, "lock", "crash"
        self.problem = ""
        self.problem_row = 0  # row of the recovery key that is wrong, from 1
        self.practice_passphrase = ""
        self.who: str | None = None  # the id of who signs in; None: the first there is
        self.choosing: OpenClinic | None = None  # open, but its passphrase is one that somebody else has chosen
        self._given = ""
        self.stopped = ""  # "stopped": work is missing, "broken": only a backup helps
        self.found: Verification | None = None  # what a look at a clinic that stopped brought
        self.seconds = 0
        self._practice = False
        self._may_look = False
        self._look_later: Callable[[], None] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self._count_down)

    @property
    def folder(self) -> Path:
        """The folder of the clinic that the page is about."""
        if self._practice:
            return self.context.paths.practice(self.context.settings.language)
        return Path(self.context.settings.clinic)

    def has_clinic(self) -> bool:
        """Whether there is a clinic that was opened before."""
        folder = self.context.settings.clinic
        return bool(folder) and any((Path(folder) / name).is_file() for name in _MARKER_FILES)

    def say_why(self, why: str) -> None:
        """Say why the page is shown: after a lock or a crash what was typed is kept."""
        self.why = why if why in ("lock", "crash") else ""
        self.changed.emit()

    def begin_looking(self) -> None:
        """The page is painted: what was asked to be looked at may load the engine now."""
        self._may_look = True
        later, self._look_later = self._look_later, None
        if later is not None:
            later()

    def look(self) -> None:
        """Look at the clinic that was opened last, as soon as the page is painted."""
        self._begin(practice=self.context.settings.clinic.endswith(("practice-en", "practice-zh")))
        self._when_painted(self._read_state)

    def take_practice(self) -> None:
        """Take the practice clinic of the present language, making it first where it is not there."""
        self._begin(practice=True)
        if any((self.folder / name).is_file() for name in _MARKER_FILES):
            self._when_painted(self._read_state)
            return
        self.making = (0, 0)
        self._when_painted(self._make_practice)

    def _make_practice(self) -> None:
        folder, language, clock = self.folder, self.context.settings.language, self.context.clock

        def work(task: Task) -> None:
            from engine.workflows.practice import make_practice_clinic

            make_practice_clinic(folder, language, clock, load_predictors(), task.progress, task.cancel)

        self.context.jobs.store(self, work, lambda _: self._made(), self._failed, progress=self._making)

    def turn_to_recovery(self, on: bool) -> None:
        """Ask for the recovery key instead of the passphrase, or the other way round."""
        self.by_recovery, self.problem, self.problem_row = on, "", 0
        self.changed.emit()

    def choose(self, user_id: str) -> None:
        """Somebody else signs in."""
        if self.busy or user_id == self.who:
            return
        self.who, self.problem, self.stopped, self.found = user_id, "", "", None
        self._read_tries()

    def unlock(self, passphrase: str) -> None:
        """Open the clinic."""
        if self.busy or self.seconds:
            return
        folder, clock, who = self.folder, self.context.clock, self.who
        self._given = passphrase

        def work(task: Task) -> OpenClinic:
            from engine.workflows.unlock import unlock

            return unlock(folder, passphrase, clock, load_predictors(), who)

        self._open(work)

    def choose_passphrase(self, passphrase: str, again: str) -> None:
        """Change the passphrase that somebody else had chosen; only then is the clinic open."""
        clinic, given = self.choosing, self._given
        if self.busy or clinic is None:
            return
        if passphrase != again:
            self._say("unlock.passphrases_differ")
            return

        def work(task: Task) -> OpenClinic:
            from engine.workflows.unlock import change_passphrase

            change_passphrase(clinic, given, passphrase)
            return clinic

        self._open(work)

    def recover(self, key_text: str, passphrase: str, again: str) -> None:
        """Open the clinic with its recovery sheet and give it a new passphrase."""
        if self.busy:
            return
        if passphrase != again:
            self._say("unlock.passphrases_differ")
            return
        folder, clock, administrator = self.folder, self.context.clock, self._administrator()

        def work(task: Task) -> OpenClinic:
            from engine.workflows.unlock import recover

            return recover(folder, key_text, passphrase, clock, load_predictors(), administrator)

        self._open(work)

    # --- a clinic that does not open as it is -------------------------------------------------------------------------

    def look_closer(self) -> None:
        """Check the clinic against its audit without changing anything."""
        self._verify(None)

    def go_on(self, reason: str) -> None:
        """Work on from what is there, for a reason that the log keeps; then open the clinic."""
        if not reason.strip():
            self._say("unlock.stopped.type_reason")
            return
        self._verify(reason.strip())

    def _verify(self, reason: str | None) -> None:
        if self.busy:
            return
        folder, clock, who, secret = self.folder, self.context.clock, self.who, self._given
        self.busy, self.problem = True, ""
        self.changed.emit()

        def work(task: Task) -> Verification:
            from engine.workflows.audit import VerifyRequest, verify_clinic

            return verify_clinic(VerifyRequest(folder, who, reason=reason), secret, clock)

        def done(found: Verification) -> None:
            self.busy = False
            self.found = found
            if reason is not None:
                self.unlock(secret)
                return
            self.changed.emit()

        self.context.jobs.store(self, work, done, self._failed)

    # --- inside -----------------------------------------------------------------------------------------------------

    def _when_painted(self, call: Callable[[], None]) -> None:
        if self._may_look:
            call()
        else:
            self._look_later = call

    def _begin(self, practice: bool) -> None:
        self.why = ""
        self._practice = practice
        self.state, self.by_recovery, self.busy, self.making = None, False, False, None
        self.who, self.choosing, self._given = None, None, ""
        self.problem, self.problem_row, self.seconds, self.practice_passphrase = "", 0, 0, ""
        self.stopped, self.found = "", None

    def _read_state(self) -> None:
        folder, clock, language = self.folder, self.context.clock, self.context.settings.language

        def work(task: Task) -> tuple[UnlockState, str]:
            from engine.workflows.practice import practice_passphrase
            from engine.workflows.unlock import unlock_state

            state = unlock_state(folder, clock)
            return state, practice_passphrase(language) if state.practice else ""

        self.context.jobs.store(self, work, self._take_state, self._failed)

    def _take_state(self, found: tuple[UnlockState, str]) -> None:
        self.state, self.practice_passphrase = found
        self.who = self.state.people[0].id if self.state.people else None
        self._wait(self.state.seconds_to_wait)
        self.changed.emit()

    def _open(self, work: Callable[[Task], OpenClinic]) -> None:
        self.busy, self.problem, self.problem_row = True, "", 0
        self.stopped, self.found = "", None
        self.changed.emit()
        self.context.jobs.store(self, work, self._opened, self._failed)

    def _administrator(self) -> str | None:
        """Return who gets a new passphrase by the recovery sheet: who is chosen, where that is an administrator."""
        people = self.state.people if self.state else ()
        return next((user.id for user in people if user.id == self.who and "administrator" in user.roles), None)

    def _opened(self, clinic: OpenClinic) -> None:
        self.busy = False
        if clinic.vault.change_first:
            self.choosing = clinic
            self.changed.emit()
            return
        self.choosing, self._given = None, ""
        self.why = ""
        self.context.change(clinic=str(self.folder))
        self.opened.emit(clinic)

    def _failed(self, error: EngineError) -> None:
        self.busy, self.making = False, None
        self.problem = self.context.texts.error(error)
        if error.code in _STOPPED:
            self.stopped = "stopped"
            self.problem = self.context.texts(f"unlock.stopped.why.{error.code}", **error.details)
        elif error.code in _BROKEN:
            self.stopped = "broken"
        if isinstance(error, PassphraseError):
            self.problem_row = int(error.details.get("row", 0))
            self._wait(int(error.details.get("seconds", 0)))
            if error.code == "passphrase_wrong":
                self._read_tries()
        self.changed.emit()

    def _read_tries(self) -> None:
        """Look how many tries are left, to say so before the wait begins."""
        folder, clock, who = self.folder, self.context.clock, self.who

        def work(task: Task) -> UnlockState:
            from engine.workflows.unlock import unlock_state

            return unlock_state(folder, clock, who)

        def take(state: UnlockState) -> None:
            self.state = state
            self._wait(state.seconds_to_wait)
            self.changed.emit()

        self.context.jobs.store(self, work, take, lambda _: None)

    def _wait(self, seconds: int) -> None:
        self.seconds = seconds
        if seconds:
            self._timer.start()
        else:
            self._timer.stop()

    def _count_down(self) -> None:
        self.seconds = max(0, self.seconds - 1)
        if not self.seconds:
            self._timer.stop()
            self.problem = ""
        self.changed.emit()

    def _making(self, done: int, total: int) -> None:
        self.making = (done, total)
        self.changed.emit()

    def _made(self) -> None:
        self.making = None
        self._read_state()

    def _say(self, key: str) -> None:
        self.problem = self.context.texts(key)
        self.changed.emit()
