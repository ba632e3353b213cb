"""Trained models: kept as a draft, silent, approved, retired, backed up; each step is there whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from engine.domain.clinic_packs import PackOrigin, PackState
from engine.domain.models import KeptModel, ModelStage, ModelVerdict
from engine.domain.results import PackRef
from engine.errors import EngineError
from engine.fields import load_dictionary
from engine.packs import PackLibrary, PackParts, folder_of_digest, read_pack
from engine.packs.manifest import Manifest
from engine.packs.origin import MadeBy
from engine.packs.pack import MANIFEST_FILE
from engine.risk.predictors import Predictors
from engine.store import (
    Agreement,
    Vault,
    add_model,
    approve_model,
    begin_shadow,
    clinic_packs,
    kept_models,
    packs_folder,
    retire_model,
    save_verdict,
)
from engine.store.backup.files import missing_beside
from engine.store.backup.make import back_up
from engine.store.backup.manifest import backups_in
from engine.store.backup.open import opened_copy, unseal_backup
from engine.store.kept_packs import sealed_packs
from engine.workflows.clinic_packs import put_beside
from engine.workflows.clinics import in_vault
from tests.reliability.clinics import ACTOR, CHEAP, CLOCK, PASSPHRASE, new_clinic, open_again
from tests.reliability.counts import SYSTEM
from tests.reliability.judging import in_order, judged, say, unsound
from tests.reliability.operations import STICK, Acknowledge, Operation, Verdict, Words

_MODELS = 4
_MADE_BY = MadeBy("lantern", "learning 1.0.0")
_DRAFT, _SHADOW, _APPROVED, _RETIRED = ModelStage
_Step = Callable[[Vault, PackRef], None]


@cache
def _library() -> PackLibrary:
    """Return the packs that ship, read once for all trials."""
    library = PackLibrary.shipped()
    library.all()
    return library


@cache
def _parts(number: int) -> PackParts:
    """Return the parts of a trained pack: every second one is a newer version of the one before."""
    shipped = _library().get("apri")
    named = {"id": f"model_{number // 2}", "version": f"1.{number}", "made_by": _MADE_BY}
    manifest = replace(shipped.manifest, **named)  # type: ignore[arg-type]  # the names are those of its fields
    return PackParts(manifest, shipped.read_graph(), shipped.read_card(), shipped.read_case_table().decode())


@cache
def _ref(number: int) -> PackRef:
    return PackRef(f"model_{number // 2}", f"1.{number}", Manifest.parse(_parts(number).files()[MANIFEST_FILE]).digest)


# What is done to one model after the other


def _keep(vault: Vault, ref: PackRef) -> None:
    number = next(number for number in range(_MODELS) if _ref(number) == ref)
    put_beside(in_vault(vault, CLOCK, Predictors(_library(), load_dictionary())), _parts(number))
    add_model(vault, ref, PackOrigin.MADE_HERE, ACTOR)


def _begin(vault: Vault, ref: PackRef) -> None:
    begin_shadow(vault, ref, "diabetes", 0.2, ACTOR)


def _approve(vault: Vault, ref: PackRef) -> None:
    approve_model(vault, ref, Agreement(PASSPHRASE, reason="a trial", floor=CHEAP), ACTOR)


def _retire(vault: Vault, ref: PackRef) -> None:
    retire_model(vault, ref, "a trial", ACTOR)


@dataclass(frozen=True)
class _Course:
    """What leads to the start of an operation, what it does to each model, and how each stands after so many steps."""

    before: tuple[_Step, ...]
    step: _Step
    stages: Callable[[int], tuple[ModelStage | None, ...]]


def _one_by_one(before: ModelStage | None, after: ModelStage) -> Callable[[int], tuple[ModelStage | None, ...]]:
    return lambda done: (after,) * done + (before,) * (_MODELS - done)


def _approved(done: int) -> tuple[ModelStage, ...]:
    """Each second version takes the place of the one before, which is retired in the same change."""
    found = [_APPROVED] * done + [_SHADOW] * (_MODELS - done)
    for number in range(1, done, 2):
        found[number - 1] = _RETIRED
    return tuple(found)


_KEEP = _Course((), _keep, _one_by_one(None, _DRAFT))
_BEGIN = _Course((_keep,), _begin, _one_by_one(_DRAFT, _SHADOW))
_APPROVE = _Course((_keep, _begin), _approve, _approved)
_RETIRE = _Course((_keep, _begin), _retire, _one_by_one(_SHADOW, _RETIRED))


def _prepare(course: _Course) -> Callable[[Path], None]:
    def prepare(folder: Path) -> None:
        new_clinic(folder / "clinic")
        with open_again(folder / "clinic") as vault:
            for step in course.before:
                for number in range(_MODELS):
                    step(vault, _ref(number))
            if course is _APPROVE:
                save_verdict(vault, _ref(0), ModelVerdict.CALIBRATED, (), {"events": 90}, ACTOR)

    return prepare


def _act(course: _Course) -> Callable[[Path, Acknowledge], None]:
    def act(folder: Path, acknowledge: Acknowledge) -> None:
        with open_again(folder / "clinic") as vault:
            for number in range(_MODELS):
                standing = _standing(vault)
                if tuple(standing.get(_ref(each)) for each in range(_MODELS)) not in _reached(course, number + 1):
                    course.step(vault, _ref(number))
                say(vault, acknowledge, str(number))

    return act


def _reached(course: _Course, steps: int) -> set[tuple[ModelStage | None, ...]]:
    """How all stand once so many steps are done, or more."""
    return {course.stages(done) for done in range(steps, _MODELS + 1)}


def _judge(course: _Course) -> Callable[[Path, Words], Verdict]:
    def judge(folder: Path, done: Words) -> Verdict:
        def look(vault: Vault) -> str | None:
            standing = _standing(vault)
            stages = tuple(standing.get(_ref(number)) for number in range(_MODELS))
            if stages not in (course.stages(len(done)), course.stages(min(len(done) + 1, _MODELS))):
                return "a model stands where nobody put it, or an acknowledged step is missing"
            return _fault_of_models(vault) or in_order(vault)

        return judged(look, folder)

    return judge


def _standing(vault: Vault) -> Mapping[PackRef, ModelStage]:
    return {model.ref: model.stage for model in kept_models(vault)}


def _fault_of_models(vault: Vault) -> str | None:
    """What holds always: what speaks is what was approved, and the folder of every version is what was kept."""
    models: tuple[KeptModel, ...] = kept_models(vault)
    speaking = {pack.ref for pack in clinic_packs(vault) if pack.state is PackState.ON}
    if speaking != {model.ref for model in models if model.stage is _APPROVED}:
        return "a model speaks that is not approved, or one that is does not"
    for model in models:
        place = packs_folder(vault) / folder_of_digest(model.ref.digest) / model.ref.id
        try:
            found = read_pack(place).ref
        except EngineError as error:
            return f"the folder of a kept model is no pack: {error.code}"
        if found != model.ref:
            return "the folder of a kept model holds another"
    return None


# Backing models up


def _prepare_stick(folder: Path) -> None:
    _prepare(_BEGIN)(folder)
    (folder / STICK).mkdir()


def _back_up(folder: Path, acknowledge: Acknowledge) -> None:
    with open_again(folder / "clinic") as vault:
        made = back_up(vault, folder / STICK, "1")
        say(vault, acknowledge, made.backup.manifest.name)


def _judge_backup(folder: Path, done: Words) -> Verdict:
    """Whatever is a backup holds every model, sealed and whole."""
    try:
        every = {each.manifest.name: each for each in backups_in(folder / STICK, "clinic-1")}
        if not set(done) <= set(every):
            return Verdict("an acknowledged backup is missing", detected=False)
        for backup in every.values():
            with opened_copy(unseal_backup(backup, PASSPHRASE, floor=CHEAP)) as copy:
                packs = sealed_packs(copy)
            if len(packs) != _MODELS or missing_beside(backup, packs):
                return Verdict("a backup lacks a model", detected=False)
    except EngineError as error:
        return Verdict(f"a backup does not open: {error.code}", detected=True)
    return judged(lambda vault: _fault_of_models(vault) or in_order(vault), folder)


def _operation(name: str, course: _Course) -> Operation:
    return Operation(name, SYSTEM, _prepare(course), _act(course), _judge(course), repeatable=True, unsound=unsound)


OPERATIONS = (
    _operation("keep a draft", _KEEP),
    _operation("begin a shadow", _BEGIN),
    _operation("approve a model", _APPROVE),
    _operation("retire a model", _RETIRE),
    Operation("back up models", SYSTEM, _prepare_stick, _back_up, _judge_backup, repeatable=True, unsound=unsound),
)
