"""Saved results whose pack was withdrawn later, and the pages that were made of them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from engine.domain.clinic_packs import MadePages, WithdrawnResult
from engine.domain.results import PackRef
from engine.store.database import Row
from engine.store.gate import needs
from engine.store.groups import RecordGroups, select_in
from engine.store.people import person_key
from engine.store.permissions import Permission
from engine.store.vault import Vault

# A digest is withdrawn when that is the last word on it: a later version of the same id says nothing about it.
_WITHDRAWN = (
    "SELECT digest, since, reason FROM clinic_pack AS one WHERE state = 'withdrawn'"
    " AND key = (SELECT max(key) FROM clinic_pack WHERE digest = one.digest)"
)
_RESULTS = (
    "SELECT assessment.key, assessment.id, assessment.patient, day, pack, version, digest FROM assessment_result"
    " JOIN assessment ON assessment.key = assessment_result.assessment"
    " WHERE status <> 'refused' AND digest IN (SELECT value FROM json_each(?1))"
)
_ORDER = " ORDER BY day, assessment.key, pack"


@needs(Permission.RECORD_READ)
def withdrawn_results(vault: Vault, person_id: str | None = None) -> tuple[WithdrawnResult, ...]:
    """Return every saved result of a withdrawn pack, by visit day; of one person, or of everybody.

    A refusal is no result. Records shown as one person are one.

    Raises:
        UsageError: ``person_unknown``.
    """
    withdrawn = {digest: (since, reason) for digest, since, reason in vault.rows(_WITHDRAWN)}
    groups = RecordGroups(vault)
    members = None if person_id is None else groups.of(person_key(vault, person_id))
    if not withdrawn:
        return ()
    digests = json.dumps(list(withdrawn))
    if members is None:
        rows = vault.rows(_RESULTS + _ORDER, (digests,))
    else:
        whose = " AND assessment.patient IN (SELECT value FROM json_each(?2))"
        rows = vault.rows(_RESULTS + whose + _ORDER, (digests, json.dumps(list(members))))
    pages = _pages(vault, {row[0] for row in rows})
    people = _people(vault, {groups.root(row[2]) for row in rows})
    found = []
    for key, assessment, patient, day, pack, version, digest in rows:
        person, number = people[groups.root(patient)]
        since, reason = withdrawn[digest]
        ref, moment = PackRef(pack, version, digest), datetime.fromisoformat(since)
        visit = date.fromordinal(day)
        found.append(WithdrawnResult(assessment, person, number, visit, ref, moment, reason or "", pages[key]))
    return tuple(found)


def _people(vault: Vault, keys: Iterable[int]) -> Mapping[int, tuple[str, str | None]]:
    sql = (
        "SELECT patient.key, patient.id, patient_id FROM json_each(?) AS wanted"
        " CROSS JOIN patient ON patient.key = wanted.value"
    )
    return {key: (id_, number) for key, id_, number in select_in(vault, sql, keys)}


def _pages(vault: Vault, assessments: Iterable[int]) -> Mapping[int, tuple[MadePages, ...]]:
    sql = (
        "SELECT assessment, report.id, kind, made_at FROM json_each(?) AS wanted"
        " CROSS JOIN report ON report.assessment = wanted.value ORDER BY report.key"
    )
    rows: list[Row] = list(select_in(vault, sql, assessments))
    printed = _printed(vault) if rows else {}
    found: dict[int, list[MadePages]] = defaultdict(list)
    for assessment, report, kind, made_at in rows:
        made = MadePages(kind, datetime.fromisoformat(made_at), tuple(printed.get(report, ())))
        found[assessment].append(made)
    return defaultdict(tuple, {key: tuple(pages) for key, pages in found.items()})


def _printed(vault: Vault) -> Mapping[str, list[datetime]]:
    """Return when each report went to a printer, as the log has it."""
    found: dict[str, list[datetime]] = defaultdict(list)
    sql = "SELECT json_extract(detail, '$.report'), moment FROM audit WHERE action = 'report.print' ORDER BY seq"
    for report, moment in vault.rows(sql):
        if report is not None:
            found[report].append(datetime.fromisoformat(moment))
    return found
