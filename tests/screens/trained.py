"""A clinic that trained models, and the steps to what their last pages show: card, silent trial, signatures."""

from __future__ import annotations

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

from engine.domain.ports import FixedClock
from engine.packs.origin import Words
from engine.workflows.assess import assess_people
from engine.workflows.model_drift import watch
from engine.workflows.model_verdict import judge_model
from engine.workflows.models import add_draft, approve, shadow
from engine.workflows.unlock import unlock
from engine.workflows.users import Second
from tests.desktop.studio.lived import (
    MODEL,
    OTHERS_PASSPHRASE,
    PACK,
    PASSPHRASE,
    called,
    live_through,
    new_clinic,
    opened,
    trained_here,
)
from tests.screens.stage import NOW, Stage, wait_until

_OWNER, _OTHER = {"en": "Zhao Ming", "zh": "赵明"}, {"en": "Wang Li", "zh": "王丽"}
_TITLE = Words("Heart attack, this clinic", "心肌梗死（本诊所）")
_DRAFT, _DRAFT_TITLE = "heart_2026", Words("Clinic heart 2026", "本诊所心脏 2026")
_YEARS, _PEOPLE = 5, 900
_places: dict[str, Path] = {}  # what takes minutes is made once for all looks


def open_trained(stage: Stage, *, in_use: bool = False) -> None:
    """Open the clinic, if it is not open yet; ``in_use``: its older model was signed."""
    if stage.app.work is not None:
        return
    place, language = _made(stage.language), stage.language
    folder = stage.home / "trained"
    shutil.copytree(place / "clinic", folder)
    if in_use:
        _sign(folder, language)
    stage.context.change(clinic=str(folder))
    stage.app.show_unlock()
    wait_until(lambda: stage.app.unlock.state is not None, "state")
    state = stage.app.unlock.state
    assert state is not None
    stage.app.unlock.choose(next(user.id for user in state.people if user.name == _OWNER[language]))
    stage.app.unlock.unlock(PASSPHRASE)
    wait_until(lambda: stage.app.work is not None, "open")
    wait_until(lambda: stage.work.people.panel is not None, "people")
    stage.rest()


def studio(stage: Stage, step: str, *, older: bool = False, begun: bool = False, in_use: bool = False) -> None:
    """Show a step for the draft, after its trial has begun if asked for, or for the older model."""
    open_trained(stage, in_use=in_use)
    name = MODEL if older else f"{_DRAFT}@1.0.0"
    if begun:
        clinic = stage.context.clinic
        if not any(each.watched for each in _versions(stage)):
            stage.store(lambda _: shadow(clinic, name, "cvd_history", 0.2))
    stage.work.studio.open_model(name, step)
    stage.work.go("studio")
    wait_until(lambda: stage.work.studio.stages.page is not None, "model")
    stage.rest()


def verdict(stage: Stage) -> None:
    """Show what became of the people of the older model."""
    studio(stage, "trial", older=True)
    stage.work.studio.stages.judge()
    wait_until(lambda: not stage.work.studio.stages.busy, "verdict")
    stage.rest()


def models(stage: Stage) -> None:
    """Show the page of tools with what was trained here; a month of the one in use warns."""
    open_trained(stage, in_use=True)
    stage.store(watch)
    stage.work.go("models")
    wait_until(lambda: stage.work.models.shelf is not None, "tools")
    stage.work.models.choose(PACK)
    stage.rest()


def _versions(stage: Stage) -> list:  # type: ignore[type-arg]  # of KeptModel
    page = stage.work.studio.stages.page
    return [] if page is None else [page.model]


def _made(language: str) -> Path:
    if language not in _places:
        place = Path(tempfile.mkdtemp(prefix="lantern-trained-"))
        if "pack" not in _places:
            _places["pack"] = trained_here(place / "made")
        older = called(_places["pack"], place / "older", PACK, _TITLE)
        draft = called(_places["pack"], place / "draft", _DRAFT, _DRAFT_TITLE)
        owner = _OWNER[language]
        new_clinic(place / "clinic", older, owner=owner, other=_OTHER[language])
        live_through(place / "clinic", place, _YEARS, people=_PEOPLE, owner=owner)
        with opened(place / "clinic", NOW - timedelta(hours=1), owner) as clinic:
            assess_people(clinic)
            assert add_draft(clinic, draft)[1] is not None
        _places[language] = place
    return _places[language]


def _sign(folder: Path, language: str) -> None:
    clinic = unlock(folder, PASSPHRASE, FixedClock(NOW - timedelta(minutes=30)), who=_OWNER[language])
    judge_model(clinic, MODEL)
    approve(clinic, MODEL, PASSPHRASE, Second(_OTHER[language], OTHERS_PASSPHRASE))
    clinic.vault.close()
