"""How long this clinic keeps a record: by the law of its country, and longer where the clinic says so."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

from engine.domain.retention import Keep
from engine.errors import UsageError
from engine.resources import resources_folder
from engine.store.settings import keep_setting, load_setting
from engine.wording import Wording
from engine.workflows.clinics import OpenClinic
from engine.workflows.settings import COUNTRY_FIELD

_OWN = "retention.years"
_LEAST, _MOST = 1, 100


@cache
def rules() -> dict[str, Keep]:
    """Return the rules that are known, by country (ISO 3166 alpha-3); each with its source."""
    text = (resources_folder() / "persons" / "retention.json").read_text(encoding="utf-8")
    return {
        country: Keep(
            years=rule["years"],
            from_death=rule["counted_from"] == "death",
            minor_until=rule.get("minor_until_age"),
            source=rule["source"],
        )
        for country, rule in json.loads(text).items()
        if isinstance(rule, dict)
    }


def rule_of(clinic: OpenClinic) -> Keep | None:
    """Return how long records are kept here; None where nobody knows."""
    law = rules().get(str(clinic.clinic.settings.get(COUNTRY_FIELD, "")))
    own = load_setting(clinic.vault, _OWN)
    if own is None or (law is not None and not law.from_death and law.years >= own):
        return law
    return Keep(years=own) if law is None else replace(law, years=max(own, law.years))


def rule_words(rule: Keep | None, words: Wording) -> str:
    """Return a rule in words, with its source."""
    if rule is None:
        return words.say("persons.retention.none")
    if rule.source is None:
        return words.say("persons.retention.clinic", years=rule.years)
    key = "rule_death" if rule.from_death else "rule"
    return words.say(f"persons.retention.{key}", years=rule.years, source=rule.source[words.language])


def set_years(clinic: OpenClinic, years: int) -> None:
    """Say for how many years after the last visit this clinic keeps a record; what the law asks for stays the least.

    Raises:
        UsageError: ``retention_years``. AccessError: ``access_denied``.
    """
    if not _LEAST <= years <= _MOST:
        raise UsageError("retention_years", least=_LEAST, most=_MOST)
    with clinic.vault.change(clinic.actor, "clinic.settings") as change:
        keep_setting(change, _OWN, years)
        change.note(settings=_OWN)
