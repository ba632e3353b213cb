"""``lantern card``: the card of a trained pack on paper, and on the screen of a clinic."""

from __future__ import annotations

from pathlib import Path

from engine.domain.model_card import ModelCard
from engine.domain.ports import Clock, SystemClock
from engine.domain.report import Paper
from engine.errors import InputError
from engine.packs import PackLibrary
from engine.report.model_card import card_images, model_card, typeset_card
from engine.workflows.clinics import OpenClinic
from engine.workflows.files import whole_file
from engine.workflows.models import find_model, pack_of
from engine.workflows.pack_folder import pack_named

__all__ = ["card_images", "card_in_clinic", "card_of_pack", "typeset_card", "write_model_card"]
_PROGRAM = "Lantern"


def card_of_pack(name: str, library: PackLibrary, language: str, paper: Paper, clock: Clock) -> ModelCard:
    """Return the card of a pack, named by its id or its folder.

    Raises:
        PackError: the pack is unknown or altered.
        InputError: ``learning_card_untrained``: it was not trained by this program.
    """
    pack_id, library = pack_named(name, library)
    pack = library.get(pack_id)
    if pack.manifest.training is None:
        raise InputError("learning_card_untrained", pack=pack_id)
    return model_card(pack.manifest, pack.digest, language=language, paper=paper, made_at=clock.now(), program=_PROGRAM)


def card_in_clinic(clinic: OpenClinic, name: str, language: str, paper: Paper) -> ModelCard:
    """Return the card of a trained pack at hand (its id), or of a model on any stage (``id@version``).

    Raises:
        UsageError: ``model_unknown``. PackError: it is unknown, gone or altered.
        InputError: ``learning_card_untrained``: it was not trained by this program.
    """
    pack = pack_of(clinic, find_model(clinic, name)) if "@" in name else clinic.library.get(name)
    if pack.manifest.training is None:
        raise InputError("learning_card_untrained", pack=pack.manifest.id)
    now = clinic.clock.now()
    return model_card(pack.manifest, pack.digest, language=language, paper=paper, made_at=now, program=_PROGRAM)


def write_model_card(name: str, out: Path, library: PackLibrary, language: str, paper: Paper = Paper.A4) -> None:
    """Write the card as a PDF; raises as ``card_of_pack`` and ``whole_file``."""
    pdf = typeset_card(card_of_pack(name, library, language, paper, SystemClock()))
    with whole_file(out) as file:
        file.write(pdf)
