"""What training here gave becomes a draft whole or not at all, and the clinic knows it again by its own signature."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from engine.domain.clinic_packs import PackOrigin
from engine.domain.models import ModelStage
from engine.domain.ports import FixedClock
from engine.errors import PackError
from engine.fields import load_dictionary
from engine.packs import PackParts, folder_of_digest, read_pack
from engine.packs.input_summary import by_field
from engine.packs.origin import MadeBy
from engine.risk.watch.rules import load_watch_rules
from engine.risk.watch.shift import shift
from engine.store import packs_folder
from engine.workflows.assess_file import assess_file
from engine.workflows.clinics import OpenClinic, open_clinic
from engine.workflows.keep_draft import keep_draft, write_signed
from engine.workflows.models import add_draft, approve, models, pack_of, shadow
from engine.workflows.train_job import train
from engine.workflows.train_table import Cells
from engine.workflows.train_wish import TrainWish
from tests.engine.workflows.trained import BEGAN
from tests.made_once import new_clinic

PASSPHRASE = "a passphrase for tests"
WISH = TrainWish("event", folds=3, repeats=1, bootstraps=3, anyway=True, record_outcome="ischaemic_stroke")


def rows(count: int) -> Cells:
    """People in fields of the dictionary, as the record of a clinic gives them."""
    random = np.random.default_rng(3)
    age, pressure = random.uniform(30, 80, count).round(), random.normal(135, 18, count).round()
    event = random.random(count) < 1 / (1 + np.exp(-0.08 * (age - 55) - 0.02 * (pressure - 135)))
    sex = np.where(random.random(count) < 0.5, "F", "M")
    return {
        "age": [f"{each:g}" for each in age],
        "sex": sex.tolist(),
        "sbp_mmhg": ["" if place % 10 == 0 else f"{each:g}" for place, each in enumerate(pressure)],
        "event": ["yes" if each else "no" for each in event],
    }


@pytest.fixture(scope="module")
def made() -> PackParts:
    parts = train("stroke_here", rows(240), "cd" * 32, WISH).parts
    assert parts is not None
    return parts


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    new_clinic(tmp_path / "clinic", "GBR", PASSPHRASE, FixedClock(BEGAN))
    return tmp_path / "clinic"


@pytest.fixture
def clinic(folder: Path) -> Iterator[OpenClinic]:
    with open_clinic(folder, PASSPHRASE, FixedClock(BEGAN)) as opened:
        yield opened


def lying(clinic: OpenClinic) -> list[str]:
    folder = packs_folder(clinic.vault)
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*")) if folder.is_dir() else []


def test_what_training_gave_is_a_draft_made_here_and_goes_its_way_to_approval(folder: Path, made: PackParts) -> None:
    with open_clinic(folder, PASSPHRASE, FixedClock(BEGAN)) as clinic:
        _, model = keep_draft(clinic, made)
        assert (model.stage, model.origin) == (ModelStage.DRAFT, PackOrigin.MADE_HERE)
        assert pack_of(clinic, model).trusted  # it runs in this process, as nobody else's does
        assert "stroke_here" not in clinic.library
        begun = shadow(clinic, "stroke_here")
        assert begun.outcome == "ischaemic_stroke"
        assert made.manifest.training is not None
        assert begun.threshold == made.manifest.training.threshold
    with open_clinic(folder, PASSPHRASE, FixedClock(BEGAN + timedelta(days=30))) as clinic:
        after = approve(clinic, "stroke_here", PASSPHRASE, reason="nobody else works here")
        assert after.library.get("stroke_here").digest == model.ref.digest


def test_the_same_model_is_kept_once_and_another_is_its_next_version(clinic: OpenClinic, made: PackParts) -> None:
    first = keep_draft(clinic, made)[1]
    assert keep_draft(clinic, made)[1].ref == first.ref
    training = made.manifest.training
    assert training is not None
    other = replace(made, manifest=replace(made.manifest, training=replace(training, seed=2)))
    second = keep_draft(clinic, other)[1]
    third = keep_draft(clinic, replace(made, card=f"{made.card}more\n"))[1]
    assert [each.ref.version for each in (first, second, third)] == ["1.0.0", "1.1.0", "1.2.0"]
    assert keep_draft(clinic, other)[1].ref == second.ref
    assert len(models(clinic)) == 3
    assert all(pack_of(clinic, each).digest == each.ref.digest for each in models(clinic))


def test_what_is_no_model_of_ours_is_refused(clinic: OpenClinic, made: PackParts) -> None:
    for changes, code in (
        ({"made_by": MadeBy("somebody", "1")}, "model_not_trained"),
        ({"id": "findrisc"}, "pack_id_shipped"),
    ):
        with pytest.raises(PackError, match=code):
            keep_draft(clinic, replace(made, manifest=replace(made.manifest, **changes)))
    wrong = made.reference_cases.splitlines(keepends=True)
    with pytest.raises(PackError, match="learning_not_reproduced"):
        keep_draft(clinic, replace(made, reference_cases="".join([wrong[0], *(_moved(row) for row in wrong[1:])])))
    assert (models(clinic), lying(clinic)) == ((), [])


def _moved(row: str) -> str:
    """Return a reference case that expects another number."""
    cells = row.split(",")
    place = next(at for at, cell in enumerate(cells) if cell.startswith("0."))
    return ",".join([*cells[:place], str(1 - float(cells[place])), *cells[place + 1 :]])


CUT = """
import os, pickle, signal, sys
from pathlib import Path
from engine.domain.ports import FixedClock
from engine.workflows import keep_draft
from engine.workflows.clinics import open_clinic
from engine.packs import Manifest, PackParts, read_pack
pack = read_pack(Path(sys.argv[2]))
parts = PackParts(pack.manifest, pack.read_graph(), pack.read_card(), pack.read_case_table().decode())
def cut(*_):
    os.kill(os.getpid(), signal.SIGKILL)
{where}
from tests.engine.workflows.trained import BEGAN
with open_clinic(Path(sys.argv[1]), {secret!r}, FixedClock(BEGAN)) as clinic:
    keep_draft.keep_draft(clinic, parts)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a kill as POSIX systems have it")
@pytest.mark.parametrize(
    "where",
    [
        "keep_draft.add_model = cut",  # the folder stands, the row is missing
        "from engine.packs import writer; writer._put_in_place = cut",  # the folder is written aside
        "from engine.packs import writer; writer._write_file = cut",  # nothing is written yet
    ],
)
def test_cut_off_in_the_middle_there_is_no_model_and_what_lies_about_is_removed_later(
    folder: Path, made: PackParts, tmp_path: Path, where: str
) -> None:
    pack = made.write(tmp_path / "aside")
    script = CUT.format(where=where, secret=PASSPHRASE)
    ended = subprocess.run(
        [sys.executable, "-c", script, str(folder), str(pack.folder)], cwd=Path(__file__).parents[3], check=False
    )
    assert ended.returncode == -9
    with open_clinic(folder, PASSPHRASE, FixedClock(BEGAN)) as clinic:
        assert models(clinic) == ()
        assert "stroke_here" not in clinic.library
        other = keep_draft(clinic, replace(made, card=f"{made.card}more\n"))[1]
        assert {each.split("/")[0] for each in lying(clinic)} == {folder_of_digest(other.ref.digest)}
        again = keep_draft(clinic, made)[1]
        assert (again.ref.version, pack_of(clinic, again).digest) == ("1.1.0", again.ref.digest)
        assert len([each for each in lying(clinic) if each.endswith("manifest.json")]) == 2


def test_the_clinic_knows_a_folder_that_it_signed_and_another_clinic_does_not(
    clinic: OpenClinic, made: PackParts, tmp_path: Path
) -> None:
    pack = write_signed(clinic, made, tmp_path / "stroke_here")
    assert sorted(each.name for each in pack.folder.iterdir()) == [
        "CARD.md", "manifest.json", "model.onnx", "reference_cases.csv", "signature.json",
    ]  # fmt: skip
    assert pack.manifest.made_by.signed == "local"
    assert "no key of a maker" in pack.read_card()
    check, model = add_draft(clinic, pack.folder)
    assert check.faults == ()
    assert model is not None
    assert (model.origin, model.ref.digest) == (PackOrigin.MADE_HERE, pack.digest)
    new_clinic(tmp_path / "other", "GBR", PASSPHRASE, FixedClock(BEGAN))
    with open_clinic(tmp_path / "other", PASSPHRASE, FixedClock(BEGAN)) as other:
        stranger = add_draft(other, pack.folder)[1]
        assert stranger is not None
        assert stranger.origin is PackOrigin.FOREIGN
        assert not pack_of(other, stranger).trusted


def test_a_claim_is_no_signature(clinic: OpenClinic, made: PackParts, tmp_path: Path) -> None:
    signed = write_signed(clinic, made, tmp_path / "one" / "stroke_here")
    words = (signed.folder / "signature.json").read_text(encoding="utf-8")
    other = replace(made, card=f"{made.card}more\n").write(tmp_path / "two", words)
    with pytest.raises(PackError, match="pack_signature_wrong"):
        add_draft(clinic, other.folder)
    assert models(clinic) == ()
    (other.folder / "signature.json").write_text(json.dumps({"key": "ab" * 32, "signature": "cd" * 64}), "utf-8")
    model = add_draft(clinic, other.folder)[1]
    assert model is not None
    assert model.origin is PackOrigin.FOREIGN


def test_a_signed_folder_is_asked_like_any_other(clinic: OpenClinic, made: PackParts, tmp_path: Path) -> None:
    pack = write_signed(clinic, made, tmp_path / "stroke_here")
    data = tmp_path / "people.csv"
    data.write_text("age,sex,sbp_mmhg\n60,F,150\n40,M,120\n", encoding="utf-8")
    assess_file(str(pack.folder), data, tmp_path / "out.csv", clinic.library, load_dictionary())
    lines = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[-2] for line in lines[1:]] == ["ok", "ok"]


def test_the_pack_tells_how_its_inputs_lay_as_later_months_are_read(made: PackParts) -> None:
    found = by_field(made.manifest.input_summaries)
    assert list(found) == [each.field for each in made.manifest.inputs] == ["age", "sbp_mmhg", "sex"]
    told = rows(240)
    assert found["sbp_mmhg"].missing == pytest.approx(0.1)
    sex = load_dictionary()["sex"]
    shares = {sex.encode(code): told["sex"].count(code) / 240 for code in ("F", "M")}
    assert {at: share for at, share in enumerate(found["sex"].shares) if share} == pytest.approx(shares)
    rules = load_watch_rules()
    age = np.array([float(each) for each in told["age"]])
    same, older = (shift(found["age"], each, rules, 3) for each in (age, age + 15))
    assert (same.shifted, older.shifted) == (False, True)
    assert same.index == pytest.approx(0, abs=1e-6)


def test_a_folder_written_for_the_clinic_reads_as_a_pack(made: PackParts, tmp_path: Path) -> None:
    assert read_pack(made.write(tmp_path).folder).digest == made.digest()
