"""Hold a pack against the outcomes of a clinic; make one that fits better; go back to the original.

Looking changes nothing. What a person accepts is exactly what they saw: the pack is made from the verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from engine.domain.clinic_packs import PackOrigin, PackState
from engine.domain.observations import Observations
from engine.domain.recalibration import Recalibration
from engine.domain.record import Condition
from engine.domain.results import PackRef
from engine.errors import PackError, UsageError
from engine.packs import Manifest
from engine.packs.order import is_for
from engine.report import place
from engine.risk.recalibration import telling
from engine.risk.recalibration.judge import judge
from engine.risk.recalibration.outcomes import outcome_of
from engine.risk.recalibration.outputs import choose_output
from engine.risk.recalibration.pack import make_pack, new_id
from engine.risk.recalibration.picture import draw
from engine.risk.recalibration.records import follow_people
from engine.risk.recalibration.rules import load_rules
from engine.store import load_conditions, load_observations
from engine.store.backup.meanwhile import Meanwhile
from engine.store.parts_of_record import people_after
from engine.wording import Wording
from engine.workflows.clinic_packs import keep_pack, switch_pack
from engine.workflows.clinics import OpenClinic
from engine.workflows.files import whole_file
from engine.workflows.packs import is_active
from engine.workflows.recalibrate_check import check_new_pack

__all__ = [
    "Recorded",
    "accept_recalibration",
    "packs_to_look_at",
    "read_recorded",
    "read_recorded_in_parts",
    "recalibrate",
    "recalibrations_in_use",
    "return_to_original",
    "telling",
    "write_picture",
]


_AT_ONCE = 500  # people: a few hundredths of a second


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a clinic recorded of everybody: the visits, and the conditions by the id of the person."""

    observations: Observations
    conditions: Mapping[str, tuple[Condition, ...]]


def read_recorded(clinic: OpenClinic) -> Recorded:
    """Return the records that risks are held against; all that a look takes from the store."""
    return Recorded(load_observations(clinic.vault), load_conditions(clinic.vault))


def read_recorded_in_parts(clinic: OpenClinic, meanwhile: Meanwhile) -> Recorded:
    """As ``read_recorded``, some people at a time; between two parts others have their turn, and may save.

    Raises:
        Cancelled: as ``meanwhile`` says.
    """
    observations, conditions = list[Observations](), dict[str, tuple[Condition, ...]]()
    place, people = people_after(clinic.vault, 0, _AT_ONCE)
    while people:
        observations.append(load_observations(clinic.vault, people))
        conditions |= load_conditions(clinic.vault, people)
        meanwhile.pause(0, 0)
        place, people = people_after(clinic.vault, place, _AT_ONCE)
    return Recorded(Observations.joined(observations), conditions)


def recalibrate(
    clinic: OpenClinic, pack_id: str, output: str | None = None, recorded: Recorded | None = None
) -> Recalibration:
    """Return how a risk fits the outcomes that the clinic recorded, and what they allow to change. Nothing is changed.

    Args:
        clinic: the open clinic.
        pack_id: the pack; one that was recalibrated stays what is looked at under its own name.
        output: a risk of it; None: its main one.
        recorded: what was read before, so that the store is not touched here; None: it is read now.

    Raises:
        PackError: the pack is unknown or cannot be run; ``recalibrate_no_risk``, ``recalibrate_made_before``,
            ``recalibrate_no_outcome``, ``recalibrate_no_time``.
        UsageError: ``recalibrate_output``.
    """
    manifest = clinic.library.get(pack_id).manifest
    chosen = choose_output(manifest, output)
    if chosen.horizon_years is None:
        raise PackError("recalibrate_no_time", pack=pack_id)
    outcome = outcome_of(manifest, chosen.name)
    if outcome is None:
        raise PackError("recalibrate_no_outcome", pack=pack_id)
    predictor = clinic.predictors.get(pack_id)
    recorded = recorded or read_recorded(clinic)
    followed = follow_people(
        recorded.observations,
        recorded.conditions,
        predictor,
        chosen.name,
        outcome,
        clinic.clinic.settings,
        clinic.dictionary,
    )
    return judge(followed, predictor.pack.ref, chosen.name, load_rules())


def accept_recalibration(clinic: OpenClinic, found: Recalibration) -> tuple[OpenClinic, Recalibration]:
    """Make the pack of a verdict, keep it and let it speak in its parent's place; return the clinic as it is now.

    An earlier recalibration of the same risk is followed by a new version. Saved results stay as they are.

    Raises:
        PackError: ``recalibrate_parent_off`` when the parent does not speak in this clinic; ``pack_parent_unknown``
            when it is another than the one looked at; ``recalibrate_not_reproduced``; what ``keep_pack`` raises.
    """
    parent = clinic.library.get(found.parent.id)
    if parent.ref != found.parent:
        raise PackError("pack_parent_unknown", pack=new_id(parent.manifest, found.output), parent=found.parent.id)
    if not is_active(parent, clinic.clinic, clinic.library):
        raise PackError("recalibrate_parent_off", pack=found.parent.id)
    predictor = clinic.predictors.get(found.parent.id)
    outcome = outcome_of(parent.manifest, found.output)
    version = _next_version(clinic, new_id(parent.manifest, found.output))
    parts = make_pack(predictor, found, outcome, load_rules(), clinic.dictionary, version)
    check_new_pack(parts, clinic.predictors, trusted=parent.trusted)
    # A stranger's graph stays a stranger's, so it runs apart.
    after = keep_pack(clinic, parts, PackOrigin.MADE_HERE if parent.trusted else PackOrigin.FOREIGN)
    return after, replace(found, made=after.library.get(parts.manifest.id).ref)


def return_to_original(clinic: OpenClinic, pack_id: str) -> tuple[OpenClinic, tuple[PackRef, ...]]:
    """Switch off what was recalibrated from a pack (or the recalibrated pack named), so that the original speaks again.

    Returns the clinic as it is now and what was switched off. Nothing is deleted: switching on leads forward again.

    Raises:
        UsageError: ``recalibrate_none_kept`` when there is no such pack, or none that is on.
    """
    on = recalibrations_in_use(clinic, pack_id)
    if not on:
        raise UsageError("recalibrate_none_kept", pack=pack_id)
    for ref in on:
        clinic = switch_pack(clinic, ref.id, on=False)
    return clinic, on


def recalibrations_in_use(clinic: OpenClinic, pack_id: str) -> tuple[PackRef, ...]:
    """Return what stands in the place of a pack now (also asked by its own id); empty where the original speaks."""
    kept = [each for each in map(clinic.library.kept, clinic.library.ids()) if each is not None]
    made = [each for each in kept if each.parent is not None and pack_id in (each.ref.id, each.parent.id)]
    return tuple(each.ref for each in made if each.state is PackState.ON)


def packs_to_look_at(clinic: OpenClinic) -> tuple[str, ...]:
    """Return the packs that are on here and whose main risk the clinic's records can be held against, leading first."""
    on = [pack.manifest for pack in clinic.library.all() if is_active(pack, clinic.clinic, clinic.library)]
    country = str(clinic.clinic.settings.get("country_iso3", ""))
    fit = [manifest for manifest in on if is_for(manifest, country) and _tells_of_outcomes(manifest)]
    return tuple(manifest.id for manifest in sorted(fit, key=lambda manifest: place(manifest, country)))


def _tells_of_outcomes(manifest: Manifest) -> bool:
    try:
        chosen = choose_output(manifest)
    except PackError:
        return False
    return chosen.horizon_years is not None and outcome_of(manifest, chosen.name) is not None


def write_picture(found: Recalibration, path: Path, wording: Wording) -> None:
    """Write the picture of told and observed risk as SVG; a file of that name is replaced.

    Raises:
        InputError: ``output_not_a_file``, ``output_unwritable``.
    """
    with whole_file(path) as file:
        file.write(draw(found, wording).encode("utf-8"))


def _next_version(clinic: OpenClinic, pack_id: str) -> str:
    kept = clinic.library.kept(pack_id)
    return "1.0.0" if kept is None else f"{int(kept.ref.version.partition('.')[0]) + 1}.0.0"
