"""The words of the window: one of something, and Chinese around what is filled in."""

from __future__ import annotations

import pytest

from desktop.i18n import Texts


@pytest.mark.parametrize(("count", "words"), [(1, "Print 1 sheet"), ("1", "Print 1 sheet"), (2, "Print 2 sheets")])
def test_one_of_something_is_said_as_one(count: object, words: str) -> None:
    assert Texts("en")("batch.print", count=count) == words


def test_a_sentence_without_a_form_for_one_is_said_as_it_is() -> None:
    assert Texts("en")("patients.selection.count", count=1) == "1 selected"


@pytest.mark.parametrize(
    ("name", "words"),
    [("王丽", "王丽的报告单"), ("Anna Miller", "Anna Miller 的报告单"), ("王 丽", "王 丽的报告单")],
)
def test_chinese_keeps_a_space_only_beside_letters_and_figures(name: str, words: str) -> None:
    assert Texts("zh")("preview.title", name=name) == words


def test_a_chinese_value_closes_up_on_both_sides() -> None:
    assert Texts("zh")("record.visits.typed", who="王丽") == "由王丽录入"
    assert Texts("zh")("record.visits.typed", who="Lin") == "由 Lin 录入"
