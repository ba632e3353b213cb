"""What the program reads, a good file of each format, what is made of it to do harm, and the function that reads it."""

from __future__ import annotations

import importlib
import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from engine.errors import EngineError
from engine.fields import Dictionary, load_dictionary
from engine.packs import PackLibrary
from engine.packs.pack import MANIFEST_FILE
from engine.resources import resources_folder
from engine.risk.predictors import Predictors
from engine.signing import Signature, sign_digest, signed_by
from engine.store import Vault
from engine.store.audit.checkpoint import parse_checkpoint
from engine.store.audit_log import verify_store
from engine.store.backup.make import back_up
from engine.store.backup.manifest import MANIFEST_SUFFIX
from engine.store.backup.restore import restore
from engine.store.recovery_key import RecoveryKey, parse_recovery_key
from engine.store.tries import read_tries
from engine.workflows.clinics import OpenClinic, in_vault
from engine.workflows.foreign_packs import begin_pack, check_pack
from engine.workflows.import_files import ImportRequest, import_file
from tests.reliability.clinics import CHEAP, CLOCK, PASSPHRASE, new_clinic, open_again
from tests.reliability.mutations import Chance, mutate, mutate_json, mutate_zip, zipped

STORED = "stored"
_PACK = "apri"
_SLOTS = ("clinic.lantern", "clinic-copy.lantern")
_ANCHORS = ("anchor-1.lantern", "anchor-2.lantern")


@dataclass(frozen=True)
class Bench:
    """An open clinic, and files of a closed one and of its backup."""

    clinic: OpenClinic
    closed: Mapping[str, bytes]
    backup: Mapping[str, bytes]

    @property
    def vault(self) -> Vault:
        """The open store."""
        return self.clinic.vault


@dataclass(frozen=True)
class Format:
    """A format.

    Args:
        name: what it is called.
        good: returns a file as it should be; ``way`` makes a malformed one of it.
        read: puts it before the program, in a folder of its own. Returns ``STORED`` when it became part of the store, a
            code where it was not read for a reason, None when it was good; EngineError is a refusal.
        bombs: files made by hand to do harm.
    """

    name: str
    good: Callable[[], bytes]
    way: Callable[[bytes, Chance], bytes]
    read: Callable[[Bench, Path, bytes], str | None]
    bombs: Callable[[], tuple[bytes, ...]] = tuple

    def make(self, chance: Chance) -> bytes:
        """Return a malformed file."""
        return self.way(self.good(), chance)


@cache
def _library() -> PackLibrary:
    return PackLibrary.shipped()


@cache
def _dictionary() -> Dictionary:
    return load_dictionary()


@cache
def _files() -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Return the files of a closed clinic and of its backup."""
    with tempfile.TemporaryDirectory() as place:
        new_clinic(Path(place) / "clinic", 12)
        with open_again(Path(place) / "clinic") as vault:
            back_up(vault, Path(place) / "stick", "1")
        closed = {path.name: path.read_bytes() for path in (Path(place) / "clinic").iterdir() if path.name != "lock"}
        return closed, {path.name: path.read_bytes() for path in (Path(place) / "stick").iterdir()}


def warm_up() -> None:
    """Make what all formats share, once."""
    _library().get(_PACK)
    _dictionary()
    _files()


@contextmanager
def bench(folder: Path) -> Iterator[Bench]:
    """Yield an open clinic in a new folder."""
    closed, backup = _files()
    folder.mkdir()
    for name, content in closed.items():
        (folder / name).write_bytes(content)
    with open_again(folder) as vault:
        yield Bench(in_vault(vault, CLOCK, Predictors(_library(), _dictionary())), closed, backup)


# Tables


def _read_table(suffix: str, bench: Bench, work: Path, content: bytes) -> str | None:
    path = work / f"file.{suffix}"
    path.write_bytes(content)
    outcome = import_file(bench.clinic, path, ImportRequest())
    if outcome.stored:
        if not verify_store(bench.vault).sound:
            raise AssertionError("what was stored does not verify")
        return STORED
    told = "/".join(part for part in (outcome.reject_detail, outcome.reject_reason, outcome.error) if part)
    return told or None


# Models and packs


def _graph_file() -> bytes:
    return (resources_folder() / "models" / _PACK / "model.onnx").read_bytes()


def _read_model(bench: Bench, work: Path, content: bytes) -> str | None:
    (work / "model.onnx").write_bytes(content)
    begin_pack(work / "model.onnx", work / "out")
    return None


@cache
def _pack_files() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (resources_folder() / "models" / _PACK).iterdir()}


def _good_pack() -> bytes:
    """Return an archive of the files of a pack of somebody else; the reader takes it apart again."""
    files = dict(_pack_files())
    document = json.loads(files[MANIFEST_FILE]) | {"id": "own_pack"}
    return zipped([(name, json.dumps(document).encode() if name == MANIFEST_FILE else files[name]) for name in files])


def _malform_pack(content: bytes, chance: Chance) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    name = chance.choice([MANIFEST_FILE, MANIFEST_FILE, *sorted(files)])
    files[name] = (mutate_json if name == MANIFEST_FILE else mutate)(files[name], chance)
    return zipped(list(files.items()))


def _read_pack(bench: Bench, work: Path, content: bytes) -> str | None:
    with zipfile.ZipFile(io.BytesIO(content)) as files:
        files.extractall(work / "own_pack")
    check = check_pack(work / "own_pack", bench.clinic.dictionary, bench.clinic.library)
    codes = [fault.code for fault in check.faults]
    return next((code for code in codes if not _is_worded(code)), None)


def _is_worded(code: str) -> bool:
    from tests.reliability.trials import has_sentence

    return has_sentence(code)


# Files of the clinic and of its backup


def _read_clinic(names: tuple[str, ...], bench: Bench, work: Path, content: bytes) -> str | None:
    """Open a copy of the clinic in which these files are malformed; whatever comes of it, the database stays."""
    folder = work / "clinic"
    folder.mkdir()
    for name, good in bench.closed.items():
        (folder / name).write_bytes(content if name in names else good)
    before = (folder / "store.db").read_bytes()
    try:
        open_again(folder).close()
    except EngineError:
        if (folder / "store.db").read_bytes() != before:
            raise AssertionError("the database was written to") from None
        raise
    return None


def _read_backup(bench: Bench, work: Path, content: bytes) -> str | None:
    for name, good in bench.backup.items():
        (work / name).write_bytes(content if name.endswith(MANIFEST_SUFFIX) else good)
    manifest = next(name for name in bench.backup if name.endswith(MANIFEST_SUFFIX))
    try:
        restore(work / manifest, work / "new", PASSPHRASE, CLOCK, floor=CHEAP)
    except EngineError:
        if (work / "new").exists():
            raise AssertionError("half a restored clinic") from None
        raise
    return None


def _read_copy(bench: Bench, work: Path, content: bytes) -> str | None:
    for name, good in bench.backup.items():
        (work / name).write_bytes(good if name.endswith(MANIFEST_SUFFIX) else content)
    restore(next(work.glob(f"*{MANIFEST_SUFFIX}")), work / "new", PASSPHRASE, CLOCK, floor=CHEAP)
    return None


def _read_tries(bench: Bench, work: Path, content: bytes) -> str | None:
    (work / "tries.json").write_bytes(content)
    read_tries(work, CLOCK, bytes, "user-1").seconds_left(CLOCK.now())
    return None


def _closed(name: str) -> bytes:
    return _files()[0][name]


def _manifest() -> bytes:
    return next(content for name, content in _files()[1].items() if name.endswith(MANIFEST_SUFFIX))


def _copy() -> bytes:
    return next(content for name, content in _files()[1].items() if not name.endswith(MANIFEST_SUFFIX))


# What people type, and signatures


def _text(read: Callable[[str], object]) -> Callable[[Bench, Path, bytes], str | None]:
    def act(bench: Bench, work: Path, content: bytes) -> str | None:
        read(content.decode("utf-8", "surrogateescape"))
        return None

    return act


def _read_signature(text: str) -> None:
    signature = Signature.from_text(text)
    if signed_by(signature, "ab" * 32, ["00" * 32]):
        raise AssertionError("a signature of nobody counts")


def _signature() -> bytes:
    return sign_digest("ab" * 32, _key()).to_text().encode()


def _read_key(bench: Bench, work: Path, content: bytes) -> str | None:
    sign_digest("ab" * 32, content)
    return None


@cache
def _key() -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


_RECOVERY = RecoveryKey.generate(lambda count: bytes(range(count)))
_TRIES = b'{"users": {"user-1": {"failed": 7, "last": "2025-06-30T09:00:00+00:00", "told": 2}}}'
_CHECKPOINT = b"L1-482-AB2D-EFGH-2345-WXYZ"


def _made(name: str) -> Callable[[], Any]:
    """Return what makes something of ``bombs``, which is loaded when it is needed."""

    def make() -> Any:
        return getattr(importlib.import_module("tests.reliability.bombs"), name)()

    return make


FORMATS = (
    Format("table of text", _made("table"), mutate, partial(_read_table, "csv"), _made("table_bombs")),
    Format("workbook", _made("workbook"), mutate_zip, partial(_read_table, "xlsx"), _made("workbook_bombs")),
    Format("model", _graph_file, mutate, _read_model, _made("model_bombs")),
    Format("pack", _good_pack, _malform_pack, _read_pack),
    Format("key slots", partial(_closed, "clinic.lantern"), mutate_json, partial(_read_clinic, _SLOTS)),
    Format("anchor", partial(_closed, "anchor-1.lantern"), mutate_json, partial(_read_clinic, _ANCHORS)),
    Format("database", partial(_closed, "store.db"), mutate, partial(_read_clinic, ("store.db",))),
    Format("manifest of a backup", _manifest, mutate_json, _read_backup),
    Format("copy of a backup", _copy, mutate, _read_copy),
    Format("failed tries", lambda: _TRIES, mutate_json, _read_tries),
    Format("recovery key", lambda: str(_RECOVERY.text).encode(), mutate, _text(parse_recovery_key)),
    Format("checkpoint", lambda: _CHECKPOINT, mutate, _text(parse_checkpoint)),
    Format("signature of a pack", _signature, mutate_json, _text(_read_signature)),
    Format("key to sign with", _key, mutate, _read_key),
)
