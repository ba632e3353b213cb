"""Writes a pack folder: the same parts give the same bytes, and a folder is either whole or not there."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from engine.durable import sync_folder
from engine.errors import PackError
from engine.packs.manifest import FileRef, Manifest
from engine.packs.pack import CARD_FILE, CASES_FILE, GRAPH_FILE, MANIFEST_FILE, SIGNATURE_FILE, Pack, read_pack


@dataclass(frozen=True, slots=True)
class PackParts:
    """Everything that makes a pack folder; the manifest still lacks the digests of the files."""

    manifest: Manifest
    graph: bytes
    card: str
    reference_cases: str
    texts: Mapping[str, str] = field(default_factory=dict)

    def files(self) -> Mapping[str, bytes]:
        """Return file name -> bytes of the finished folder."""
        return pack_files(self.manifest, self.graph, self.card, self.reference_cases, self.texts)

    def digest(self) -> str:
        """Return the digest that the pack will have."""
        return Manifest.parse(self.files()[MANIFEST_FILE]).digest

    def write(self, parent: Path, signature: str | None = None) -> Pack:
        """Write the folder ``parent/<id>`` and return the pack; raises PackError as ``write_pack``.

        ``signature``: the text of a signature over its digest, to lie beside the files.
        """
        return write_files(parent, self.manifest.id, self.files(), signature)


def write_pack(
    parent: Path,
    manifest: Manifest,
    graph: bytes,
    card: str,
    reference_cases: str,
    texts: Mapping[str, str] = MappingProxyType({}),
) -> Pack:
    """Write ``parent/<id>`` and return it, read back and checked. A pack of that name is replaced.

    Args:
        parent: the folder that holds packs.
        manifest: everything but the file digests, which are filled in here.
        graph: bytes of the ONNX model.
        card: Markdown of the model card, lines ending in a line feed.
        reference_cases: CSV as in ``engine.packs.cases``, lines ending in a line feed.
        texts: licence texts by file name (``engine.packs.pack.LICENCE_FILES``).

    Raises:
        PackError: ``pack_unwritable`` when the folder cannot be written; what ``read_pack`` raises when the parts make
            no valid pack. What was there before is then still there.
    """
    return write_files(parent, manifest.id, pack_files(manifest, graph, card, reference_cases, texts))


def pack_files(
    manifest: Manifest,
    graph: bytes,
    card: str,
    reference_cases: str,
    texts: Mapping[str, str] = MappingProxyType({}),
) -> Mapping[str, bytes]:
    """Return file name -> bytes of a pack made of these parts."""
    files = {GRAPH_FILE: graph, CARD_FILE: card.encode("utf-8"), CASES_FILE: reference_cases.encode("utf-8")}
    files |= {name: text.encode("utf-8") for name, text in texts.items()}
    sha256 = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    complete = replace(
        manifest,
        licence=replace(manifest.licence, files=tuple(FileRef(name, sha256[name]) for name in sorted(texts))),
        graph=replace(manifest.graph, file=GRAPH_FILE, sha256=sha256[GRAPH_FILE]),
        card=FileRef(CARD_FILE, sha256[CARD_FILE]),
        reference_cases=FileRef(CASES_FILE, sha256[CASES_FILE]),
    )
    text = json.dumps(complete.to_json(), ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    return {MANIFEST_FILE: text.encode("utf-8"), **files}


def write_files(parent: Path, pack_id: str, files: Mapping[str, bytes], signature: str | None = None) -> Pack:
    """Write ``parent/<pack_id>`` from the bytes of its files and return it; raises PackError as ``write_pack``.

    ``signature``: the text of a signature over its digest, to lie beside the files.
    """
    if signature is not None:
        files = {**files, SIGNATURE_FILE: signature.encode("utf-8")}
    target = parent / pack_id
    try:
        _make_folders(parent)
        with tempfile.TemporaryDirectory(prefix=f".{pack_id}.", dir=parent) as scratch:
            fresh = Path(scratch) / pack_id
            fresh.mkdir()
            for name, data in files.items():
                _write_file(fresh / name, data)
            read_pack(fresh)
            sync_folder(fresh)
            _put_in_place(fresh, target, Path(scratch))
            sync_folder(parent)
    except OSError as error:
        raise PackError("pack_unwritable", pack=pack_id) from error
    return read_pack(target)


def _make_folders(folder: Path) -> None:
    """Make a folder and those above it, so that their names last."""
    absent = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for each in reversed(absent):
        sync_folder(each.parent)


def _write_file(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _put_in_place(fresh: Path, target: Path, scratch: Path) -> None:
    """Move ``fresh`` to ``target``; an older folder goes aside first and comes back when the move fails."""
    aside = scratch / "before"
    if target.is_symlink() or target.is_file():
        raise NotADirectoryError(target)
    if target.exists():
        target.rename(aside)
    try:
        fresh.rename(target)
    except OSError:
        if aside.exists():
            aside.rename(target)
        raise
    shutil.rmtree(aside, ignore_errors=True)
