"""Packs by their folder: one that a person names, and one that is tried before it gets its place."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.packs import Pack, PackLibrary, PackParts, read_pack
from engine.packs.pack import MANIFEST_FILE


def pack_named(name: str, library: PackLibrary) -> tuple[str, PackLibrary]:
    """Return the id that a name means, and the library that has it.

    A name that is no id at hand but a folder with a manifest means the pack in it. Its graph runs in a worker: nobody
    here says that it may do otherwise.

    Raises:
        PackError: as ``read_pack``.
    """
    if name in library:
        return name, library
    try:
        folder = Path(name).resolve()
        is_pack = (folder / MANIFEST_FILE).is_file()
    except (OSError, ValueError):
        return name, library
    if not is_pack:
        return name, library
    pack = read_pack(folder)
    return pack.manifest.id, library.beside(pack)


@contextmanager
def tried_aside(parts: PackParts) -> Iterator[Pack]:
    """Write a pack of our own making aside, for the length of a ``with`` block, to run it in this process."""
    with tempfile.TemporaryDirectory(prefix="lantern-pack-") as aside:
        pack = parts.write(Path(aside))
        yield read_pack(pack.folder, trusted=True)
