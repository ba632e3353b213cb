"""Whose a file is: what it says of a person, held against the person it is to be kept with."""

from __future__ import annotations

from collections.abc import Mapping

from engine.domain.entries import KnownPerson
from engine.intake.devices.whose import Agreement, agreement
from engine.intake.files.found import FoundFile
from engine.intake.questions import AnswerValue, Interview, Question, QuestionKind

ATTACH = "attach"
QUESTION = QuestionKind.WHOSE_FILE.value


def ask_whose(
    found: FoundFile, person: KnownPerson, answers: Mapping[str, AnswerValue], *, spare: bool = True
) -> Interview:
    """Ask whether a file that speaks of somebody else is to be kept with this person; nothing where it does not.

    ``spare``: answers may be for other files too.

    Raises:
        InputError: ``answer_invalid``; ``answer_unknown`` where answers are for this file alone.
    """
    interview = Interview(answers)
    if agreement(found.hints, person) is Agreement.OTHER:
        hint = found.hints[0]
        said = [part for part in (hint.name, hint.birth_date, hint.patient_id) if part]
        chosen = [part for part in (person.name, person.birth_date, person.patient_id) if part]
        evidence = {"names": ", ".join(said), "chosen": ", ".join(chosen)}
        interview.choose(Question(QUESTION, QuestionKind.WHOSE_FILE, options=(ATTACH,), evidence=evidence))
    else:
        interview.volunteered(QUESTION)
    if not spare:
        interview.finish()
    return interview
