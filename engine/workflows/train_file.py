"""``lantern train``: a table with an outcome becomes a pack, or a reason why not yet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from engine.domain.models import KeptModel
from engine.domain.ports import CancelToken, Progress, no_progress
from engine.errors import InputError, PackError, UsageError
from engine.fields import Dictionary
from engine.intake.text_table import read_text_table
from engine.packs import Pack, PackLibrary, read_pack
from engine.packs.pack import MANIFEST_FILE
from engine.workflows.files import check_outside_clinics
from engine.workflows.keep_draft import check_reproduced
from engine.workflows.train_job import MOST_ROWS, train
from engine.workflows.train_wish import Looked, ModelKind, TrainWish

__all__ = ["MOST_ROWS", "ModelKind", "TrainWish", "Training", "train_file"]

_LONGEST_HORIZON_YEARS = 50
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,79}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Training:
    """How it ended. ``pack`` is None where the gate did not let it begin; ``draft``: as what a clinic kept it."""

    looked: Looked
    pack: Pack | None
    draft: KeptModel | None = None


def train_file(
    input_path: Path,
    output: Path,
    wish: TrainWish,
    dictionary: Dictionary,
    progress: Progress = no_progress,
    cancel: CancelToken | None = None,
) -> Training:
    """Train a model on a table and write it as a pack.

    It is trained in a process of its own. The pack's folder appears when everything in it was checked, whole or not at
    all; a pack that was trained into the same folder before is replaced then. Nothing of the rows is written anywhere.

    Args:
        input_path: CSV, UTF-8, commas, one person a row.
        output: the folder of the pack; its name becomes the pack's.
        wish: what to train.
        dictionary: the fields.
        progress: told models trained of models in all.
        cancel: stops the work; nothing is then left behind.

    Raises:
        PackError: ``pack_unknown``.
        UsageError: ``learning_pack_name``, ``learning_horizon_wrong``, ``learning_threshold_wrong``.
        InputError: the table cannot be read or learned from, with a sentence for each reason;
            ``learning_output_taken``, ``output_in_clinic``.
        PackError: ``learning_not_the_same``, ``learning_not_reproduced``, ``pack_unwritable``.
        WorkerError: as ``engine.workflows.train_job.train``.
        Cancelled: when ``cancel`` was set.
    """
    check_training(output, wish)
    table = read_text_table(input_path, MOST_ROWS)
    found = train(output.name, table.columns, table.sha256, wish, progress, cancel)
    if found.parts is None:
        return Training(found.looked, None)
    check_reproduced(found.parts, dictionary)
    if cancel is not None:
        cancel.check()
    return Training(found.looked, found.parts.write(output.parent))


def check_training(output: Path, wish: TrainWish) -> None:
    """Refuse what cannot be trained, or not to this folder, whatever the rows are; raises as ``train_file``."""
    check_wish(output.name, wish)
    _check_output(output)
    if wish.existing is not None:
        PackLibrary.shipped().get(wish.existing)  # a wrong name is told before anything is read


def check_wish(name: str, wish: TrainWish) -> None:
    """Refuse what cannot be trained whatever the rows are; raises UsageError as ``train_file``."""
    if not _NAME.fullmatch(name):
        raise UsageError("learning_pack_name")
    if wish.horizon_years is not None and not 0 < wish.horizon_years <= _LONGEST_HORIZON_YEARS:
        raise UsageError("learning_horizon_wrong")
    if wish.threshold is not None and not 0 < wish.threshold < 1:
        raise UsageError("learning_threshold_wrong")


def _check_output(output: Path) -> None:
    check_outside_clinics(output)
    if not output.exists():
        return
    try:
        replaceable = (output / MANIFEST_FILE).is_file() and read_pack(output).manifest.training is not None
    except PackError:
        replaceable = False
    if not replaceable:
        raise InputError("learning_output_taken", folder=output.name)
