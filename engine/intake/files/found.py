"""What a reader of an attached file hands over: what it is, which bytes of it are kept. Crosses from the worker.

Which bytes are kept is said in pieces: a stretch of the file as it came, or a few new bytes. So whoever keeps the file
copies and never parses, and what a worker saw of a file is what is kept of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

from engine.domain.attached import Fact, FileKind, LeftOut, NewFile
from engine.errors import InputError
from engine.intake.devices.raw import PersonHint, Trust
from engine.workers.messages import BrokenMessage, Message

Piece = tuple[int, int] | bytes  # from and to, in bytes of the file as it came; or bytes that stand in their place
ANSWER = "file"
_CHUNK = 1 << 20
_MOST_NEW = 1 << 10  # bytes that a reader puts in itself
_MOST_TEXT = 200  # signs of a fact


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file that can be kept. ``sha256`` and ``size`` are those of the file as it came; ``hints``: whom it names."""

    kind: FileKind
    size: int
    sha256: str
    pieces: tuple[Piece, ...]
    facts: Mapping[str, Fact] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()
    day: date | None = None
    hints: tuple[PersonHint, ...] = ()


def whole(size: int) -> tuple[Piece, ...]:
    """Return the pieces of a file of which all is kept."""
    return ((0, size),)


def file_digest(path: Path, report: Callable[[int, int], None] = lambda done, total: None) -> tuple[int, str]:
    """Return the size of a file and its SHA-256."""
    digest, size, total = hashlib.sha256(), 0, path.stat().st_size
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            report(size, max(total, size))
    return size, digest.hexdigest()


def found_message(found: FoundFile) -> Message:
    """Write it as a message."""
    return Message(
        ANSWER,
        {
            "kind": found.kind.value,
            "size": found.size,
            "sha256": found.sha256,
            "pieces": [piece.hex() if isinstance(piece, bytes) else list(piece) for piece in found.pieces],
            "facts": {name: _short(fact) for name, fact in found.facts.items()},
            "left_out": [part.value for part in found.left_out],
            "day": None if found.day is None else found.day.isoformat(),
            "hints": [asdict(hint) for hint in found.hints],
        },
    )


def _short(fact: Fact) -> Fact:
    return fact if isinstance(fact, int) else "".join(sign for sign in fact if sign.isprintable())[:_MOST_TEXT]


def read_found(message: Message) -> FoundFile:
    """Read what the worker answered; nothing in it is taken on trust.

    Raises:
        BrokenMessage: when the parts do not fit together.
    """
    body = message.body
    try:
        size, sha256 = int(body["size"]), str(body["sha256"])
        found = FoundFile(
            kind=FileKind(body["kind"]),
            size=size,
            sha256=sha256,
            pieces=tuple(_piece(piece) for piece in body["pieces"]),
            facts={str(name): fact if isinstance(fact, int) else str(fact) for name, fact in body["facts"].items()},
            left_out=tuple(LeftOut(part) for part in body["left_out"]),
            day=None if body["day"] is None else date.fromisoformat(body["day"]),
            hints=tuple(PersonHint(**{**hint, "trust": Trust(hint["trust"])}) for hint in body["hints"]),
        )
        bytes.fromhex(sha256)
        if len(sha256) != 64 or not _are_in_order(found.pieces, size):
            raise ValueError("pieces")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BrokenMessage("no file") from error
    return found


def _piece(said: object) -> Piece:
    if isinstance(said, str):
        return bytes.fromhex(said)
    if not isinstance(said, list) or len(said) != 2:
        raise ValueError("piece")
    return int(said[0]), int(said[1])


def _are_in_order(pieces: Sequence[Piece], size: int) -> bool:
    at = new = 0
    for piece in pieces:
        if isinstance(piece, bytes):
            new += len(piece)
        else:
            if not at <= piece[0] < piece[1] <= size:
                return False
            at = piece[1]
    return new <= _MOST_NEW and at > 0


def new_file(path: Path, name: str, found: FoundFile) -> NewFile:
    """Return what is to be kept of a file.

    Raises:
        InputError: ``file_changed`` when it is not what the worker saw any more, ``file_unreadable``.
    """
    kept, size = hashlib.sha256(), 0
    try:
        if file_digest(path) != (found.size, found.sha256):
            raise InputError("file_changed")
        for chunk in _kept(path, found.pieces):
            kept.update(chunk)
            size += len(chunk)
    except OSError as error:
        raise InputError("file_unreadable") from error

    def chunks() -> Iterator[bytes]:
        try:
            yield from _kept(path, found.pieces)
        except OSError as error:
            raise InputError("file_unreadable") from error

    return NewFile(
        name=name,
        kind=found.kind,
        size=size,
        sha256=kept.hexdigest(),
        came_sha256=found.sha256,
        chunks=chunks,
        day=found.day,
        facts=found.facts,
        left_out=found.left_out,
    )


def _kept(path: Path, pieces: Sequence[Piece]) -> Iterator[bytes]:
    with path.open("rb") as file:
        for piece in pieces:
            if isinstance(piece, bytes):
                yield piece
                continue
            start, end = piece
            file.seek(start)
            while start < end and (chunk := file.read(min(_CHUNK, end - start))):
                start += len(chunk)
                yield chunk
