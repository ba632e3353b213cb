"""All packs at hand: those that ship with the program, and those that a clinic keeps beside its store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.domain.clinic_packs import ClinicPack, PackOrigin, PackState
from engine.errors import PackError
from engine.packs.digests import read_digests
from engine.packs.pack import MANIFEST_FILE, Pack, read_pack
from engine.resources import resources_folder

_LONGEST_ID = 100  # what every file system takes as a name


@dataclass(frozen=True, slots=True)
class OwnPacks:
    """What a clinic says of packs: the folder that holds its own, and what it keeps of each, by id."""

    folder: Path
    kept: Mapping[str, ClinicPack]

    def place(self, pack_id: str) -> Path:
        """Return the folder of a kept pack: below its digest, or where earlier programs put it."""
        place = self.folder / folder_of_digest(self.kept[pack_id].ref.digest) / pack_id
        return place if place.exists() else self.folder / pack_id


def folder_of_digest(digest: str) -> str:
    """Return the name of the folder for packs of this digest, so that a version never lies in another's place."""
    return digest[:16]


class PackLibrary:
    """Finds packs by id in a list of folders; the first folder that has the id gives the pack.

    A pack is read and checked when it is first asked for, then kept for the life of the library. One that is damaged
    is refused by itself and stops no other.
    """

    def __init__(
        self, folders: Sequence[Path], own: OwnPacks | None = None, digests: Mapping[str, str] | None = None
    ) -> None:
        """Look at nothing yet.

        Args:
            folders: where packs lie that this program may run in its own process.
            own: the packs of a clinic, beside those in the folders.
            digests: the digest that each pack in the folders must have, by id; None: any.
        """
        self._folders = tuple(folders)
        self._digests = digests
        self._own = own
        self._kept: Mapping[str, ClinicPack] = {} if own is None else own.kept
        self._read: dict[str, Pack] = {}
        self._damaged: dict[str, PackError] = {}
        self._all: tuple[Pack, ...] | None = None

    @classmethod
    def shipped(cls) -> PackLibrary:
        """Return the library of the packs that ship with the program, each with the digest that it shipped with."""
        models = resources_folder() / "models"
        return cls([models], digests=read_digests(models))

    def of_clinic(self, own: OwnPacks) -> PackLibrary:
        """Return this library with the packs of a clinic; what was read is not read again."""
        library = PackLibrary(self._folders, own, self._digests)
        shipped = {pack_id: pack for pack_id, pack in self._read.items() if pack.folder.parent in self._folders}
        library._read.update(shipped)
        return library

    def beside(self, pack: Pack) -> PackLibrary:
        """Return this library with one more pack, which stands before any other of its id."""
        library = PackLibrary(self._folders, self._own, self._digests)
        library._read.update(self._read)
        library._read[pack.manifest.id] = pack
        return library

    @property
    def has_own(self) -> bool:
        """Whether a clinic keeps anything of its own here."""
        return bool(self._kept)

    def ids(self) -> tuple[str, ...]:
        """Return the ids of all packs, sorted. They are found by name: a damaged pack is listed too."""
        found = {
            entry.name
            for folder in self._folders
            if folder.is_dir()
            for entry in folder.iterdir()
            if not entry.name.startswith(".") and (entry / MANIFEST_FILE).is_file()
        }
        # Of its own packs a clinic knows which there must be, whatever lies in the folder.
        found |= {pack_id for pack_id in self._kept if self.is_own(pack_id)}
        return tuple(sorted(found))

    def __contains__(self, pack_id: object) -> bool:
        return pack_id in self._read or pack_id in self.ids()  # what was read is kept; looking on the disk takes time

    def get(self, pack_id: str) -> Pack:
        """Return a pack by id.

        Raises:
            PackError: ``pack_unknown`` when no folder has it; ``pack_not_as_shipped`` and ``pack_not_as_added`` when it
                is another than the one that shipped or that the clinic added; else what ``read_pack`` raises.
        """
        if pack_id not in self._read:
            folder = next((folder for folder in self._folders if self._holds(folder, pack_id)), None)
            self._read[pack_id] = self._get_own(pack_id) if folder is None else self._get_shipped(folder, pack_id)
        return self._read[pack_id]

    def all(self) -> tuple[Pack, ...]:
        """Return every sound pack, by id; ``damaged`` has the others.

        Looked for on the disk once: every keystroke and every page asks.
        """
        if self._all is None:
            sound = []
            for pack_id in self.ids():
                try:
                    sound.append(self.get(pack_id))
                except PackError as error:
                    self._damaged[pack_id] = error
            self._all = tuple(sound)
        return self._all

    def damaged(self) -> Mapping[str, PackError]:
        """Return the packs that cannot be used, by id, with the reason."""
        self.all()
        return self._damaged

    def kept(self, pack_id: str) -> ClinicPack | None:
        """Return what the clinic keeps of a pack; None for one that ships and that nobody took out of use."""
        return self._kept.get(pack_id)

    def is_own(self, pack_id: str) -> bool:
        """Return whether a pack is a clinic's own rather than one that ships."""
        kept = self._kept.get(pack_id)
        return kept is not None and kept.origin is not PackOrigin.SHIPPED

    def switched_off(self, pack_id: str) -> bool:
        """Return whether the clinic took a pack out of use."""
        kept = self._kept.get(pack_id)
        return kept is not None and kept.state is not PackState.ON

    def in_place_of(self, packs: Sequence[Pack]) -> frozenset[str]:
        """Return the ids in whose place these packs stand: their parents, and the parents of those."""
        replaced: set[str] = set()
        waiting = list(packs)
        while waiting:
            parent = waiting.pop().manifest.parent
            if parent is None or parent.id in replaced:
                continue
            replaced.add(parent.id)
            waiting += [pack for pack in self.all() if pack.manifest.id == parent.id]
        return frozenset(replaced)

    def _get_shipped(self, folder: Path, pack_id: str) -> Pack:
        pack = read_pack(folder / pack_id, trusted=True)
        if self._digests is not None and self._digests.get(pack_id) != pack.digest:
            raise PackError("pack_not_as_shipped", pack=pack_id)
        return pack

    def _get_own(self, pack_id: str) -> Pack:
        if self._own is None or not self.is_own(pack_id):
            raise PackError("pack_unknown", pack=pack_id)
        kept = self._kept[pack_id]
        pack = read_pack(self._own.place(pack_id), trusted=kept.origin is not PackOrigin.FOREIGN)
        if pack.digest != kept.ref.digest:
            raise PackError("pack_not_as_added", pack=pack_id)
        return pack

    @staticmethod
    def _holds(folder: Path, pack_id: str) -> bool:
        # An id is the name of a folder right here, never a way to another place.
        return pack_id.isidentifier() and len(pack_id) <= _LONGEST_ID and (folder / pack_id / MANIFEST_FILE).is_file()
