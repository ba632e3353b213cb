"""Hand people's data out without who they are: what it would cost, who approves, the file and what lies beside it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from engine.domain.batch import Batch, FloatArray
from engine.domain.consent import ConsentKind
from engine.errors import InputError
from engine.fields import Dictionary, derive, load_dictionary
from engine.population import (
    Alteration,
    Column,
    Deidentified,
    draw_pseudonyms,
    load_rules,
    prepare,
    report_document,
    tightened,
)
from engine.population import deidentify as without_identity
from engine.risk.snapshot import take_snapshot
from engine.store import Second, Vault, approve_export, keep_pseudonyms, load_observations, load_pseudonyms
from engine.store.consents import who_refused
from engine.wording import LANGUAGES, Wording, load_wording
from engine.workflows.clinics import OpenClinic, program_version
from engine.workflows.files import check_free, check_outside_clinics, whole_file
from engine.workflows.unlock import counting

PSEUDONYM = "pseudonym"
_CHUNK = 20_000  # rows
_AGE_PARTS = ("birth_date", "visit_date")


@dataclass(frozen=True)
class Wanted:
    """What is to go out.

    Attributes:
        k: with how many people each one shares what others may know; None: that of the rules.
        policy: what the clinic leaves out beyond the rules, see ``engine.population.tightened``.
        without: ids of people to leave out besides those who refused that their data is used for research.
        keep: give the pseudonyms of earlier files that were made so, and keep those of this one.
        replace: files of those names may go.
    """

    k: int | None = None
    policy: Mapping[str, Any] = field(default_factory=dict)
    without: Collection[str] = ()
    keep: bool = False
    replace: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """What was written. ``sha256`` is of the file itself; the report and the dictionary lie beside it."""

    file: Path
    dictionary: Path
    report_file: Path
    report: Mapping[str, Any]
    sha256: str


def look(clinic: OpenClinic, wanted: Wanted) -> Mapping[str, Any]:
    """Return the report that a file would have; nothing is written but that somebody looked.

    Raises:
        UsageError: ``deidentify_k``, ``deidentify_policy``.
    """
    found, _, refused = _found(clinic, wanted)
    clinic.vault.note("deidentified.look", detail={"k": found.rules.k})
    return report_document(found, refused)


def deidentify(
    clinic: OpenClinic,
    passphrase: str,
    path: Path,
    wanted: Wanted,
    second: Second | None = None,
    reason: str = "",
    language: str = "en",
) -> Written:
    """Write the file, its dictionary (``F.dictionary.csv``) and its report (``F.report.json``).

    Args:
        clinic: the open clinic.
        passphrase: that of who has the clinic open, typed again.
        path: where to; CSV in UTF-8.
        wanted: what is to go out.
        second: who approves.
        reason: what for; needed where nobody else could approve.
        language: of the sentences in the dictionary.

    Raises:
        AccessError: ``deidentify_not_approved``, ``access_denied``.
        InputError: ``deidentify_too_few``: no ``k`` people can be told together; ``output_unwritable``,
            ``output_in_clinic``, ``output_exists``.
        UsageError: ``reason_needed``, ``deidentify_k``, ``deidentify_policy``.
        PassphraseError, StoreError: as ``engine.store.deidentified``.
    """
    _check_places(path, wanted)  # before anybody approved and pseudonyms were kept for a file that cannot be
    found, person_ids, refused = _found(clinic, wanted)
    vault = clinic.vault
    with counting(clinic, second.who if second else None):
        approval = approve_export(vault, passphrase, second, reason)
    if not found.people:
        raise InputError("deidentify_too_few", k=found.rules.k)
    kept = load_pseudonyms(vault, approval) if wanted.keep else {}
    there = {person_id: kept[person_id] for person_id in person_ids if person_id in kept}
    chosen = [person_ids[place] for place in found.people]
    drawn = draw_pseudonyms(chosen, vault.random, there)
    if wanted.keep:
        keep_pseudonyms(vault, approval, there | drawn)
    report = report_document(found, refused) | {"program": program_version(), "pseudonyms_kept": wanted.keep}
    return _write(path, vault, found, [drawn[person_id] for person_id in chosen], report, approval.told, language)


def _found(clinic: OpenClinic, wanted: Wanted) -> tuple[Deidentified, Sequence[str], int]:
    """Return what goes out, the ids of all people who came, and how many refused."""
    rules = tightened(load_rules(), wanted.k, wanted.policy)
    observations = load_observations(clinic.vault)
    refused = who_refused(clinic.vault, ConsentKind.RESEARCH).union(wanted.without)
    last = np.flatnonzero(observations.last_visits())
    whose = [observations.person_ids[place] for place in observations.visit_person[last].tolist()]
    willing = np.array([person_id not in refused for person_id in whose], dtype=np.bool_)
    batch = take_snapshot(observations, {}, clinic.dictionary, last[willing]).batch
    person_ids = [person_id for person_id in whose if person_id not in refused]
    return (
        without_identity(prepare(person_ids, batch, _derived_age(clinic.dictionary, batch)), clinic.dictionary, rules),
        person_ids,
        len(refused.intersection(observations.person_ids)),
    )


def _derived_age(dictionary: Dictionary, batch: Batch) -> FloatArray:
    parts = {name: batch.column(name) for name in _AGE_PARTS}
    found = derive(Batch(batch.rows, parts), dictionary, ("age",)).batch.column("age")
    return np.where(np.isfinite(found), found, np.nan)


def _files(path: Path) -> tuple[Path, Path, Path]:
    return path, path.with_suffix(".dictionary.csv"), path.with_suffix(".report.json")


def _check_places(path: Path, wanted: Wanted) -> None:
    if not path.name:
        raise InputError("output_not_a_file")
    check_outside_clinics(path)
    for each in _files(path):
        if not wanted.replace and not each.is_dir():
            check_free(each)


def _write(
    path: Path,
    vault: Vault,
    found: Deidentified,
    pseudonyms: Sequence[str],
    report: Mapping[str, Any],
    told: Mapping[str, str | int],
    language: str,
) -> Written:
    _, beside, report_file = _files(path)
    with ExitStack() as files:
        # Closed in the other order: the file itself appears last.
        data, lines, facts = (files.enter_context(whole_file(each)) for each in (path, beside, report_file))
        digest = _write_rows(data, found, pseudonyms)
        _write_dictionary(lines, found, load_wording(language))
        document = {**report, "sha256": digest}
        facts.write((json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode("utf-8"))
        counts: dict[str, str | int] = {
            "rows": len(pseudonyms),
            "columns": len(found.columns),
            "k": found.rules.k,
            "sha256": digest,
        }
        vault.note("deidentified.export", detail={**counts, "kept": int(report["pseudonyms_kept"]), **told})
    return Written(path, beside, report_file, document, digest)


def _write_rows(file: BinaryIO, found: Deidentified, pseudonyms: Sequence[str]) -> str:
    """Write the rows in the order of their pseudonyms, which says nothing; return the digest."""
    order = np.argsort(np.array(pseudonyms))
    digest = hashlib.sha256()
    columns = [np.array([*column.texts, ""], dtype=object) for column in found.columns]
    head = [[PSEUDONYM, *(column.name for column in found.columns)]]
    for start in range(0, max(1, len(order)), _CHUNK):
        part = order[start : start + _CHUNK]
        cells = [texts[column.codes[part]].tolist() for column, texts in zip(found.columns, columns, strict=True)]
        text = io.StringIO(newline="")
        rows = csv.writer(text, lineterminator="\r\n")
        rows.writerows(head if start == 0 else ())
        rows.writerows(zip([pseudonyms[place] for place in part.tolist()], *cells, strict=True))
        content = text.getvalue().encode("utf-8")
        digest.update(content)
        file.write(content)
    return digest.hexdigest()


def _write_dictionary(file: BinaryIO, found: Deidentified, words: Wording) -> None:
    """Write a line for each column: what it is, its unit and code, and what was altered."""
    text = io.StringIO(newline="")
    lines = csv.writer(text, lineterminator="\r\n")
    labels = [f"label_{language}" for language in LANGUAGES]
    lines.writerow(["column", *labels, "unit", "loinc", "values", "altered"])
    own = words.say("deidentify.altered.pseudonym")
    lines.writerow(
        [PSEUDONYM, *(load_wording(each).say("deidentify.pseudonym") for each in LANGUAGES), "", "", "", own]
    )
    for column in found.columns:
        lines.writerow(_line(column, found, words))
    file.write(text.getvalue().encode("utf-8"))


def _line(column: Column, found: Deidentified, words: Wording) -> list[str]:
    described = load_dictionary()[column.field]
    codes = "; ".join(f"{each.value} = {each.labels[words.language]}" for each in described.categories)
    known = words.say("deidentify.known", k=found.rules.k) if column.name in found.known else ""
    return [
        column.name,
        *(described.labels[language] for language in LANGUAGES),
        described.unit or "",
        (described.loinc or "") if described.loinc_verified and column.alteration is not Alteration.YEAR else "",
        codes if column.alteration in (Alteration.NONE, Alteration.RARE) else "",
        " ".join(filter(None, (alteration_sentence(column, found, words), known))),
    ]


def alteration_sentence(column: Column, found: Deidentified, words: Wording) -> str:
    """Return what was altered in a column, in words."""
    return words.say(
        f"deidentify.altered.{column.alteration.value}",
        k=found.rules.k,
        years=column.years,
        oldest=found.rules.oldest_age,
        low="" if column.low is None else f"{column.low:g}",
        high="" if column.high is None else f"{column.high:g}",
    )
