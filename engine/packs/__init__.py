"""A model is a folder: manifest, graph, card and reference cases. Read, check and write; nothing here runs a graph."""

from engine.packs.manifest import SCHEMA, Manifest

__all__ = ["SCHEMA", "Manifest"]
