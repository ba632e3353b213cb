"""The page in front of a clinic, shown."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from desktop.context import Context
from desktop.unlock.presenter import UnlockPresenter
from desktop.unlock.view import UnlockView

WAIT = 20_000


def opened_page(qtbot: QtBot, context: Context) -> tuple[UnlockPresenter, UnlockView]:
    presenter = UnlockPresenter(context)
    view = UnlockView(context.ui, presenter)
    qtbot.addWidget(view)
    view.show()
    presenter.begin_looking()
    presenter.look()
    qtbot.waitUntil(lambda: presenter.state is not None, timeout=WAIT)
    return presenter, view
