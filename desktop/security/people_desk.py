"""Who may use the clinic and what is changed about it. Every change takes the passphrase of who makes it again.

Nothing of a passphrase is kept here but the one that was made for once, as long as the panel that shows it is open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from PySide6.QtCore import QObject, Signal

from desktop.context import Context
from engine.errors import EngineError
from engine.workflows import users
from engine.workflows.audit import last_unlocked
from engine.workflows.clinics import OpenClinic
from engine.workflows.users import Account, NewAccess, Role, Second

# Under which field a refusal is told; every other one stands above the button.
_PLACES = {
    "user_name_empty": "name",
    "user_name_taken": "name",
    "owner_name_too_long": "name",
    "user_roles_none": "roles",
    "user_last_administrator": "roles",
    "passphrase_wrong": "passphrase",
    "passphrase_wait": "passphrase",
    "second_passphrase_wrong": "second",
    "access_two_people": "second",
    "access_second_administrator": "second",
    "user_reason_needed": "reason",
    "reason_needed": "reason",
}


class PeopleDesk(QObject):
    """State of the card of people and of its panels."""

    changed = Signal()  # who there is
    state_changed = Signal()  # busy, or something is wrong
    access_changed = Signal()  # what who is here may do
    done = Signal(str)  # what was done: "add", "save", "one_time", "remove", "turn"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.context = context
        self.accounts: tuple[Account, ...] = ()
        self.last: Mapping[str, datetime] = {}
        self.busy = ""  # what is being done
        self.problems: dict[str, str] = {}  # by field; "" for what concerns the whole
        self.given: NewAccess | None = None
        self.removed = ""  # the name of who was removed last, while the panel tells of it

    # --- who there is -----------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Look anew who there is and when they were here."""
        if self.context.has_clinic:
            self.context.on_store(self, lambda clinic: (users.everyone(clinic), last_unlocked(clinic)), self._take)

    def _take(self, found: tuple[tuple[Account, ...], dict[str, datetime]]) -> None:
        self.accounts, self.last = found
        self.changed.emit()

    @property
    def own_id(self) -> str:
        """The id of who is here."""
        return self.context.clinic.vault.user.id

    def account(self, user_id: str) -> Account | None:
        """Return a user by id."""
        return next((each for each in self.accounts if each.user.id == user_id), None)

    @property
    def other_administrators(self) -> tuple[Account, ...]:
        """Who may agree beside who is here."""
        return users.who_may_agree(self.accounts, self.own_id)

    @property
    def needs_second(self) -> bool:
        """Whether another administrator has to agree: one who has not signed in yet counts, and cannot."""
        return self.needs_second_about("")

    def needs_second_about(self, user_id: str) -> bool:
        """Whether another administrator has to agree to what is done to a user, who is none of the two."""
        return users.needs_second(self.accounts, self.own_id, user_id)

    def is_other_administrator(self, user_id: str) -> bool:
        """Whether taking access from this user takes two people."""
        account = self.account(user_id)
        return account is not None and user_id != self.own_id and Role.ADMINISTRATOR in account.user.roles

    # --- changes ----------------------------------------------------------------------------------------------------

    def add(self, name: str, roles: Iterable[Role], passphrase: str) -> None:
        """Give somebody access with a passphrase for once."""
        held = frozenset(roles)
        self._do("add", lambda clinic: users.add(clinic, passphrase, name, held), self._keep_given)

    def save(
        self,
        user_id: str,
        name: str,
        roles: Iterable[Role],
        passphrase: str,
        second: Second | None = None,
        reason: str = "",
    ) -> None:
        """Give a user this name and these roles; only what is another than before is changed."""
        account, held = self.account(user_id), frozenset(roles)
        if account is None:
            return
        own = user_id == self.own_id

        def work(clinic: OpenClinic) -> None:
            if own and name.strip() != account.user.name:  # before the role that allows it is given away
                users.rename(clinic, passphrase, user_id, name)
            if held != account.user.roles:  # what may be refused goes before the name
                users.set_roles_of(clinic, passphrase, user_id, held, second=second, reason=reason)
            if not own and name.strip() != account.user.name:
                users.rename(clinic, passphrase, user_id, name)

        def done(_: object) -> None:
            if own:
                self.access_changed.emit()

        self._do("save", work, done)

    def one_time(self, user_id: str, passphrase: str, second: Second | None = None, reason: str = "") -> None:
        """Give somebody who forgot theirs a passphrase for once."""

        def work(clinic: OpenClinic) -> NewAccess:
            return users.set_one_time(clinic, passphrase, user_id, second=second, reason=reason)

        self._do("one_time", work, self._keep_given)

    def remove(self, user_id: str, passphrase: str, turning: bool, second: Second | None, reason: str) -> None:
        """Take somebody's access away and, where that is asked for, replace the clinic's key."""
        account = self.account(user_id)
        self.removed = "" if account is None else account.user.name

        def work(clinic: OpenClinic) -> object:
            return users.remove(clinic, passphrase, user_id, turning=turning, second=second, reason=reason)

        self._do("remove", work)

    def turn(self, passphrase: str, second: Second | None, reason: str) -> None:
        """Replace the clinic's key."""
        self._do("turn", lambda clinic: users.turn(clinic, passphrase, second, reason))

    def forget(self) -> None:
        """Forget what a panel showed."""
        self.given, self.problems, self.removed = None, {}, ""

    def _keep_given(self, given: NewAccess) -> None:
        self.given = given

    def _do(self, what: str, work: Callable[[OpenClinic], object], done: Callable[..., None] = lambda _: None) -> None:
        if self.busy:
            return
        self.busy, self.problems = what, {}
        self.state_changed.emit()

        def ended(result: object) -> None:
            self.busy = ""
            done(result)
            self.state_changed.emit()
            self.done.emit(what)
            self.look()

        def failed(error: EngineError) -> None:
            self.busy = ""
            self.problems = {_PLACES.get(error.code, ""): self.context.texts.error(error)}
            self.state_changed.emit()
            self.look()

        self.context.on_store(self, work, ended, failed=failed)
