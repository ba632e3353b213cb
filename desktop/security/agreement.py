"""Who agrees to what is done to a user, or to the clinic's key."""

from __future__ import annotations

from desktop.security.presenter import SecurityPresenter
from desktop.widgets.agreement import Agreement as AnyAgreement
from desktop.widgets.ui import Ui


class Agreement(AnyAgreement):
    """``about``: the id of the user whose access is taken away.

    Where they are an administrator they may agree as well, and where nobody else is one, a reason will do in their
    place.
    """

    def __init__(self, ui: Ui, presenter: SecurityPresenter, about: str = "") -> None:
        texts, desk = ui.texts, presenter.people
        needs_second = desk.needs_second_about(about)
        people = [(each.user.id, each.user.name or texts("top.nobody")) for each in desk.other_administrators]
        account = desk.account(about)
        if account is not None and desk.is_other_administrator(about) and people:
            key = "about" if needs_second else "about_alone"
            words = texts(f"security.agree.{key}", name=account.user.name or texts("top.nobody"))
        elif needs_second:
            words = texts("security.agree.two" if people else "security.agree.not_yet")
        else:
            words = texts("security.agree.alone")
        super().__init__(ui, people, words, needs_second=needs_second)
