"""Which page is which step. A page is added here and nowhere else; a step without a page cannot be gone to."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from desktop.studio.card_page import CardPage
from desktop.studio.check_page import CheckPage
from desktop.studio.fit_page import FitPage
from desktop.studio.inside_page import InsidePage
from desktop.studio.outcome_page import OutcomePage
from desktop.studio.page import StudioPage
from desktop.studio.presenter import StudioPresenter
from desktop.studio.sign_page import SignPage
from desktop.studio.trial_page import TrialPage
from desktop.widgets.ui import Ui

PAGES: Mapping[str, Callable[[Ui, StudioPresenter], StudioPage]] = {
    "outcome": OutcomePage,
    "check": CheckPage,
    "fit": FitPage,
    "inside": InsidePage,
    "card": CardPage,
    "trial": TrialPage,
    "sign": SignPage,
}
