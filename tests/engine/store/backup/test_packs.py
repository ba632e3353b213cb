"""The clinic's own packs in backups: models of every stage come back by a restore, and a lack of one is told."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.domain.clinic_packs import PackOrigin
from engine.domain.models import ModelStage, ModelVerdict
from engine.domain.ports import FixedClock
from engine.domain.results import PackRef
from engine.errors import StoreError
from engine.packs import folder_of_digest, read_pack
from engine.store import (
    Agreement,
    Vault,
    add_clinic_pack,
    add_model,
    approve_model,
    begin_shadow,
    kept_models,
    packs_folder,
    retire_model,
    save_verdict,
)
from engine.store import open_clinic as open_store
from engine.store.audit_log import verify_store
from engine.store.backup.drill import drill
from engine.store.backup.files import files_beside
from engine.store.backup.make import Made, back_up
from engine.store.backup.restore import Restored, restore
from engine.store.erasure.erase import Order, erase_person
from engine.store.kept_packs import sealed_packs
from tests.engine.store.conftest import CHEAP, PASSPHRASE
from tests.engine.workflows.trained import trained_folder

STAGES = {
    "a_draft": ModelStage.DRAFT,
    "b_silent": ModelStage.SHADOW,
    "c_speaks": ModelStage.APPROVED,
    "d_retired": ModelStage.RETIRED,
}


def put(vault: Vault, scratch: Path, id_: str) -> PackRef:
    """Put a pack beside the store as keeping one does."""
    made = trained_folder(scratch / id_, id=id_)
    pack = read_pack(made)
    shutil.copytree(made, packs_folder(vault) / folder_of_digest(pack.digest) / id_)
    return pack.ref


def keep(vault: Vault, scratch: Path, id_: str, stage: ModelStage) -> PackRef:
    ref = put(vault, scratch, id_)
    add_model(vault, ref, PackOrigin.MADE_HERE, "user-1")
    if stage is not ModelStage.DRAFT:
        begin_shadow(vault, ref, None, None, "user-1")
    if stage is ModelStage.APPROVED:
        save_verdict(vault, ref, ModelVerdict.CALIBRATED, (), {}, "user-1")
        approve_model(vault, ref, Agreement(PASSPHRASE, reason="alone", floor=CHEAP), "user-1")
    if stage is ModelStage.RETIRED:
        retire_model(vault, ref, "a newer one", "user-1")
    return ref


@pytest.fixture
def kept(filled: Vault, tmp_path: Path) -> dict[str, PackRef]:
    """A model at each stage, and a pack that somebody else made."""
    found = {id_: keep(filled, tmp_path / "made", id_, stage) for id_, stage in STAGES.items()}
    found["foreign"] = put(filled, tmp_path / "made", "foreign")
    add_clinic_pack(filled, found["foreign"], PackOrigin.FOREIGN, "user-1")
    return found


def place(folder: Path, ref: PackRef) -> Path:
    return folder / "packs" / folder_of_digest(ref.digest) / ref.id


def restored(made: Made, folder: Path, clock: FixedClock) -> Restored:
    return restore(made.backup.file, folder, PASSPHRASE, clock, reason="The disk broke", floor=CHEAP)


def test_models_of_every_stage_and_added_packs_come_back(
    filled: Vault, kept: dict[str, PackRef], stick: Path, tmp_path: Path, clock: FixedClock
) -> None:
    made = back_up(filled, stick, "0.1")
    assert (made.packs, made.packs_lacking) == (5, ())
    done = restored(made, tmp_path / "new", clock)
    assert (done.packs, done.packs_lacking, done.files_lacking) == (5, (), 0)
    for ref in kept.values():
        before, after = place(filled.folder, ref), place(tmp_path / "new", ref)
        assert read_pack(after).digest == ref.digest
        assert {path.name: path.read_bytes() for path in after.iterdir()} == {
            path.name: path.read_bytes() for path in before.iterdir()
        }
    with open_store(tmp_path / "new", PASSPHRASE, clock, floor=CHEAP) as vault:
        assert {model.ref.id: model.stage for model in kept_models(vault)} == STAGES
        assert verify_store(vault).sound
        assert back_up(vault, stick, "0.1").packs == 5


def test_each_is_sealed_once(filled: Vault, kept: dict[str, PackRef], stick: Path) -> None:
    back_up(filled, stick, "0.1")
    held = sorted(files_beside(stick, "clinic-1").iterdir())
    back_up(filled, stick, "0.1")
    assert sorted(files_beside(stick, "clinic-1").iterdir()) == held
    rows = filled.ledger.database.rows("SELECT 1 FROM change WHERE action = 'backup.packs'")
    assert len(rows) == len(held) == len(kept)


def test_nothing_of_a_pack_lies_open_on_the_stick(filled: Vault, kept: dict[str, PackRef], stick: Path) -> None:
    back_up(filled, stick, "0.1")
    for path in stick.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"lantern-pack" not in content
            assert b"c_speaks" not in content


def test_one_whose_folder_is_altered_is_told_by_backup_and_restore(
    filled: Vault, kept: dict[str, PackRef], stick: Path, tmp_path: Path, clock: FixedClock
) -> None:
    (place(filled.folder, kept["b_silent"]) / "CARD.md").write_text("another", encoding="utf-8")
    made = back_up(filled, stick, "0.1")
    assert (made.packs, made.packs_lacking) == (4, (kept["b_silent"],))
    assert restored(made, tmp_path / "new", clock).packs_lacking == (kept["b_silent"],)


def test_one_that_is_lost_on_the_stick_fails_the_drill_and_is_told_by_a_restore(
    filled: Vault, kept: dict[str, PackRef], stick: Path, tmp_path: Path, clock: FixedClock
) -> None:
    made = back_up(filled, stick, "0.1")
    drill(filled, stick, PASSPHRASE, floor=CHEAP)
    lost = sealed_packs(filled.ledger.database)[0].name
    (files_beside(stick, "clinic-1") / lost).unlink()
    with pytest.raises(StoreError, match="backup_damaged"):
        drill(filled, stick, PASSPHRASE, floor=CHEAP)
    assert len(restored(made, tmp_path / "without", clock).packs_lacking) == 1
    again = back_up(filled, stick, "0.1")
    assert restored(again, tmp_path / "whole", clock).packs_lacking == ()


def test_a_sealed_one_that_was_lost_in_the_clinic_is_sealed_again(
    filled: Vault, kept: dict[str, PackRef], stick: Path
) -> None:
    back_up(filled, stick, "0.1")
    lost = filled.folder / "files" / sealed_packs(filled.ledger.database)[0].name
    lost.unlink()
    made = back_up(filled, stick, "0.1")
    assert lost.exists()
    assert (made.packs, made.packs_lacking) == (len(kept), ())


def test_erasing_somebody_leaves_them(filled: Vault, kept: dict[str, PackRef], stick: Path) -> None:
    back_up(filled, stick, "0.1")
    erase_person(filled, "p0", Order("Asked for it", "none"), PASSPHRASE, floor=CHEAP)
    assert len(sealed_packs(filled.ledger.database)) == len(kept)
    assert verify_store(filled).sound
    assert back_up(filled, stick, "0.1").packs == len(kept)
