"""What nobody has looked at yet, for who may close it: emergencies, single signatures, how the anchor was found."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal

from desktop.context import Context
from engine.errors import EngineError
from engine.workflows import reviews, users
from engine.workflows.audit import people_called, users_called
from engine.workflows.clinics import OpenClinic
from engine.workflows.reviews import Review, ReviewKind
from engine.workflows.users import Account, Permission

_Found = tuple[tuple[Review, ...], dict[str, str], tuple[Account, ...], dict[str, str]]


class ReviewsDesk(QObject):
    """State of the card, and of the strip on the first page."""

    changed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.context = context
        self.waiting: tuple[Review, ...] = ()
        self.people: Mapping[str, str] = {}
        self.accounts: tuple[Account, ...] = ()
        self.names: Mapping[str, str] = {}
        self.busy = False
        self.problem: tuple[str, str] = ("", "")  # of which item, and what

    @property
    def may(self) -> bool:
        """Whether who is here may close items."""
        return self.context.has_clinic and users.may(self.context.clinic, Permission.REVIEW)

    def look(self) -> None:
        """Look anew what waits."""
        if self.may:
            self.context.on_store(self, _read, self._take)

    def _take(self, found: _Found) -> None:
        self.waiting, self.people, self.accounts, self.names = found
        self.changed.emit()

    def name_of(self, user_id: str) -> str:
        """Return the name of a user; their id where they have none."""
        return self.names.get(user_id, user_id)

    def own(self, review: Review) -> bool:
        """Whether who is here did it themselves; how the anchor was found, and what drifts, is nobody's."""
        nobodys = review.kind in (ReviewKind.ANCHOR, ReviewKind.DRIFT)
        return not nobodys and review.user_id == self.context.clinic.vault.user.id

    def alone(self, review: Review) -> bool:
        """Whether nobody else may close one's own item: then the passphrase stands for the other person."""
        others = (each.user for each in self.accounts if each.user.id != review.user_id)
        return not any(users.permits(each.roles, Permission.REVIEW) for each in others)

    def close(self, review: Review, text: str, passphrase: str | None = None) -> None:
        """Close an item after looking at it."""
        if self.busy:
            return
        self.busy, self.problem = True, ("", "")

        def work(clinic: OpenClinic) -> None:
            reviews.close(clinic, review.id, text, passphrase)

        def done(_: object) -> None:
            self.busy = False
            self.context.good_news.emit(self.context.texts("security.review.closed"))
            self.look()

        def failed(error: EngineError) -> None:
            self.busy, self.problem = False, (review.id, self.context.texts.error(error))
            self.changed.emit()

        self.context.on_store(self, work, done, failed=failed)


def _read(clinic: OpenClinic) -> _Found:
    waiting = reviews.waiting(clinic)
    people = people_called(clinic, {each.person_id for each in waiting if each.person_id})
    names = users_called(clinic, {user for each in waiting for user in (each.user_id, each.whom)})
    return waiting, people, users.everyone(clinic), names
