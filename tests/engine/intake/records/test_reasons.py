"""Every reason that leaves something out has a sentence, and every sentence a reason."""

from __future__ import annotations

import re
from pathlib import Path

from engine.domain.problems import Reason
from engine.wording import LANGUAGES, load_wording

_REASON = re.compile(r'(?:why="|Refused\("|Unmapped\("|UNMAPPED, "|REFUSED, ")(\w+)"')
# Told of a person or value by the rules of tables.
_OF_TABLES = {
    Reason.IMPOSSIBLE_VALUE.value,
    Reason.IMPLAUSIBLE_VALUE.value,
    Reason.FUTURE_DATE.value,
    Reason.MISSING_IDENTITY.value,
    Reason.DUPLICATE_PERSON.value,
}


def test_reasons_and_sentences_are_the_same_set(checkout: Path) -> None:
    sources = [
        *(checkout / "engine/intake/records").glob("*.py"),
        *(checkout / "engine/intake/readers").glob("fhir.py"),
    ]
    written = "\n".join(file.read_text(encoding="utf-8") for file in sources)
    for language in LANGUAGES:
        keys = load_wording(language).keys()
        known = {key.rpartition(".")[2] for key in keys if key.startswith("intake.record_reason.")}
        used = {name for name in known if re.search(rf'"{name}"', written)} | _OF_TABLES
        assert known - used == set()
        assert set(_REASON.findall(written)) <= known
        assert known >= _OF_TABLES
