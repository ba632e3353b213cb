"""Files of a person: look at one before it is kept, keep it, list, show, save a copy, take off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.domain.attached import AttachedFile, Fact, FileKind, LeftOut
from engine.domain.entries import KnownPerson
from engine.domain.ports import CancelToken, Progress, no_progress
from engine.errors import InputError, UsageError
from engine.intake.files.found import FoundFile, new_file
from engine.intake.files.planning import ATTACH, QUESTION, ask_whose
from engine.intake.files.show import Page, draw_page
from engine.intake.importing import printable_name
from engine.intake.questions import AnswerValue, Question
from engine.intake.readers.registry import FILE
from engine.intake.reading import FILE_LIMITS, read_any
from engine.intake.tables import Rejection, RejectReason
from engine.store import (
    Reading,
    attach_file,
    attached_files,
    known_people,
    read_attached,
    remove_attached,
)
from engine.wording import Wording
from engine.workflows.clinics import OpenClinic
from engine.workflows.files import make_folder, whole_file

__all__ = [
    "Attached",
    "AttachedFile",
    "FileKind",
    "FoundFile",
    "Page",
    "Rejection",
    "attach",
    "content_of",
    "draw",
    "facts_sentence",
    "files_of",
    "keep_all_the_same",
    "left_out_sentence",
    "page_of",
    "read_to_attach",
    "remove_file",
    "save_copy",
]
_LARGEST_SHOWN = 256 << 20  # bytes that are sent to be drawn


@dataclass(frozen=True, slots=True)
class Attached:
    """How the keeping of a file ended. ``questions``: open or answered; ``file`` and ``new`` once it is kept."""

    questions: tuple[Question, ...] = ()
    file: AttachedFile | None = None
    new: bool = False
    unused_answers: tuple[str, ...] = ()

    @property
    def open_questions(self) -> tuple[Question, ...]:
        """The questions nobody has answered yet."""
        return tuple(question for question in self.questions if not question.answered)


def read_to_attach(
    path: Path, cancel: CancelToken | None = None, progress: Progress = no_progress
) -> FoundFile | Rejection:
    """Read a file in a worker, without the store; a rejection when it is of no kind that is kept, or damaged.

    Raises:
        InputError: the file is missing, a folder, unreadable or too large. Cancelled: stopped.
    """
    content = read_any(path, FILE, cancel, progress, FILE_LIMITS).content
    if isinstance(content, (FoundFile, Rejection)):
        return content
    return Rejection(RejectReason.DAMAGED_FILE, "worker_crashed")


def attach(
    clinic: OpenClinic,
    person_id: str,
    path: Path,
    found: FoundFile,
    answers: Mapping[str, AnswerValue] | None = None,
    *,
    dry_run: bool = False,
    spare_answers: bool = True,
) -> Attached:
    """Keep a file that was read before with a person, unless it speaks of somebody else and nobody said to.

    Raises:
        UsageError: ``person_unknown``. InputError: ``file_changed``, ``file_unreadable``; an answer is none.
        StoreError: it cannot be stored; nothing of it was.
    """
    interview = ask_whose(found, _person(clinic, person_id), answers or {}, spare=spare_answers)
    done = Attached(interview.questions, unused_answers=interview.unused)
    if done.open_questions or dry_run:
        return done
    file, new = attach_file(clinic.vault, person_id, new_file(path, printable_name(path), found), actor=clinic.actor)
    return Attached(interview.questions, file, new, interview.unused)


def _person(clinic: OpenClinic, person_id: str) -> KnownPerson:
    for person in known_people(clinic.vault):
        if person.id == person_id:
            return person
    raise UsageError("person_unknown")


def files_of(clinic: OpenClinic, person_id: str) -> tuple[AttachedFile, ...]:
    """Return the files of a person, the newest day first.

    Raises:
        UsageError: ``person_unknown``.
    """
    return attached_files(clinic.vault, person_id)


def page_of(
    clinic: OpenClinic, person_id: str, file: AttachedFile, page: int, width: int, cancel: CancelToken | None = None
) -> Page:
    """Return a page of a file as a picture at most ``width`` pixels wide; the audit has that it was seen.

    Raises:
        UsageError: ``person_unknown``, ``attached_unknown``. InputError: ``attached_not_shown``.
        StoreError: ``attached_missing``, ``attached_damaged``.
    """
    return draw(content_of(clinic, person_id, file), file.kind, page, width, cancel)


def draw(content: bytes, kind: FileKind, page: int, width: int, cancel: CancelToken | None = None) -> Page:
    """Return a page of a content that is at hand; see :func:`page_of`. Needs nothing of the store.

    Raises:
        InputError: ``attached_not_shown``. Cancelled: stopped.
    """
    return draw_page(content, kind, page, width, cancel)


def keep_all_the_same() -> dict[str, AnswerValue]:
    """Return the answer that a file is this person's, whatever it says."""
    return {QUESTION: ATTACH}


def content_of(clinic: OpenClinic, person_id: str, file: AttachedFile) -> bytes:
    """Return the bytes of a file that is shown; the audit has that it was seen.

    Raises:
        UsageError: ``person_unknown``, ``attached_unknown``. InputError: ``attached_not_shown`` : no pages.
        StoreError: ``attached_missing``, ``attached_damaged``.
    """
    if not file.kind.shown or file.size > _LARGEST_SHOWN:
        raise InputError("attached_not_shown")
    return b"".join(read_attached(clinic.vault, person_id, file.id, Reading.VIEW))


def save_copy(clinic: OpenClinic, person_id: str, file: AttachedFile, target: Path) -> Path:
    """Write a copy of a file outside the clinic, readable for everybody who finds it; return where.

    ``target``: a file, or a folder that is there, in which the copy has a name that tells nothing of the person.

    Raises:
        UsageError: ``person_unknown``, ``attached_unknown``. InputError: ``output_unwritable``, ``output_not_a_file``.
        StoreError: ``attached_missing``, ``attached_damaged``; nothing is left there.
    """
    path = target
    if target.is_dir():
        path = target / f"file-{file.day:%Y%m%d}-{file.id[:8]}{file.kind.suffix}"
    else:
        make_folder(target.parent)
    with whole_file(path) as out:
        for chunk in read_attached(clinic.vault, person_id, file.id, Reading.EXPORT):
            out.write(chunk)
    return path


def remove_file(clinic: OpenClinic, person_id: str, file_id: str, reason: str) -> None:
    """Take a file off a record, with a reason.

    Raises:
        UsageError: ``person_unknown``, ``attached_unknown``, ``reason_needed``.
    """
    remove_attached(clinic.vault, person_id, file_id, reason, actor=clinic.actor)


def facts_sentence(kind: FileKind, facts: Mapping[str, Fact], words: Wording) -> str:
    """Return what is told of a file in one line: its kind and what stands in it."""
    said = [words.say(f"intake.file.kind.{kind.value}")]
    if "width" in facts and "height" in facts:
        said.append(f"{facts['width']} × {facts['height']}")
    for name in _TOLD:
        if name in facts:
            said.append(words.say(f"intake.file.fact.{name}", value=facts[name]))
    return words.say("intake.file.between").join(said)


def left_out_sentence(left_out: Sequence[LeftOut], words: Wording) -> str:
    """Return what was left out of a file before it was kept; empty where nothing was."""
    if not left_out:
        return ""
    parts = words.say("intake.file.and").join(words.say(f"intake.file.part.{part.value}") for part in left_out)
    return words.say("intake.file.left_out", parts=parts)


_TOLD = (
    *("pages", "frames", "modality", "study", "series", "body_part"),
    *("version", "maker", "build", "sample", "samples", "variants", "markers"),
)
