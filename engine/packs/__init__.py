"""A model is a folder: manifest, graph, card and reference cases. Read, check and write; nothing here runs a graph."""

from engine.packs.library import OwnPacks, PackLibrary, folder_of_digest
from engine.packs.manifest import SCHEMA, Manifest
from engine.packs.pack import Pack, read_pack
from engine.packs.writer import PackParts, pack_files, write_pack

__all__ = [
    "SCHEMA",
    "Manifest",
    "OwnPacks",
    "Pack",
    "PackLibrary",
    "PackParts",
    "folder_of_digest",
    "pack_files",
    "read_pack",
    "write_pack",
]
