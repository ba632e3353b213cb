"""A pack that a person is making out of an exported model: what is left out and can be worked out is filled in.

The least there must be: the model, a manifest that says what only its makers know, and reference cases. Digests, the
opset and what a plain model does not need follow from these.
"""

from __future__ import annotations

import copy
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import PackError
from engine.packs.foreign import LARGEST_GRAPH_BYTES
from engine.packs.manifest import SCHEMA, Manifest
from engine.packs.pack import (
    CARD_FILE,
    CASES_FILE,
    GRAPH_FILE,
    LARGEST_BYTES,
    LARGEST_SIGNATURE,
    MANIFEST_FILE,
    SIGNATURE_FILE,
)
from engine.packs.strict import parse_json
from engine.packs.wire import opset_of

FILL_IN = "?"  # stands in a manifest where a person must write
LONGEST_TEXT = 4_000
# Control codes, halves of signs, line and paragraph breaks, and signs that turn or hide what stands beside them.
_NO_SIGNS = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_MODEL = "*.onnx"
# What a manifest may leave out: a model without any of it is a plain one.
_PLAIN: Mapping[str, object] = {
    "schema": SCHEMA,
    "rank": 1_000,
    "horizon_years": [],
    "exclusions": [],
    "bands": [],
    "patient": None,
    "references": {},
    "limits_notes": [],
    "made_by": {"program": "-", "compiler_version": "-"},
    "verification": {"status": "reference cases of the makers"},
    "card": {"file": CARD_FILE, "sha256": ""},
    "reference_cases": {"file": CASES_FILE, "sha256": ""},
}


@dataclass(frozen=True, slots=True)
class Draft:
    """What lies in a folder: the manifest as it was written, the model, the card if there is one, the cases."""

    document: Mapping[str, Any]
    graph: bytes
    card: str | None
    cases: bytes
    signature: str | None = None

    @property
    def id(self) -> str:
        """The id as it is written, to name the pack with; a mark where there is none that could be one."""
        found = self.document.get("id")
        return found if isinstance(found, str) and found.isidentifier() and len(found) <= 80 else FILL_IN


def read_draft(path: Path) -> Draft:
    """Read a folder, or a model with what lies beside it.

    Raises:
        PackError: ``pack_draft_model`` (no model, or more than one), ``pack_draft_manifest`` and ``pack_draft_cases``
            when these are not there, ``pack_graph_too_large``, ``pack_file_too_large``, ``pack_file_unreadable``,
            ``pack_manifest_unreadable``, ``pack_card_unreadable``.
    """
    folder, model = _find_model(path)
    for file, code in ((MANIFEST_FILE, "pack_draft_manifest"), (CASES_FILE, "pack_draft_cases")):
        if not (folder / file).is_file():
            raise PackError(code, file=file)
    document = parse_json(_read(folder / MANIFEST_FILE, LARGEST_BYTES[MANIFEST_FILE]))
    if not isinstance(document, dict):
        raise PackError("pack_manifest_unreadable")
    card = _read(folder / CARD_FILE, LARGEST_BYTES[CARD_FILE]) if (folder / CARD_FILE).is_file() else None
    try:
        text = None if card is None else card.decode("utf-8")
    except UnicodeDecodeError as error:
        raise PackError("pack_card_unreadable", pack=FILL_IN) from error
    cases = _read(folder / CASES_FILE, LARGEST_BYTES[CASES_FILE])
    signature = folder / SIGNATURE_FILE
    signed = _read(signature, LARGEST_SIGNATURE).decode("utf-8", "replace") if signature.is_file() else None
    return Draft(document, read_model(model), text, cases, signed)


def read_model(path: Path) -> bytes:
    """Return the bytes of a model file; PackError ``pack_graph_too_large`` or ``pack_file_unreadable``."""
    return _read(path, LARGEST_GRAPH_BYTES, "pack_graph_too_large")


def completed(draft: Draft, binding: Sequence[Mapping[str, object]] | None) -> dict[str, Any]:
    """Return the document with everything filled in that a manifest may leave out.

    ``binding``: what goes into the graph where the document does not say; None where that is not clear.
    """
    document: dict[str, Any] = {**copy.deepcopy(_PLAIN), **copy.deepcopy(draft.document)}
    document.setdefault("source_version", document.get("version", FILL_IN))
    graph = document.get("graph") if isinstance(document.get("graph"), dict) else {}
    told: dict[str, Any] = {"opset": opset_of(draft.graph) or 0, **(graph or {})}
    if "inputs" not in told and binding is not None:
        told["inputs"] = list(binding)
    document["graph"] = {**told, "file": GRAPH_FILE, "sha256": ""}
    outputs = document.get("outputs")
    if "headline_output" not in document and isinstance(outputs, list) and outputs and isinstance(outputs[0], dict):
        document["headline_output"] = outputs[0].get("name")
    for each in document["inputs"] if isinstance(document.get("inputs"), list) else ():
        if isinstance(each, dict):
            each.setdefault("as", each.get("field"))
            each.setdefault("required", True)
    return document


def places_to_fill_in(document: Mapping[str, Any]) -> list[PackError]:
    """Return every place of a document as it was written that still waits for its makers."""
    return [PackError("pack_fill_in", where=where) for where, text in _texts(document, "") if text.strip() == FILL_IN]


def faults_of_document(document: Mapping[str, Any]) -> list[PackError]:
    """Return everything that is wrong with a completed document: texts that cannot be shown, or the schema's faults."""
    texts = list(_texts(document, ""))
    strange = [PackError("pack_text_signs", where=where) for where, text in texts if _is_strange(text)]
    return strange or Manifest.faults(document)


def card_of(manifest: Manifest) -> str:
    """Return a card for a model whose makers wrote none: what the manifest says, no more."""
    lines = (f"# {manifest.title.en}", manifest.outcome.en, manifest.population.en, manifest.citation.text)
    return "\n\n".join((*lines, manifest.licence.note)) + "\n"


def _find_model(path: Path) -> tuple[Path, Path]:
    try:
        if path.is_file():
            return path.parent, path
        models = [path / GRAPH_FILE] if (path / GRAPH_FILE).is_file() else sorted(path.glob(_MODEL))
    except OSError as error:
        raise PackError("pack_file_unreadable", pack=FILL_IN, file=GRAPH_FILE) from error
    if len(models) != 1:
        raise PackError("pack_draft_model", count=len(models))
    return path, models[0]


def _read(path: Path, most: int, too_large: str = "pack_file_too_large") -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise PackError("pack_file_unreadable", pack=FILL_IN, file=path.name) from error
    if len(data) > most:
        raise PackError(too_large, pack=FILL_IN, file=path.name)
    return data


def _texts(value: object, where: str) -> Iterator[tuple[str, str]]:
    """Yield every text of a document with its path."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _texts(inner, f"{where}.{key}" if where else str(key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _texts(inner, f"{where}[{place}]")


def _is_strange(text: str) -> bool:
    return len(text) > LONGEST_TEXT or any(unicodedata.category(sign) in _NO_SIGNS for sign in text)
