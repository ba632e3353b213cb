"""The packs of a clinic: keep one, switch it off and on, withdraw it."""

from __future__ import annotations

import re
import shutil

from engine.domain.clinic_packs import PackOrigin, PackState, WithdrawnResult
from engine.domain.results import PackRef
from engine.errors import PackError, UsageError
from engine.packs import Manifest, PackLibrary, PackParts, folder_of_digest, read_pack
from engine.store import (
    add_clinic_pack,
    clinic_packs,
    kept_models,
    packs_folder,
    set_clinic_pack_state,
    trust_keys,
    trusted_keys,
    withdrawn_results,
)
from engine.workflows.clinics import OpenClinic, one_line, with_packs_as_they_are_now

_LONGEST_REASON = 200
_OURS = re.compile(r"[0-9a-f]{16}")  # as folder_of_digest names them


def keep_pack(clinic: OpenClinic, parts: PackParts, origin: PackOrigin) -> OpenClinic:
    """Keep a pack in the clinic, switched on, and return the clinic as it is now.

    It takes the place of an earlier version of the same id, and of its parent while it is on.

    Raises:
        PackError: ``pack_id_shipped`` when a pack that ships has this id; ``pack_id_taken`` when one made here has it
            and this one was not, or the other way round; ``pack_version_taken`` when another pack of this id has its
            version; ``pack_parent_unknown`` and
            ``pack_title_of_parent`` when its parent is not at hand or has the same title; ``pack_unwritable``; what
            ``read_pack`` raises when the parts make no valid pack.
    """
    manifest = parts.manifest
    kept = clinic.library.kept(manifest.id)
    if not clinic.library.is_own(manifest.id) and manifest.id in clinic.library:
        raise PackError("pack_id_shipped", pack=manifest.id)
    if any(model.ref.id == manifest.id for model in kept_models(clinic.vault)):
        raise PackError("pack_id_taken", pack=manifest.id)
    if kept is not None and (kept.origin is PackOrigin.MADE_HERE) != (origin is PackOrigin.MADE_HERE):
        raise PackError("pack_id_taken", pack=manifest.id)
    if kept is not None and kept.ref.version == manifest.version and kept.ref.digest != parts.digest():
        raise PackError("pack_version_taken", pack=manifest.id, version=manifest.version)
    check_parent(manifest, clinic.library)
    told = manifest.parent
    parent = None if told is None else PackRef(told.id, told.version, told.digest)
    ref = put_beside(clinic, parts)
    add_clinic_pack(clinic.vault, ref, origin, clinic.actor, parent=parent)
    if kept is not None and kept.ref.digest != ref.digest:
        _remove(clinic, kept.ref)
    return with_packs_as_they_are_now(clinic)


def put_beside(clinic: OpenClinic, parts: PackParts) -> PackRef:
    """Put the folder of a pack beside the store and return what it is; one that lies there whole is left alone.

    Each version has a folder of its own, so until the store names the new one the one before is what it was. A folder
    that the store never came to name, because the power went in between, is removed here.
    """
    digest = parts.digest()
    _tidy(clinic, folder_of_digest(digest))
    place = packs_folder(clinic.vault) / folder_of_digest(digest)
    try:
        found = read_pack(place / parts.manifest.id).ref
    except PackError:
        return parts.write(place).ref
    return found if found.digest == digest else parts.write(place).ref


def _tidy(clinic: OpenClinic, wanted: str) -> None:
    """Remove what lies among the packs by a name that we give and that no row has, and what was written aside."""
    refs = [*(pack.ref for pack in clinic_packs(clinic.vault)), *(model.ref for model in kept_models(clinic.vault))]
    named = {folder_of_digest(ref.digest) for ref in refs} | {wanted}
    folder = packs_folder(clinic.vault)
    for entry in folder.iterdir() if folder.is_dir() else ():
        if entry.is_symlink() or not _OURS.fullmatch(entry.name):
            continue
        if entry.name not in named:
            shutil.rmtree(entry, ignore_errors=True)
            continue
        for aside in entry.glob(".*"):
            shutil.rmtree(aside, ignore_errors=True)


def _remove(clinic: OpenClinic, ref: PackRef) -> None:
    """Remove the folder of a version that another took the place of. One that stays is in nobody's way."""
    folder = packs_folder(clinic.vault)
    shutil.rmtree(folder / folder_of_digest(ref.digest), ignore_errors=True)
    shutil.rmtree(folder / ref.id, ignore_errors=True)  # where earlier programs put it


def check_parent(manifest: Manifest, library: PackLibrary) -> None:
    """Refuse a pack whose parent is not at hand or could be taken for it; raises as ``keep_pack``."""
    if manifest.parent is None:
        return
    parent = manifest.parent
    if parent.id not in library or library.get(parent.id).digest != parent.digest:
        raise PackError("pack_parent_unknown", pack=manifest.id, parent=parent.id)
    title = library.get(parent.id).manifest.title
    if manifest.title.en == title.en or manifest.title.zh == title.zh:
        raise PackError("pack_title_of_parent", pack=manifest.id, parent=parent.id)


def switch_pack(clinic: OpenClinic, pack_id: str, *, on: bool) -> OpenClinic:
    """Switch a kept pack on or off and return the clinic as it is now; while it is off, its parent speaks again.

    Raises:
        UsageError: ``pack_not_kept``.
    """
    set_clinic_pack_state(clinic.vault, pack_id, PackState.ON if on else PackState.OFF, clinic.actor)
    return with_packs_as_they_are_now(clinic)


def withdraw(clinic: OpenClinic, pack_id: str, reason: str) -> OpenClinic:
    """Take a pack out of use because what it said is not to be relied on; return the clinic as it is now.

    Results saved with it are flagged from then on (``withdrawn_of``). A pack that ships may be withdrawn too.

    Raises:
        UsageError: ``pack_reason_missing``, ``pack_reason_too_long``.
        PackError: ``pack_unknown``, or it is damaged.
    """
    why = one_line(reason)
    if not why:
        raise UsageError("pack_reason_missing")
    if len(why) > _LONGEST_REASON:
        raise UsageError("pack_reason_too_long", most=_LONGEST_REASON)
    if not clinic.library.is_own(pack_id):
        ref = clinic.library.get(pack_id).ref
        add_clinic_pack(clinic.vault, ref, PackOrigin.SHIPPED, clinic.actor, state=PackState.WITHDRAWN, reason=why)
    else:
        set_clinic_pack_state(clinic.vault, pack_id, PackState.WITHDRAWN, clinic.actor, why)
    return with_packs_as_they_are_now(clinic)


def withdrawn_of(clinic: OpenClinic, person_id: str | None = None) -> tuple[WithdrawnResult, ...]:
    """Return the saved results whose pack was withdrawn, with the pages made of them: of one person, or of everybody.

    Raises:
        UsageError: ``person_unknown``.
    """
    return withdrawn_results(clinic.vault, person_id)


def withdrawn_digests(clinic: OpenClinic) -> dict[str, str]:
    """Return the digest of every pack that is withdrawn now, with the reason as it was given."""
    kept = clinic_packs(clinic.vault)
    return {pack.ref.digest: pack.reason or "" for pack in kept if pack.state is PackState.WITHDRAWN}


def trust_key(clinic: OpenClinic, key: str) -> None:
    """Trust packs that are signed with this public key (hex); those added before stay as they are."""
    trust_keys(clinic.vault, tuple(dict.fromkeys((*trusted_keys(clinic.vault), key))), clinic.actor)
