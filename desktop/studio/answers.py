"""What a person answered in the studio, as it was typed: plain values that are kept over a lock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from engine.domain.studio import OutcomeSource, StudioQuestion
from engine.workflows.studio_table import model_id
from engine.workflows.train_job import ModelKind, TrainWish

PATIENTS, TABLE = "patients", "table"
AT_VISIT = ""
HORIZONS = (AT_VISIT, "1", "2", "3", "5", "10")
KINDS = (ModelKind.AUTO, ModelKind.LOGISTIC, ModelKind.NETWORK, ModelKind.TREES)
TIME_UNITS = ("years", "months", "days")


@dataclass(frozen=True, slots=True)
class Answers:
    """All of it. ``off``: predictors that are not wanted; ``keep`` and ``drop``: columns as decided at the check."""

    source: str = PATIENTS
    group: str = str(OutcomeSource.DECLARED)
    outcome: str = ""
    limit: str = ""
    falls: bool = False
    horizon: str = "5"
    first: str = ""
    last: str = ""
    off: tuple[str, ...] = ()
    file: str = ""
    column: str = ""
    positive: str = ""
    time: str = ""
    time_unit: str = "years"
    within: str = "5"
    kind: str = str(ModelKind.AUTO)
    textbook: bool = False
    anyway: bool = False
    threshold: str = ""
    title: str = ""
    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether it is said what the model should tell."""
        return bool(self.outcome if self.source == PATIENTS else self.file and self.column)


@dataclass(frozen=True, slots=True)
class Said:
    """Answers that can be asked with, or what is wrong with them: the key of a sentence by the name of the answer."""

    problems: dict[str, str]
    question: StudioQuestion | None = None
    wish: TrainWish | None = None
    name: str = ""


def question_of(answers: Answers, predictors: tuple[str, ...], day: Callable[[str], date | None]) -> Said:
    """Return the question to the record.

    Args:
        answers: of ``PATIENTS``.
        predictors: every field that could be one.
        day: reads a day as it is typed.
    """
    problems: dict[str, str] = {}
    measured = answers.group == OutcomeSource.MEASUREMENT
    limit = _number(answers.limit) if measured else None
    if measured and limit is None:
        problems["limit"] = "studio.wrong.limit"
    days = {}
    for name, text in (("first", answers.first), ("last", answers.last)):
        days[name] = day(text) if text.strip() else None
        if text.strip() and days[name] is None:
            problems[name] = "studio.wrong.day"
    if days["first"] is not None and days["last"] is not None and days["first"] > days["last"]:
        problems["last"] = "studio.wrong.days"
    threshold = _threshold(answers, problems)
    if not answers.outcome:
        problems["outcome"] = "studio.wrong.outcome"
    if problems:
        return Said(problems)
    off = {*answers.off, *answers.drop}
    wanted = tuple(name for name in predictors if name not in off) if off else ()
    if off and not wanted:
        return Said({"predictors": "studio.wrong.predictors"})
    side = "down_to " if answers.falls else ""
    said = (answers.outcome, *([f"{side}{limit:g}"] if limit is not None else []))
    name = model_id(*said, f"{answers.horizon}y" if answers.horizon else "")
    question = StudioQuestion(
        outcome=answers.outcome,
        at_least=None if answers.falls else limit,
        at_most=limit if answers.falls else None,
        horizon_years=_number(answers.horizon),
        visits_from=days["first"],
        visits_until=days["last"],
        predictors=wanted,
        put_back=answers.keep,
        kind=answers.kind,
        textbook=answers.textbook,
        threshold=threshold,
        name=name,
        title=answers.title.strip() or None,
    )
    return Said({}, question=question, name=name)


def wish_of(answers: Answers) -> Said:
    """Return what to train on a table from outside."""
    problems: dict[str, str] = {}
    if not answers.file:
        problems["file"] = "studio.wrong.file"
    elif not answers.column:
        problems["column"] = "studio.wrong.column"
    within = _number(answers.within)
    if answers.time and (within is None or not 0 < within <= 50):
        problems["within"] = "studio.wrong.within"
    threshold = _threshold(answers, problems)
    if problems:
        return Said(problems)
    wish = TrainWish(
        outcome=answers.column,
        positive=answers.positive or None,
        horizon_years=within if answers.time else None,
        time=answers.time or None,
        time_unit=answers.time_unit if answers.time else None,
        exclude=answers.drop,
        keep=answers.keep,
        kind=ModelKind(answers.kind),
        textbook=answers.textbook,
        threshold=threshold,
    )
    return Said({}, wish=wish, name=model_id("table", answers.column))


def _threshold(answers: Answers, problems: dict[str, str]) -> float | None:
    """Return the risk from which somebody would act, typed of 100, as a fraction."""
    text = answers.threshold.strip().rstrip("%％").strip()
    if not text:
        return None
    found = _number(text)
    if found is None or not 0 < found < 100:
        problems["threshold"] = "studio.wrong.threshold"
        return None
    return found / 100


def _number(text: str) -> float | None:
    try:
        return float(text.strip().replace(",", ".").replace("，", "."))
    except ValueError:
        return None
