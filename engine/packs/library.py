"""All packs at hand: those that ship with the program, and later those of a clinic."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.errors import PackError
from engine.packs.pack import MANIFEST_FILE, Pack, read_pack
from engine.resources import resources_folder

_LONGEST_ID = 100  # what every file system takes as a name


class PackLibrary:
    """Finds packs by id in a list of folders; the first folder that has the id gives the pack.

    A pack is read and checked when it is first asked for, then kept for the life of the library.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(folders)
        self._read: dict[str, Pack] = {}
        self._all: tuple[Pack, ...] | None = None

    @classmethod
    def shipped(cls) -> PackLibrary:
        """Return the library of the packs that ship with the program."""
        return cls([resources_folder() / "models"])

    def ids(self) -> tuple[str, ...]:
        """Return the ids of all packs, sorted. They are found by name: a damaged pack is listed too."""
        found = {
            entry.name
            for folder in self._folders
            if folder.is_dir()
            for entry in folder.iterdir()
            if not entry.name.startswith(".") and (entry / MANIFEST_FILE).is_file()
        }
        return tuple(sorted(found))

    def __contains__(self, pack_id: object) -> bool:
        return pack_id in self._read or pack_id in self.ids()  # what was read is kept; looking on the disk takes time

    def get(self, pack_id: str) -> Pack:
        """Return a pack by id.

        Raises:
            PackError: ``pack_unknown`` when no folder has it; else what ``read_pack`` raises.
        """
        if pack_id not in self._read:
            folder = next((folder for folder in self._folders if self._holds(folder, pack_id)), None)
            if folder is None:
                raise PackError("pack_unknown", pack=pack_id)
            self._read[pack_id] = read_pack(folder / pack_id)
        return self._read[pack_id]

    def all(self) -> tuple[Pack, ...]:
        """Return every pack, by id; raises as ``get`` for the first that is damaged.

        Looked for on the disk once: every keystroke and every page asks.
        """
        if self._all is None:
            self._all = tuple(self.get(pack_id) for pack_id in self.ids())
        return self._all

    @staticmethod
    def _holds(folder: Path, pack_id: str) -> bool:
        # An id is the name of a folder right here, never a way to another place.
        return pack_id.isidentifier() and len(pack_id) <= _LONGEST_ID and (folder / pack_id / MANIFEST_FILE).is_file()
