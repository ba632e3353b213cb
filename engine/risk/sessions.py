"""Loaded graphs, each where it may run: in this process, or in a worker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from engine.domain.batch import FloatArray
from engine.packs import Pack
from engine.risk.session import GraphAnswer, GraphSession
from engine.risk.worker_session import WorkerSession


class Session(Protocol):
    """One graph, loaded somewhere."""

    def run(self, columns: Mapping[str, FloatArray], rows: int, *, stability: bool = False) -> GraphAnswer:
        """Return the answers for ``rows`` people; see ``GraphSession.run``."""


class Sessions:
    """Loaded graphs by pack digest: a graph is loaded once, whoever asks."""

    def __init__(self) -> None:
        self._loaded: dict[tuple[str, bool], Session] = {}

    def get(self, pack: Pack) -> Session:
        """Return the session of a pack; raises PackError as ``GraphSession`` and ``WorkerSession`` do."""
        key = (pack.digest, pack.trusted)
        if key not in self._loaded:
            self._loaded[key] = open_session(pack)
        return self._loaded[key]


def open_session(pack: Pack) -> Session:
    """Load the graph of a pack: in this process when it is trusted, else in a worker."""
    return GraphSession(pack.manifest, pack.read_graph()) if pack.trusted else WorkerSession(pack)
