"""Whether a pack would answer, without running it: the same rules, and no graph is opened for it."""

from __future__ import annotations

from engine.domain.batch import Batch
from engine.domain.results import REFUSALS, Note
from engine.fields import Dictionary
from engine.packs import Pack
from engine.risk.derivation import FullDerivation
from engine.risk.eligibility import check_eligibility
from engine.risk.rules import Rules, make_rules


class Readiness:
    """Asks packs about one person; the rules of each are made once."""

    def __init__(self, dictionary: Dictionary, derivation: FullDerivation) -> None:
        self._dictionary = dictionary
        self._derivation = derivation
        self._rules: dict[tuple[str, str], Rules] = {}

    def against(self, pack: Pack, person: Batch) -> tuple[Note, ...]:
        """Return every reason why a pack would refuse; none where it would be run.

        Args:
            pack: a checked pack.
            person: a batch of one row.

        Raises:
            PackError: as ``make_rules``.
        """
        key = pack.manifest.id, pack.manifest.digest
        if key not in self._rules:
            self._rules[key] = make_rules(pack.manifest, self._dictionary)
        rules = self._rules[key]
        found = check_eligibility(rules, self._derivation.complete(person, tuple(rules.fields)), self._dictionary)
        return tuple(note for note, where in found.raised.items() if note.code in REFUSALS and where[0])
