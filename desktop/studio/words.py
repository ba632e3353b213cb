"""Names of columns as people know them."""

from __future__ import annotations

from collections.abc import Callable

from desktop.studio.answers import PATIENTS
from desktop.studio.presenter import StudioPresenter


def label_of(presenter: StudioPresenter) -> Callable[[str], str]:
    """Return what names a column: by the dictionary where it is a field of the record, else as its table does."""
    dictionary = presenter.context.clinic.dictionary
    language = presenter.context.texts.language
    seen = presenter.checking.seen
    of_record = seen is None or seen.answers.source == PATIENTS

    def label(column: str) -> str:
        return dictionary[column].label(language) if of_record and column in dictionary else column

    return label
