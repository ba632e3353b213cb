"""Packs of other makers: begin one from an exported model, check it, and say everything that is wrong with it."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.domain.clinic_packs import PackOrigin
from engine.domain.results import PackRef
from engine.errors import InputError, PackError
from engine.fields import Dictionary
from engine.packs import Manifest, PackLibrary, PackParts, pack_files
from engine.packs.cases import ReferenceCases, ends_of, parse_cases
from engine.packs.draft import (
    FILL_IN,
    Draft,
    card_of,
    completed,
    faults_of_document,
    places_to_fill_in,
    read_draft,
    read_model,
)
from engine.packs.manifest import Dtype
from engine.packs.pack import CASES_FILE, GRAPH_FILE, MANIFEST_FILE, SIGNATURE_FILE
from engine.packs.template import cases_template, name_of, template
from engine.risk.graph_ends import End, GraphEnds, faults_of
from engine.risk.predictor import Predictor
from engine.risk.reproduce import differences, largest_difference
from engine.risk.rules import make_rules
from engine.risk.worker_session import look_in_worker
from engine.signing import Signature, sign_digest, signed_by
from engine.store import trusted_keys
from engine.workflows.clinic_packs import check_parent, keep_pack
from engine.workflows.clinics import OpenClinic
from engine.workflows.files import check_outside_clinics, make_folder

FEWEST_CASES = 3
_LONGEST_KEY = 1 << 16
_EXPECTED = "expected_"
_NOT_FIELDS = frozenset({"tolerance", "source"})
_NUMBERS: Mapping[str, Dtype] = {"tensor(double)": Dtype.FLOAT64, "tensor(float)": Dtype.FLOAT32}


@dataclass(frozen=True, slots=True)
class PackCheck:
    """What a check found: every fault, or none and the pack with how closely its cases were met."""

    faults: tuple[PackError, ...]
    parts: PackParts | None = None
    ref: PackRef | None = None
    cases: int = 0
    largest: float = 0.0  # difference to an expected number
    signature: str | None = None  # text of the signature that lies beside it


def begin_pack(model: Path, out: Path) -> Path:
    """Make a folder for an exported model, with a manifest and a table of cases to fill in; return the folder.

    Raises:
        PackError: the model cannot be read, or is none that could be run (``look_in_worker``).
        InputError: ``pack_folder_taken``, ``output_unwritable``, ``output_in_clinic``.
    """
    graph = read_model(model)
    ends = look_in_worker(graph, name_of(model.stem))
    inputs = [
        (each.name, _NUMBERS.get(each.type, Dtype.FLOAT32).value, each.numbers_a_row or 1) for each in ends.inputs
    ]
    outputs = _numbers_of(ends)
    folder = out / name_of(model.stem)
    if folder.exists():
        raise InputError("pack_folder_taken")
    make_folder(folder)
    texts = {
        MANIFEST_FILE: template(model, inputs, outputs),
        CASES_FILE: cases_template(sum(count for *_, count in inputs), [name_of(name) for name, _ in outputs]),
    }
    try:
        (folder / GRAPH_FILE).write_bytes(graph)
        for file, text in texts.items():
            (folder / file).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError("output_unwritable") from error
    return folder


def check_pack(path: Path, dictionary: Dictionary, library: PackLibrary) -> PackCheck:
    """Check a folder, or a model with what lies beside it, as a pack of unknown makers.

    The graph is looked at and run in a worker only. ``library``: the packs at hand, whose ids are taken.
    """
    try:
        draft = read_draft(path)
        ends = look_in_worker(draft.graph, draft.id)
    except PackError as error:
        return PackCheck((error,))
    document = completed(draft, _binding(draft.document, ends))
    faults = places_to_fill_in(draft.document) or faults_of_document(document)
    if faults:
        return PackCheck(tuple(faults))
    manifest = Manifest.from_json(document)
    faults = [*_faults_beside(manifest, dictionary, library), *faults_of(manifest, ends)]
    faults += _faults_of_cases(manifest, draft.cases, dictionary)
    return PackCheck(tuple(faults)) if faults else _try(manifest, draft, dictionary)


def add_pack(clinic: OpenClinic, path: Path) -> tuple[PackCheck, OpenClinic]:
    """Check a pack and, when nothing is wrong, keep it in the clinic; return the check and the clinic as it is now.

    A pack with the signature of a key that the clinic trusts runs like one that shipped; any other in a worker.

    Raises:
        PackError: ``pack_signature_wrong`` for a signature of such a key over something else; as ``keep_pack``.
        InputError: ``signature_unreadable``.
    """
    check = check_pack(path, clinic.dictionary, clinic.library)
    return check, keep_checked(clinic, check)


def keep_checked(clinic: OpenClinic, check: PackCheck) -> OpenClinic:
    """Keep exactly what was checked, whatever lies in its folder by now; a check with faults changes nothing.

    Raises: as ``add_pack``.
    """
    if check.parts is None or check.ref is None:
        return clinic
    if check.parts.manifest.made_by.trained:
        raise PackError("model_is_trained", pack=check.ref.id)
    return keep_pack(clinic, check.parts, origin_of_check(clinic, check))


def sign_pack(path: Path, key_file: Path, dictionary: Dictionary) -> PackCheck:
    """Check a pack and, when nothing is wrong, write it out complete with a signature beside it; return the check.

    Raises:
        InputError: ``key_unreadable``, ``output_unwritable``, ``output_in_clinic``.
    """
    check_outside_clinics(path)
    check = check_pack(path, dictionary, PackLibrary([]))
    if check.parts is None or check.ref is None:
        return check
    parts, folder = check.parts, path if path.is_dir() else path.parent
    files = pack_files(parts.manifest, parts.graph, parts.card, parts.reference_cases)
    signature = sign_digest(check.ref.digest, read_key(key_file)).to_text().encode("utf-8")
    try:
        for name, data in {**files, SIGNATURE_FILE: signature}.items():
            (folder / name).write_bytes(data)
    except OSError as error:
        raise InputError("output_unwritable") from error
    return check


def read_key(file: Path) -> bytes:
    """Return the content of a key file; InputError ``key_unreadable`` when it cannot be read or is far too long."""
    try:
        with file.open("rb") as opened:
            content = opened.read(_LONGEST_KEY + 1)
    except OSError as error:
        raise InputError("key_unreadable") from error
    if len(content) > _LONGEST_KEY:
        raise InputError("key_unreadable")
    return content


def origin_of_check(clinic: OpenClinic, check: PackCheck) -> PackOrigin:
    """Return where a pack without faults comes from, by the signature that lies beside it.

    Raises:
        PackError: ``pack_signature_wrong`` for a signature of a key that the clinic trusts over something else.
    """
    keys, ref = trusted_keys(clinic.vault), check.ref
    if check.signature is None or ref is None:
        return PackOrigin.FOREIGN
    signature = Signature.from_text(check.signature)
    if signature.key not in keys:
        return PackOrigin.FOREIGN
    if not signed_by(signature, ref.digest, keys):
        raise PackError("pack_signature_wrong", pack=ref.id)
    return PackOrigin.SIGNED


def _numbers_of(ends: GraphEnds) -> list[tuple[str, int]]:
    """Return the outputs that may be the number: labels only where there is nothing else."""
    counted = [(each, each.numbers_a_row or 2) for each in ends.outputs]
    numbers = [(each.name, count) for each, count in counted if "int" not in each.type.split("(map")[0]]
    return numbers or [(each.name, count) for each, count in counted]


def _binding(document: Mapping[str, Any], ends: GraphEnds) -> Sequence[Mapping[str, object]] | None:
    """Return what goes into the graph where that is clear: one tensor of all fields, or one tensor a field."""
    inputs = document.get("inputs")
    fields = [each.get("field") for each in inputs if isinstance(each, dict)] if isinstance(inputs, list) else []
    if len(ends.inputs) == 1 and ends.inputs[0].numbers_a_row in (None, len(fields)):
        return [_bound(ends.inputs[0], fields)]
    if sorted(each.name for each in ends.inputs) == sorted(map(str, fields)):
        return [_bound(each, [each.name]) for each in ends.inputs]
    return None


def _bound(end: End, fields: Sequence[object]) -> Mapping[str, object]:
    return {"tensor": end.name, "dtype": _NUMBERS.get(end.type, Dtype.FLOAT32).value, "fields": list(fields)}


def _faults_beside(manifest: Manifest, dictionary: Dictionary, library: PackLibrary) -> Iterator[PackError]:
    """Yield what does not fit between the manifest and the fields and packs at hand."""
    if manifest.id in library and not library.is_own(manifest.id):
        yield PackError("pack_id_shipped", pack=manifest.id)
    for check in (lambda: check_parent(manifest, library), lambda: make_rules(manifest, dictionary)):
        try:
            check()
        except PackError as error:
            yield error


def _faults_of_cases(manifest: Manifest, table: bytes, dictionary: Dictionary) -> list[PackError]:
    try:
        header = next(csv.reader(io.StringIO(table.decode("utf-8-sig"), newline="")), [])
    except (UnicodeDecodeError, csv.Error):
        return [PackError("pack_cases_unreadable", pack=manifest.id)]
    outputs = {f"{_EXPECTED}{each.name}" for each in manifest.outputs} | {f"{_EXPECTED}band"}
    known = outputs | ends_of(manifest).keys() | _NOT_FIELDS | {each.name for each in manifest.fields}
    strange = [name for name in header if name not in known and name not in dictionary]
    absent = sorted(_NOT_FIELDS - set(header))
    faults = [PackError("pack_cases_column", column=name[:80] or FILL_IN) for name in strange]
    faults += [PackError("pack_cases_column_missing", column=name) for name in absent]
    if not outputs & set(header):
        faults.append(PackError("pack_cases_column_missing", column=min(outputs - {f"{_EXPECTED}band"})))
    if faults:
        return faults
    try:
        cases = parse_cases(manifest, table, dictionary)
    except PackError as error:
        return [error]
    if _expecting(cases) < FEWEST_CASES:
        return [PackError("pack_cases_few", pack=manifest.id, fewest=FEWEST_CASES)]
    return [] if np.isfinite(cases.tolerance).all() else [PackError("pack_cases_tolerance", pack=manifest.id)]


def _expecting(cases: ReferenceCases) -> int:
    """How many rows expect a number or a code."""
    expects = np.zeros(cases.people.rows, dtype=np.bool_)
    for column in cases.numbers.values():
        expects |= ~np.isnan(column)
    for codes in cases.codes.values():
        expects |= np.array([code is not None for code in codes], dtype=np.bool_)
    return int(expects.sum())


def _try(manifest: Manifest, draft: Draft, dictionary: Dictionary) -> PackCheck:
    """Write the pack aside, run its cases in a worker and compare."""
    cases = parse_cases(manifest, draft.cases, dictionary)
    parts = PackParts(manifest, draft.graph, draft.card or card_of(manifest), draft.cases.decode("utf-8-sig"))
    try:
        with tempfile.TemporaryDirectory(prefix="lantern-pack-") as aside:
            pack = parts.write(Path(aside))
            results = Predictor(pack, dictionary).predict(cases.people, stability=True)
    except PackError as error:
        return PackCheck((error,))
    wrong = list(differences(cases, results))
    if not wrong:
        return PackCheck((), parts, pack.ref, cases.people.rows, largest_difference(cases, results), draft.signature)
    first = wrong[0]
    notes = "; ".join(f"{note.subject}:{note.code}" for note in results.row(first.row).notes)
    found = notes or "-" if first.found is None else first.found
    fault = PackError(
        "pack_cases_differ",
        pack=manifest.id,
        count=len({each.row for each in wrong}),
        row=first.row + 1,
        output=first.output,
        expected=first.expected,
        found=found,
    )
    return PackCheck((fault,))
