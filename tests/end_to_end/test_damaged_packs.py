"""A damaged pack is refused in one sentence, and everything else goes on."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from engine.domain.ports import FixedClock
from engine.fields import load_dictionary
from engine.intake.typed import TypedValue
from engine.packs import PackLibrary, read_pack
from engine.packs.digests import DIGESTS_FILE, read_digests
from engine.resources import resources_folder
from engine.risk.predictors import Predictors
from engine.workflows.assess import assess_people, current_assessments
from engine.workflows.clinics import OpenClinic, open_clinic
from engine.workflows.packs import damaged_packs, list_packs
from engine.workflows.record import enter_visit
from engine.workflows.tool_choice import tools_for
from tests.end_to_end.command import check_refused, lantern, run_process
from tests.made_once import new_clinic

PACK = "who_cvd_2019_lab"
OTHER = "who_cvd_2019_nonlab"
CLOCK = FixedClock(datetime(2026, 11, 23, 9, 30, tzinfo=UTC))
PASSPHRASE = "a passphrase for tests"
PERSON = {
    "name": "Fiona Netherby",
    "sex": "F",
    "age": "56",
    "visit_date": "2026-11-23",
    "sbp_mmhg": "148",
    "smoker": "current",
    "diabetes": "no",
    "total_cholesterol_mmol_l": "6.1",
    "hdl_mmol_l": "1.2",
    "height_cm": "165",
    "weight_kg": "70",
}
Damage = Callable[[Path], None]


def _document(folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / "manifest.json").read_bytes())
    return document


def _write(folder: Path, document: dict[str, Any]) -> None:
    (folder / "manifest.json").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def _with_graph(folder: Path, graph: bytes) -> None:
    """Put another graph in, with its digest in the manifest and the pack's in the list: only the graph is wrong."""
    (folder / "model.onnx").write_bytes(graph)
    document = _document(folder)
    document["graph"]["sha256"] = hashlib.sha256(graph).hexdigest()
    _write(folder, document)
    listed = dict(read_digests(folder.parent))
    try:
        listed[PACK] = read_pack(folder).digest
    except Exception:  # noqa: BLE001 - what is refused when it is read needs no digest
        return
    (folder.parent / DIGESTS_FILE).write_text(json.dumps(listed), encoding="utf-8")


def _graph(folder: Path, operator: str) -> bytes:
    """A graph of the right ends that does one wrong thing."""
    document = _document(folder)
    fields = [name for binding in document["graph"]["inputs"] for name in binding["fields"]]
    outputs = [output["name"] for output in document["outputs"]]
    tables = [f"not_in_table.{field}" for field in document["graph"].get("not_in_table", [])]
    nodes = [helper.make_node(operator, [fields[0], "seven"], [output]) for output in outputs]
    nodes += [helper.make_node("IsNaN", [fields[0]], [table]) for table in tables]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info(field, TensorProto.DOUBLE, ["rows"]) for field in fields],
        [
            *(helper.make_tensor_value_info(name, TensorProto.DOUBLE, ["n"]) for name in outputs),
            *(helper.make_tensor_value_info(name, TensorProto.BOOL, ["rows"]) for name in tables),
        ],
        [numpy_helper.from_array(np.array([7], dtype=np.int64), "seven")],
    )
    opset = document["graph"]["opset"]
    data: bytes = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10
    ).SerializeToString()
    return data


def wrong_digest(folder: Path) -> None:
    path = folder / "model.onnx"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def swapped(folder: Path) -> None:
    document = _document(folder)
    document["version"] = "1.0.1"
    _write(folder, document)
    read_pack(folder)  # whole in itself


def truncated(folder: Path) -> None:
    data = (folder / "model.onnx").read_bytes()
    _with_graph(folder, data[: len(data) - 7])


def no_cases(folder: Path) -> None:
    (folder / "reference_cases.csv").unlink()


def contradiction(folder: Path) -> None:
    document = _document(folder)
    document["headline_output"] = "another"
    _write(folder, document)


def breaks_when_loaded(folder: Path) -> None:
    _with_graph(folder, _graph(folder, "NoSuchOperator"))


def breaks_when_run(folder: Path) -> None:
    _with_graph(folder, _graph(folder, "Reshape"))


DAMAGES: dict[Damage, str] = {
    wrong_digest: "pack_altered",
    swapped: "pack_not_as_shipped",
    truncated: "pack_graph_unreadable",
    no_cases: "pack_file_missing",
    contradiction: "pack_manifest_contradiction",
    breaks_when_loaded: "pack_graph_unreadable",
    breaks_when_run: "pack_graph_failed",
}


@pytest.fixture
def resources(tmp_path: Path) -> Path:
    """The data folder of the program with packs of its own, to damage."""
    folder = tmp_path / "resources"
    folder.mkdir()
    for entry in resources_folder().iterdir():
        if entry.name != "models":
            os.symlink(entry, folder / entry.name, target_is_directory=entry.is_dir())
    shutil.copytree(resources_folder() / "models", folder / "models")
    return folder


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "people.csv"
    columns = [name for name in PERSON if name not in ("name", "visit_date")]
    cells = ["no" if PERSON[name] == "no" else PERSON[name] for name in columns]
    text = ",".join((*columns, "gbd_region")) + "\n" + ",".join((*cells, "western_europe")) + "\n"
    file.write_text(text.replace(",no,", ",false,"), encoding="utf-8")
    return file


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Callable[[PackLibrary], OpenClinic]]:
    """Opens a clinic of one person with these packs."""
    new_clinic(tmp_path / "clinic", "gb", PASSPHRASE, CLOCK)
    opened: list[Any] = []

    def make(library: PackLibrary) -> OpenClinic:
        opened.append(open_clinic(tmp_path / "clinic", PASSPHRASE, CLOCK, Predictors(library, load_dictionary())))
        found: OpenClinic = opened[-1].__enter__()
        enter_visit(found, [TypedValue(field, text) for field, text in PERSON.items()])
        return found

    yield make
    for each in opened:
        each.__exit__(None, None, None)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_it_is_refused_in_one_sentence_by_the_command(
    resources: Path, table: Path, tmp_path: Path, damage: Damage
) -> None:
    damage(resources / "models" / PACK)
    out = tmp_path / "out.csv"
    ended = run_process("assess", "--pack", PACK, "--input", table, "--output", out, LANTERN_RESOURCES=str(resources))
    check_refused(ended, 6, f"error.{DAMAGES[damage]}")
    assert not out.exists()


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_the_other_packs_go_on_in_a_clinic(
    resources: Path, clinic: Callable[[PackLibrary], OpenClinic], damage: Damage
) -> None:
    models = resources / "models"
    whole = len(PackLibrary([models]).ids())
    damage(models / PACK)
    library = PackLibrary([models], digests=read_digests(models))
    opened = clinic(library)
    summary = assess_people(opened)
    assert [error.code for error in summary.faults.values()] == [DAMAGES[damage]]
    assert PACK not in {pack.id for pack in summary.packs}
    assert {pack.id: pack.ok for pack in summary.packs}[OTHER] == 1
    (assessment,) = current_assessments(opened)
    assert assessment.headline_pack == OTHER
    listed, faulty = list_packs(library), damaged_packs(library)
    assert len(listed) + len(faulty) == whole
    assert PACK not in {pack.manifest.id for pack in tools_for("cvd", library, opened.dictionary).packs} or (
        damage is breaks_when_run
    )


def test_the_list_of_packs_names_it_with_its_reason(resources: Path) -> None:
    wrong_digest(resources / "models" / PACK)
    ended = run_process("packs", LANTERN_RESOURCES=str(resources))
    assert ended.code == 0
    assert PACK not in ended.out
    assert OTHER in ended.out
    assert ended.err.startswith(f"{PACK} is not used. ")
    listed = run_process("packs", "--json", LANTERN_RESOURCES=str(resources)).json
    faults = {pack["id"]: pack["fault"] for pack in listed if pack["fault"] is not None}
    assert list(faults) == [PACK]
    assert "altered" in faults[PACK]


def test_the_tool_chosen_for_a_row_is_the_next_one_when_the_first_breaks(
    resources: Path, table: Path, tmp_path: Path
) -> None:
    words = ("assess", "--pack", "auto", "--country", "CHN", "--input", table, "--output")
    assert lantern(*words, tmp_path / "whole.csv").code == 0
    first = (tmp_path / "whole.csv").read_text(encoding="utf-8-sig").splitlines()[1]
    assert PACK in first
    breaks_when_run(resources / "models" / PACK)
    ended = run_process(*words, tmp_path / "out.csv", LANTERN_RESOURCES=str(resources))
    assert ended.code == 0, ended.err
    row = (tmp_path / "out.csv").read_text(encoding="utf-8-sig").splitlines()[1]
    assert PACK not in row
    assert ",ok," in row
