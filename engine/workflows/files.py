"""Writing what a person asked for, whole or not at all."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from engine.durable import sync_folder
from engine.errors import InputError
from engine.store.folder import clinic_around


def check_outside_clinics(path: Path) -> None:
    """Refuse a place in the folder of a clinic: what lies there is not encrypted, and goes where that folder goes.

    Raises:
        InputError: ``output_in_clinic``.
    """
    try:
        inside = clinic_around(path) is not None
    except (OSError, ValueError) as error:
        raise InputError("output_unwritable") from error
    if inside:
        raise InputError("output_in_clinic")


def check_free(path: Path) -> None:
    """Refuse a name that something has already.

    Raises:
        InputError: ``output_exists``.
    """
    if os.path.lexists(path):
        raise InputError("output_exists")


@contextmanager
def whole_file(path: Path, *, in_clinic: bool = False) -> Iterator[BinaryIO]:
    """Open a file to write that appears under its name only when complete and on disk.

    A link is followed, so that the file it names is written and not the link. What is there and is no plain file (a
    folder, a device, a pipe) is refused: the finished file would take its place. ``in_clinic``: what a clinic keeps
    beside its store, and nobody asked for elsewhere.

    Raises:
        InputError: ``output_not_a_file``; ``output_in_clinic``; ``output_unwritable`` when the place cannot be written
            or the disk is full. Nothing is left there.
    """
    if not in_clinic:
        check_outside_clinics(path)
    target = _plain_target(path)
    draft = target.with_name(f".lantern-{uuid.uuid4().hex[:12]}.part")
    try:
        # Never through a link that somebody laid there, and for the eyes of its owner only: it may hold patients.
        with open(draft, "xb", opener=_private) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
        sync_folder(target.parent)  # else a power cut may take the name back
    except OSError as error:
        _remove(draft)
        raise InputError("output_unwritable") from error
    except BaseException:
        _remove(draft)
        raise


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _plain_target(path: Path) -> Path:
    try:
        target = Path(os.path.realpath(path))
        if target.exists() and not target.is_file():
            raise InputError("output_not_a_file")
    except (OSError, ValueError) as error:
        raise InputError("output_unwritable") from error
    return target


def _remove(draft: Path) -> None:
    # Where the draft could not even be made, it cannot be removed either.
    with suppress(OSError):
        draft.unlink(missing_ok=True)


def make_folder(path: Path, *, in_clinic: bool = False) -> None:
    """Make an output folder if it is not there; ``in_clinic`` as in ``whole_file``.

    Raises:
        InputError: ``output_in_clinic``; ``output_unwritable`` when it cannot be made.
    """
    if not in_clinic:
        check_outside_clinics(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
        sync_folder(path.parent)
    except OSError as error:
        raise InputError("output_unwritable") from error
