"""Sentences with bold parts."""

from __future__ import annotations

from engine.domain.report import Run
from engine.report.sentences import joined, lines_of, plain, say
from engine.wording.catalogue import Wording


def wording(sentence: str, language: str = "en") -> Wording:
    return Wording(language, {"s": sentence})


def test_bold_marks_become_runs_and_line_breaks_lines() -> None:
    assert lines_of(wording("<b>Out of {n}</b> people.\nNext"), "s", n=5) == (
        (Run("Out of 5", True), Run(" people.")),
        (Run("Next"),),
    )


def test_marks_inside_a_value_print_literally() -> None:
    assert say(wording("Name: {name}, <b>{name}</b>"), "s", name="<b>x</b> {y}") == (
        Run("Name: <b>x</b> {y}, "),
        Run("<b>x</b> {y}", True),
    )


def test_a_number_stays_with_the_chinese_word_that_counts_it() -> None:
    assert plain(wording("今后 {n} 年内", "zh"), "s", n=10) == "今后 10\u00a0年内"


def test_sentences_are_joined_without_empty_ones() -> None:
    one, other = (Run("A."),), (Run("B."),)
    assert joined(one, (), other) == (Run("A."), Run(" "), Run("B."))
    assert joined(one, other, by="") == (Run("A."), Run("B."))
