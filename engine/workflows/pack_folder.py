"""A pack named by its folder, in a command that otherwise takes the id of one at hand."""

from __future__ import annotations

from pathlib import Path

from engine.packs import PackLibrary, read_pack
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
