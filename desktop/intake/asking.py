"""A question about a file as a person sees it: a short heading, what speaks for it, and answers to choose."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from desktop.i18n import Texts
from desktop.intake.words import target_label
from engine.fields import load_dictionary
from engine.intake.lexicon import EVIDENCE
from engine.intake.questions import LEAVE_OUT, AnswerValue, Question, QuestionKind

_UNITS = frozenset({QuestionKind.UNIT, QuestionKind.UNIT_CONFLICT, QuestionKind.MIXED_UNITS})
_NAMED_BY_FILE = frozenset({QuestionKind.SHEET})
_OWN_WORDS = frozenset({LEAVE_OUT, "per_value"})


class Input(StrEnum):
    """How a question is answered."""

    CHOICE = "choice"
    CODES = "codes"
    DATE = "date"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer: its code for the engine, its words, and whether the file speaks for it."""

    code: str
    words: str
    suggested: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """One code of a column, and the meaning that is usual for it (empty: nothing)."""

    written: str
    usual: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in words. ``bars`` with ``low``, ``middle`` and ``high`` show where its numbers lie."""

    id: str
    input: Input
    title: str
    subject: str
    sentence: str
    choices: tuple[Choice, ...] = ()
    codes: tuple[Code, ...] = ()
    bars: tuple[int, ...] = ()
    low: float = 0.0
    high: float = 0.0
    answer: AnswerValue = None
    answered: bool = False


def asked_of(question: Question, field: str | None, answer: AnswerValue, texts: Texts) -> Asked:
    """Put a question into words.

    Args:
        question: what is asked.
        field: what its column is taken for now.
        answer: what was answered so far, if it was.
        texts: the language.
    """
    evidence = dict(question.evidence)
    if "field" in evidence:
        evidence["field"] = target_label(str(evidence["field"]), texts)
    label = "" if field is None else target_label(field, texts)
    return Asked(
        id=question.id,
        input=_input(question),
        title=texts(f"import.ask.{question.kind.value}", field=label or ", ".join(question.columns)),
        subject=_subject(question, label, texts),
        sentence=texts.wording.say(question.sentence_key, **evidence),
        choices=() if question.kind is QuestionKind.CODE_MEANING else _choices(question, texts),
        codes=_codes(question, answer),
        bars=question.bars,
        low=float(evidence.get("low", 0)),
        high=float(evidence.get("high", 0)),
        answer=answer,
        answered=question.answered,
    )


def meanings(field: str, question: Question, texts: Texts) -> list[tuple[str, str]]:
    """Return what a code of a column may mean; an empty code first: no answer."""
    known = load_dictionary()[field.removeprefix(EVIDENCE)]
    words = {"true": texts("import.yes"), "false": texts("import.no")}
    named = [(code, words.get(code) or known.category_label(code, texts.language)) for code in question.options]
    return [("", texts("import.no_answer")), *named]


def _input(question: Question) -> Input:
    if question.kind is QuestionKind.CODE_MEANING:
        return Input.CODES
    if question.kind is QuestionKind.VISIT_DATE:
        return Input.DATE
    return Input.PERSON if question.kind is QuestionKind.WHOSE_READINGS else Input.CHOICE


def _subject(question: Question, label: str, texts: Texts) -> str:
    """Return which column it is about: what it is taken for, and its heading in the file."""
    if len(question.columns) != 1:
        return texts("import.about_file") if not question.columns else ", ".join(question.columns)
    heading = question.columns[0]
    return texts("import.about_column", field=label, column=heading) if label else heading


def _choices(question: Question, texts: Texts) -> tuple[Choice, ...]:
    guess = question.guess if isinstance(question.guess, str) else ""
    ordered = sorted(question.options, key=lambda option: (option != guess, option == LEAVE_OUT))
    if question.kind in _NAMED_BY_FILE:
        ordered = list(question.options)
    return tuple(
        Choice(option, _words(question, option, texts), option == guess and len(ordered) > 1) for option in ordered
    )


def _words(question: Question, option: str, texts: Texts) -> str:
    kind = question.kind
    if kind in _NAMED_BY_FILE or (kind in _UNITS and option not in _OWN_WORDS):
        return option
    if kind is QuestionKind.MAP and option != LEAVE_OUT:
        of_field = question.id.startswith("holds:")
        return texts("import.answer.map.yes", field=target_label(option, texts)) if of_field else option
    return texts(f"import.answer.{kind.value}.{option}")


def _codes(question: Question, answer: AnswerValue) -> tuple[Code, ...]:
    told = answer if isinstance(answer, dict) else question.guess
    usual = told if isinstance(told, dict) else {}
    return tuple(Code(code, str(usual.get(code) or "")) for code in question.codes)
