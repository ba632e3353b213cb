"""Disks that run full: a real small one where this process may mount it, else files that may not grow."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

SPARE_BYTES = 6 * 2**20
_WHOLE_PAGE = 4096


class Disk(Protocol):
    """Where a clinic lies. ``refusal``: what the store says when nothing more fits."""

    folder: Path
    refusal: str

    def fill(self) -> None:
        """Leave no room."""

    def make_room(self) -> None:
        """Give it back."""


@dataclass
class SmallDisk:
    """A disk in memory with little room, filled by another file."""

    folder: Path
    refusal: str = "store_disk_full"

    @property
    def _other_file(self) -> Path:
        return self.folder.parent / "other"

    def fill(self) -> None:
        """Write until nothing more fits."""
        with self._other_file.open("wb", buffering=0) as file:
            try:
                while file.write(bytes(_WHOLE_PAGE)):
                    pass
            except OSError:
                return

    def make_room(self) -> None:
        """Remove the other file."""
        self._other_file.unlink()


@dataclass
class ShortFiles:
    """No file of this process may become longer than a page: writing on fails as on a disk that is broken or full."""

    folder: Path
    refusal: str = "store_disk_failed"

    def fill(self) -> None:
        """Forbid longer files."""
        self._limit(_WHOLE_PAGE)

    def make_room(self) -> None:
        """Allow them again."""
        self._limit(None)

    def _limit(self, most: int | None) -> None:
        import resource  # not on Windows

        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard if most is None else most, hard))


@contextmanager
def small_disk(clinic: Path, place: Path) -> Iterator[SmallDisk | None]:
    """Put a copy of a clinic on a small disk of its own; None where this process may not mount one."""
    place.mkdir()
    mount, unmount = shutil.which("mount"), shutil.which("umount")
    size = sum(path.stat().st_size for path in clinic.rglob("*")) + SPARE_BYTES
    mounted = (
        mount is not None
        and unmount is not None
        and os.name == "posix"
        and subprocess.run(
            [mount, "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)], capture_output=True, check=False
        ).returncode
        == 0
    )
    if not mounted or unmount is None:
        yield None
        return
    try:
        shutil.copytree(clinic, place / "clinic")
        yield SmallDisk(place / "clinic")
    finally:
        subprocess.run([unmount, "-l", str(place)], check=True)


def short_files(clinic: Path, place: Path) -> ShortFiles:
    """Put a copy of a clinic where files can be kept from growing."""
    shutil.copytree(clinic, place / "clinic")
    return ShortFiles(place / "clinic")
