"""The predictors of a library: each made once, sharing graphs, and helping each other where one derives for another."""

from __future__ import annotations

from engine.errors import PackError
from engine.fields import Dictionary
from engine.packs import PackLibrary
from engine.risk.derivation import FullDerivation
from engine.risk.predictor import Predictor
from engine.risk.sessions import Sessions


class Predictors:
    """Gives the predictor of a pack by id."""

    def __init__(self, library: PackLibrary, dictionary: Dictionary, sessions: Sessions | None = None) -> None:
        """``sessions``: graphs that are loaded already; None: none are."""
        self.library = library
        self.dictionary = dictionary
        self._sessions = sessions or Sessions()
        self._made: dict[str, Predictor] = {}
        self._derivation = FullDerivation(dictionary, self.find)

    def get(self, pack_id: str) -> Predictor:
        """Return the predictor of a pack.

        Raises:
            PackError: the pack is unknown, altered or cannot be run (``PackLibrary.get``, ``Predictor``).
        """
        if pack_id not in self._made:
            pack = self.library.get(pack_id)
            self._made[pack_id] = Predictor(pack, self.dictionary, self._sessions, self._derivation)
        return self._made[pack_id]

    def with_library(self, library: PackLibrary) -> Predictors:
        """Return the predictors of another library; no graph is loaded twice."""
        return Predictors(library, self.dictionary, self._sessions)

    def find(self, pack_id: str) -> Predictor | None:
        """Return the predictor of a pack that derives a field for others; None when it is not at hand or damaged."""
        if pack_id not in self._made and pack_id not in self.library:
            return None
        try:
            return self.get(pack_id)
        except PackError:
            return None
