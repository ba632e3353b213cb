"""Make a clinic, open a clinic."""

from __future__ import annotations

import os
import unicodedata
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from engine.domain.assessment import Clinic
from engine.domain.ports import Clock
from engine.errors import InputError, UsageError
from engine.fields import Dictionary, load_dictionary
from engine.packs import PackLibrary
from engine.risk.predictors import Predictors
from engine.store import Vault, accept_packs, create_clinic, load_clinic, update_settings
from engine.store import open_clinic as open_store
from engine.workflows.settings import choose_settings, parse_setting

_KEY_FILE_BYTES = 256
_LONGEST_NAME = 120  # signs: two lines at the head of a page
_NO_SIGNS = frozenset({"Cc", "Cs", "Zl", "Zp"})  # control codes, halves of signs, line and paragraph breaks


@dataclass(frozen=True, slots=True)
class ClinicRequest:
    """What a person says to make a clinic. ``chosen``: settings by hand, as text, on top of what the country gives."""

    folder: Path
    name: str
    country: str
    chosen: Mapping[str, str] = field(default_factory=dict)
    practice: bool = False


@dataclass(frozen=True, slots=True)
class CreatedClinic:
    """A new clinic, its recovery key (kept nowhere else), and the regions that its country leaves open."""

    clinic: Clinic
    recovery_key: str
    open_fields: tuple[str, ...]


def new_id() -> str:
    """Return a fresh id of a person, visit or assessment."""
    return uuid.uuid4().hex


@dataclass(frozen=True)
class OpenClinic:
    """An open clinic with what working in it takes."""

    vault: Vault
    clinic: Clinic
    predictors: Predictors
    clock: Clock
    new_id: Callable[[], str] = new_id

    @property
    def dictionary(self) -> Dictionary:
        """The data dictionary."""
        return self.predictors.dictionary

    @property
    def library(self) -> PackLibrary:
        """The packs at hand."""
        return self.predictors.library

    @property
    def actor(self) -> str:
        """Who works: the id of the user whose passphrase opened the store."""
        return self.vault.user.id


def program_version() -> str:
    """Return the version of this program."""
    try:
        return version("lantern")
    except PackageNotFoundError:
        return "unpackaged"


def create(request: ClinicRequest, passphrase: str, clock: Clock, recovery_file: Path | None = None) -> CreatedClinic:
    """Make an encrypted clinic; write its recovery key to a new file where one is named.

    Raises:
        UsageError: no name or one too long for a page, an unknown country or setting.
        InputError: the recovery file exists or cannot be written (no clinic is made then).
        StoreError: the folder cannot become a clinic.
    """
    name = _clinic_name(request.name)
    choice = choose_settings(request.country, request.chosen, load_dictionary())
    clinic = Clinic(new_id(), name, choice.settings, request.practice)
    with _new_private_file(recovery_file) if recovery_file else nullcontext(None) as write:
        key = create_clinic(request.folder, passphrase, clinic, clock).text
        if write is not None:
            write(key + "\n")
    return CreatedClinic(clinic, key, choice.open_fields)


def _clinic_name(text: str) -> str:
    """Return a name that can stand in one line of a page."""
    plain = "".join(" " if unicodedata.category(sign) in _NO_SIGNS else sign for sign in text)
    name = " ".join(plain.split())
    if not name:
        raise UsageError("clinic_name_empty")
    if len(name) > _LONGEST_NAME:
        raise UsageError("clinic_name_too_long", most=_LONGEST_NAME)
    return name


@contextmanager
def open_clinic(folder: Path, secret: str, clock: Clock, predictors: Predictors | None = None) -> Iterator[OpenClinic]:
    """Open a clinic with a passphrase or its recovery key for the length of a ``with`` block.

    Raises:
        PassphraseError: it opens no slot.
        StoreError: the store is missing, damaged, newer, in use or cannot be written.
    """
    with open_store(folder, secret, clock) as vault:
        yield OpenClinic(
            vault=vault,
            clinic=load_clinic(vault),
            predictors=predictors or Predictors(PackLibrary.shipped(), load_dictionary()),
            clock=clock,
        )


def accept_pack(clinic: OpenClinic, pack_id: str) -> OpenClinic:
    """Switch on a pack whose licence note a person has read and accepted; return the clinic as it is now.

    The audit keeps who accepted which pack. Saved results stay as they are.

    Raises:
        PackError: ``pack_unknown``, or the pack is altered.
    """
    clinic.library.get(pack_id)
    accepted = dict.fromkeys((*clinic.clinic.accepted_packs, pack_id))
    accept_packs(clinic.vault, tuple(accepted), clinic.actor)
    return _as_it_is_now(clinic)


def withdraw_pack(clinic: OpenClinic, pack_id: str) -> OpenClinic:
    """Switch an accepted pack off again; return the clinic as it is now. Saved results stay as they are."""
    left = tuple(each for each in clinic.clinic.accepted_packs if each != pack_id)
    accept_packs(clinic.vault, left, clinic.actor)
    return _as_it_is_now(clinic)


def change_settings(clinic: OpenClinic, chosen: Mapping[str, str]) -> OpenClinic:
    """Set fields of scope setting, written as text; return the clinic as it is now. Saved results stay as they are.

    Raises:
        UsageError: ``setting_unknown``, ``setting_value``; nothing is changed then.
    """
    settings = {name: parse_setting(name, text, clinic.dictionary) for name, text in chosen.items()}
    update_settings(clinic.vault, settings, clinic.actor)
    return _as_it_is_now(clinic)


def _as_it_is_now(clinic: OpenClinic) -> OpenClinic:
    return replace(clinic, clinic=load_clinic(clinic.vault))


@contextmanager
def _new_private_file(path: Path) -> Iterator[Callable[[str], object]]:
    """Claim a new file, readable by its owner only, before the work that will fill it; remove it when that fails."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise InputError("recovery_out_exists") from error
    except OSError as error:
        raise InputError("output_unwritable") from error
    try:
        with open(descriptor, "w", encoding="utf-8", newline="\n") as file:
            # Room is taken on the disk first: a key that cannot be written any more would be lost for good.
            file.write(" " * _KEY_FILE_BYTES)
            file.flush()
            os.fsync(file.fileno())
            file.seek(0)
            yield file.write
            file.truncate()
    except OSError as error:
        path.unlink(missing_ok=True)
        raise InputError("output_unwritable") from error
    except BaseException:
        path.unlink(missing_ok=True)
        raise
