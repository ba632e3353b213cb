"""A pack read from its folder and checked against its digests; the graph stays bytes, nothing here runs it."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.domain.results import PackRef
from engine.errors import PackError
from engine.packs.manifest import Manifest
from engine.packs.wire import check_graph

MANIFEST_FILE = "manifest.json"
GRAPH_FILE = "model.onnx"
CARD_FILE = "CARD.md"
CASES_FILE = "reference_cases.csv"

_MEGABYTE = 1 << 20
# Far above any real pack; a file beyond it is refused before it is read.
LARGEST_BYTES: Mapping[str, int] = {
    MANIFEST_FILE: 4 * _MEGABYTE,
    GRAPH_FILE: 512 * _MEGABYTE,
    CARD_FILE: 4 * _MEGABYTE,
    CASES_FILE: 64 * _MEGABYTE,
}
# Licence texts that a manifest may name beside its four files.
LICENCE_FILES = frozenset({"LICENCE.txt", "NOTICE.txt"})
_LARGEST_TEXT = _MEGABYTE
# Says who stands for a pack, over its digest; it is no part of what the digest names, and reading a pack trusts it not.
SIGNATURE_FILE = "signature.json"
LARGEST_SIGNATURE = 4_096


@dataclass(frozen=True)
class Pack:
    """A checked pack. Its files are read again, and checked again, when they are asked for.

    ``trusted``: whether its graph may run in this process; who reads it says so, nothing in the pack does.
    """

    folder: Path
    manifest: Manifest
    trusted: bool = False

    @property
    def digest(self) -> str:
        """SHA-256 (hex) that stands for the whole pack."""
        return self.manifest.digest

    @property
    def ref(self) -> PackRef:
        """What a result says of the pack that made it."""
        return PackRef(self.manifest.id, self.manifest.version, self.digest)

    def read_graph(self) -> bytes:
        """Return the bytes of the graph: by their digest those that ``read_pack`` looked into.

        Raises:
            PackError: the file is gone or altered.
        """
        graph = self.manifest.graph
        return _read_checked(self.folder, self.manifest.id, graph.file, graph.sha256)

    def read_card(self) -> str:
        """Return the model card (Markdown); raises PackError when it is gone or altered."""
        card = self.manifest.card
        return _read_checked(self.folder, self.manifest.id, card.file, card.sha256).decode("utf-8")

    def read_licence_text(self, file: str) -> str:
        """Return a licence text of the pack; raises PackError when it is gone or altered, KeyError for any other."""
        texts = {each.file: each.sha256 for each in self.manifest.licence.files}
        return _read_checked(self.folder, self.manifest.id, file, texts[file]).decode("utf-8")

    def read_case_table(self) -> bytes:
        """Return the bytes of the reference cases; raises PackError when they are gone or altered."""
        cases = self.manifest.reference_cases
        return _read_checked(self.folder, self.manifest.id, cases.file, cases.sha256)


def read_pack(folder: Path, *, trusted: bool = False) -> Pack:
    """Return the pack in a folder, every file checked. ``trusted``: see ``Pack``.

    Raises:
        PackError: ``pack_missing`` (no such folder or no manifest), ``pack_file_missing``, ``pack_file_unexpected``,
            ``pack_file_too_large``, ``pack_file_unreadable``, ``pack_altered`` (a digest differs), ``pack_name``
            (the folder is not named as the pack), ``pack_card_unreadable``, ``pack_graph_unreadable``,
            ``pack_graph_foreign``, or what ``Manifest.parse`` raises.
    """
    name = folder.name
    try:
        if not (folder / MANIFEST_FILE).is_file():
            raise PackError("pack_missing", pack=name)
        _check_files(folder, name)
    except OSError as error:
        raise PackError("pack_file_unreadable", pack=name, file=MANIFEST_FILE) from error
    manifest = Manifest.parse(_read(folder, name, MANIFEST_FILE))
    if manifest.id != name:
        raise PackError("pack_name", pack=name)
    named = (manifest.graph.file, manifest.card.file, manifest.reference_cases.file)
    if named != (GRAPH_FILE, CARD_FILE, CASES_FILE):
        raise PackError("pack_manifest_contradiction", where="file")
    pack = Pack(folder, manifest, trusted)
    _check_texts(pack)
    check_graph(pack.read_graph(), manifest.id, manifest.graph.opset)
    pack.read_case_table()
    try:
        pack.read_card()
    except UnicodeDecodeError as error:
        raise PackError("pack_card_unreadable", pack=name) from error
    return pack


def _check_files(folder: Path, name: str) -> None:
    """Refuse a folder that holds anything but the files of a pack, as plain files of a sane size."""
    entries = {entry.name: entry.lstat() for entry in folder.iterdir()}
    largest = {**LARGEST_BYTES, **dict.fromkeys(LICENCE_FILES, _LARGEST_TEXT), SIGNATURE_FILE: LARGEST_SIGNATURE}
    for file, status in sorted(entries.items()):
        if file not in largest or not stat.S_ISREG(status.st_mode):
            raise PackError("pack_file_unexpected", pack=name, file=file)
        if status.st_size > largest[file]:
            raise PackError("pack_file_too_large", pack=name, file=file)
    for file in LARGEST_BYTES:
        if file not in entries:
            raise PackError("pack_file_missing", pack=name, file=file)


def _check_texts(pack: Pack) -> None:
    """Refuse licence texts that the manifest does not name, and texts that are no text."""
    named = {each.file for each in pack.manifest.licence.files}
    lying = {entry.name for entry in pack.folder.iterdir()} & LICENCE_FILES
    if not named <= LICENCE_FILES:
        raise PackError("pack_manifest_contradiction", where="licence.files")
    if unnamed := sorted(lying - named):
        raise PackError("pack_file_unexpected", pack=pack.manifest.id, file=unnamed[0])
    for file in sorted(named):
        try:
            pack.read_licence_text(file)
        except UnicodeDecodeError as error:
            raise PackError("pack_card_unreadable", pack=pack.manifest.id) from error


def _read_checked(folder: Path, name: str, file: str, sha256: str) -> bytes:
    data = _read(folder, name, file)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise PackError("pack_altered", pack=name, file=file)
    return data


def _read(folder: Path, name: str, file: str) -> bytes:
    try:
        return (folder / file).read_bytes()
    except FileNotFoundError as error:
        raise PackError("pack_file_missing", pack=name, file=file) from error
    except OSError as error:
        raise PackError("pack_file_unreadable", pack=name, file=file) from error
