"""What every pack made from a publication checks beside its publication's own rules: contradictions, pregnancy.

A rule joins a pack that reads its ``with_field``, as an input or in an exclusion, unless the publication has a rule on
the same condition. Kept as data in ``common_rules.json`` beside the equation files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from engine.errors import PackError
from engine.packs import strict
from engine.packs.manifest import Action, Exclusion, Words
from engine.resources import resources_folder
from engine.risk.equations.errors import EquationError

RULES_FILE = "common_rules.json"
_SCHEMA = "lantern-common-rules/1"
_PREGNANT = "pregnant"


@dataclass(frozen=True, slots=True)
class _Rule:
    with_field: str
    when: str
    field: str
    action: Action
    reason: Words
    unless_field: str | None = None


@dataclass(frozen=True, slots=True)
class _RulesFile:
    schema: str
    rules: tuple[_Rule, ...]
    pregnancy: Words


def common_exclusions(document: Mapping[str, Any], *, answers_in_pregnancy: bool) -> tuple[Exclusion, ...]:
    """Return the exclusions that join those of an equation file.

    Pregnancy: a risk of years to come is refused, since pressure, weight and lipids are then not those that it was
    fitted on; a score of today warns; where the publication has a rule of its own, that one stands alone.

    Raises:
        EquationError: ``equation_unreadable`` when the file of the rules is none.
    """
    rules = _rules()
    own = document["exclusions"]
    reads = {entry["field"] for entry in (*document["inputs"], *own)}
    conditions = {entry["when"] for entry in own}
    found = [
        Exclusion(when=rule.when, field=rule.field, action=rule.action, reason=rule.reason)
        for rule in rules.rules
        if rule.with_field in reads and rule.unless_field not in reads and rule.when not in conditions
    ]
    if not answers_in_pregnancy and _PREGNANT not in conditions:
        action = Action.REFUSE if document["horizon_years"] else Action.WARN
        found.append(Exclusion(when=_PREGNANT, field=_PREGNANT, action=action, reason=rules.pregnancy))
    return tuple(found)


@cache
def _rules() -> _RulesFile:
    try:
        document = strict.parse_json((resources_folder() / "equations" / RULES_FILE).read_bytes())
    except (OSError, PackError) as error:
        raise EquationError("equation_unreadable", RULES_FILE) from error
    rules = strict.read(_RulesFile, document)
    if rules.schema != _SCHEMA:
        raise EquationError("equation_unreadable", RULES_FILE)
    return rules
