"""Make a clinic, open a clinic."""

from __future__ import annotations

import os
import unicodedata
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from engine.domain.assessment import Clinic
from engine.domain.ports import Clock
from engine.domain.record import Value
from engine.errors import InputError, UsageError
from engine.fields import Dictionary, load_dictionary
from engine.packs import OwnPacks, PackLibrary
from engine.risk.plausible import PlausibleValues
from engine.risk.predictors import Predictors
from engine.store import (
    FLOOR,
    RecoveryKey,
    User,
    Vault,
    accept_packs,
    clinic_packs,
    create_clinic,
    load_clinic,
    packs_folder,
    rename_clinic,
    update_settings,
)
from engine.store import open_clinic as open_store
from engine.workflows.files import check_outside_clinics
from engine.workflows.key_cost import new_slot_cost
from engine.workflows.passphrases import check_passphrase
from engine.workflows.plausible_values import plausible_values
from engine.workflows.settings import (
    COUNTRY_FIELD,
    REGION_FIELDS,
    RegionSetting,
    choose_settings,
    find_country,
    parse_setting,
    region_settings,
)

_KEY_FILE_BYTES = 256
_LONGEST_NAME = 120  # signs: two lines at the head of a page
_LONGEST_OWNER = 80
_NO_SIGNS = frozenset({"Cc", "Cs", "Zl", "Zp"})  # control codes, halves of signs, line and paragraph breaks


@dataclass(frozen=True, slots=True)
class ClinicRequest:
    """What a person says to make a clinic. ``chosen``: settings by hand, as text, on top of what the country gives."""

    folder: Path
    name: str
    country: str
    chosen: Mapping[str, str] = field(default_factory=dict)
    practice: bool = False
    owner_name: str = ""  # stands beside the key slots, readable before the clinic is unlocked


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
    """An open clinic with what working in it takes. ``session`` tells this opening of it from every other.

    ``plausible``: what fields could be where nobody measured them.
    """

    vault: Vault
    clinic: Clinic
    predictors: Predictors
    clock: Clock
    plausible: PlausibleValues
    new_id: Callable[[], str] = new_id
    session: str = field(default_factory=new_id)

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


@cache  # asked for with every keystroke, and it stands in a file
def program_version() -> str:
    """Return the version of this program."""
    try:
        return version("lantern")
    except PackageNotFoundError:
        return "unpackaged"


@dataclass(frozen=True, slots=True)
class ClinicPlan:
    """A clinic as it would be made, and the regions that its country leaves open."""

    name: str
    owner_name: str
    settings: Mapping[str, Value]
    open_fields: tuple[str, ...]


def plan_clinic(request: ClinicRequest) -> ClinicPlan:
    """Look whether a clinic can be made as asked; nothing is made.

    Raises:
        UsageError: no name or one too long for a page, an owner's name too long, an unknown country or setting.
    """
    name = clinic_name(request.name)
    owner = one_line(request.owner_name)
    if len(owner) > _LONGEST_OWNER:
        raise UsageError("owner_name_too_long", most=_LONGEST_OWNER)
    choice = choose_settings(request.country, request.chosen, load_dictionary())
    return ClinicPlan(name, owner, choice.settings, choice.open_fields)


def create(
    request: ClinicRequest,
    passphrase: str,
    clock: Clock,
    recovery_file: Path | None = None,
    recovery_key: RecoveryKey | None = None,
) -> CreatedClinic:
    """Make an encrypted clinic; write its recovery key to a new file where one is named.

    ``recovery_key``: drawn, printed and typed back before; None: a new one is drawn.

    Raises:
        UsageError: as ``plan_clinic``; ``passphrase_too_short``.
        InputError: the recovery file exists or cannot be written (no clinic is made then); ``output_in_clinic`` where
            it would lie in the folder of a clinic, the new one's too: whoever takes that folder would have its key.
        StoreError: the folder cannot become a clinic.
    """
    plan = plan_clinic(request)
    check_passphrase(passphrase)
    if recovery_file and Path(os.path.realpath(recovery_file)).is_relative_to(os.path.realpath(request.folder)):
        raise InputError("output_in_clinic")
    clinic = Clinic(new_id(), plan.name, plan.settings, request.practice)
    owner = User(new_id(), plan.owner_name)
    cost = FLOOR if request.practice else new_slot_cost()  # everybody may know the passphrase of a practice clinic
    with _new_private_file(recovery_file) if recovery_file else nullcontext(None) as write:
        key = create_clinic(
            request.folder, passphrase, clinic, clock, owner=owner, recovery=recovery_key, cost=cost
        ).text
        if write is not None:
            write(key + "\n")
    return CreatedClinic(clinic, key, plan.open_fields)


def clinic_name(text: str) -> str:
    """Return a name that can stand in one line of a page.

    Raises:
        UsageError: ``clinic_name_empty``, ``clinic_name_too_long``.
    """
    name = one_line(text)
    if not name:
        raise UsageError("clinic_name_empty")
    if len(name) > _LONGEST_NAME:
        raise UsageError("clinic_name_too_long", most=_LONGEST_NAME)
    return name


def one_line(text: str) -> str:
    """Return a text as one line: no control codes or halves of signs, single spaces."""
    plain = "".join(" " if unicodedata.category(sign) in _NO_SIGNS else sign for sign in text)
    return " ".join(plain.split())


@contextmanager
def open_clinic(folder: Path, secret: str, clock: Clock, predictors: Predictors | None = None) -> Iterator[OpenClinic]:
    """Open a clinic with a passphrase or its recovery key for the length of a ``with`` block.

    Raises:
        PassphraseError: it opens no slot.
        StoreError: the store is missing, damaged, newer, in use or cannot be written.
    """
    with open_store(folder, secret, clock) as vault:
        yield in_vault(vault, clock, predictors)


def in_vault(vault: Vault, clock: Clock, predictors: Predictors | None = None) -> OpenClinic:
    """Return the clinic of an open vault with what working in it takes; ``predictors`` gain the clinic's own packs."""
    predictors = predictors or Predictors(PackLibrary.shipped(), load_dictionary())
    return OpenClinic(
        vault=vault,
        clinic=load_clinic(vault),
        predictors=_with_own_packs(predictors, vault),
        clock=clock,
        plausible=plausible_values(vault, predictors.dictionary),
    )


def _with_own_packs(predictors: Predictors, vault: Vault) -> Predictors:
    kept = {pack.ref.id: pack for pack in clinic_packs(vault)}
    if not kept and not predictors.library.has_own:
        return predictors
    return predictors.with_library(predictors.library.of_clinic(OwnPacks(packs_folder(vault), kept)))


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


def change_country(clinic: OpenClinic, country: str) -> OpenClinic:
    """Move the clinic to a country with the regions that follow from it; return the clinic as it is now.

    A region that the new country does not settle is taken away: it belonged to the old one. The same country again
    changes nothing, so that regions chosen by hand stay. Saved results stay as they are.

    Raises:
        UsageError: ``country_unknown``; nothing is changed then.
    """
    found = find_country(country)
    if clinic.clinic.settings.get(COUNTRY_FIELD) == found.iso3:
        return clinic
    regions = found.regions()
    settings: dict[str, Value | None] = {COUNTRY_FIELD: found.iso3}
    settings |= {name: regions.get(name) for name in REGION_FIELDS}
    update_settings(clinic.vault, settings, clinic.actor)
    return _as_it_is_now(clinic)


def rename(clinic: OpenClinic, name: str) -> OpenClinic:
    """Give the clinic another name; return the clinic as it is now. Saved assessments keep the earlier one.

    Raises:
        UsageError: ``clinic_name_empty``, ``clinic_name_too_long``.
    """
    new = clinic_name(name)
    if new == clinic.clinic.name:
        return clinic
    rename_clinic(clinic.vault, new, clinic.actor)
    return _as_it_is_now(clinic)


def open_regions(clinic: OpenClinic) -> tuple[RegionSetting, ...]:
    """Return the regions that nobody has chosen yet, with what can be chosen."""
    every = region_settings(clinic.clinic.settings, clinic.dictionary)
    return tuple(region for region in every if region.value is None)


def _as_it_is_now(clinic: OpenClinic) -> OpenClinic:
    return replace(clinic, clinic=load_clinic(clinic.vault))


def with_packs_as_they_are_now(clinic: OpenClinic) -> OpenClinic:
    """Return the clinic with the packs that it keeps now."""
    return replace(clinic, predictors=_with_own_packs(clinic.predictors, clinic.vault))


@contextmanager
def _new_private_file(path: Path) -> Iterator[Callable[[str], object]]:
    """Claim a new file, readable by its owner only, before the work that will fill it; remove it when that fails."""
    check_outside_clinics(path)
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
