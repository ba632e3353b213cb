"""Writing what a person asked for, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from engine.errors import InputError


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file to write that appears under its name only when complete and on disk.

    Raises:
        InputError: ``output_unwritable`` when the place cannot be written or the disk is full; nothing is left there.
    """
    draft = path.with_name(f".{path.name}.part")
    try:
        with draft.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        _remove(draft)
        raise InputError("output_unwritable") from error
    except BaseException:
        _remove(draft)
        raise


def _remove(draft: Path) -> None:
    # Where the draft could not even be made, it cannot be removed either.
    with suppress(OSError):
        draft.unlink(missing_ok=True)


def make_folder(path: Path) -> None:
    """Make an output folder if it is not there; InputError ``output_unwritable`` when that fails."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError("output_unwritable") from error
