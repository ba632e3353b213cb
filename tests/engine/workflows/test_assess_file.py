"""``lantern assess``: a CSV in, the same CSV out with outputs, band, status and reasons."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.domain.ports import CancelToken
from engine.errors import Cancelled, InputError, PackError
from engine.fields import load_dictionary
from engine.packs import Pack, PackLibrary
from engine.workflows.assess_file import AssessFileSummary, assess_file

MakePack = Callable[..., Pack]
HEADER = "id,sex,age,sbp_mmhg,smoker,bmi_kg_m2,uacr_mg_g,cvd_history,total_cholesterol_mmol_l"


@pytest.fixture(scope="module")
def packs(make_pack: MakePack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("library")
    make_pack(folder=folder)
    return folder


@pytest.fixture
def run(packs: Path, tmp_path: Path) -> Callable[..., tuple[AssessFileSummary, list[dict[str, str]]]]:
    """Scores a text and returns the summary and the rows of the output."""

    def run_on(text: str | bytes, **options: Any) -> tuple[AssessFileSummary, list[dict[str, str]]]:
        source, target = tmp_path / "in.csv", tmp_path / "out.csv"
        source.write_bytes(text.encode() if isinstance(text, str) else text)
        summary = assess_file("toy", source, target, PackLibrary([packs]), load_dictionary(), **options)
        written = target.read_bytes().decode("utf-8")
        return summary, list(csv.DictReader(io.StringIO(written, newline=""), strict=True))

    return run_on


def test_every_row_gets_outputs_band_status_and_reasons(run: Callable[..., Any]) -> None:
    summary, rows = run(
        f"{HEADER}\na,F,55,140,never,24,30,,\nb,X,85,,current,24,0.2,true,\nc,M,62,85,never,,0.2,false,\n"
    )
    assert list(rows[0]) == [*HEADER.split(","), "risk_10y", "hf_10y", "risk_30y", "band", "status", "reasons"]
    assert [row["id"] for row in rows] == ["a", "b", "c"]
    expected = 1 / (1 + np.exp(-(-9 + 0.08 * 55 + 0.015 * 140 + 0.1 * np.log(30))))
    assert float(rows[0]["risk_10y"]) == pytest.approx(expected, rel=1e-13)
    assert (rows[0]["band"], rows[0]["status"], rows[0]["reasons"]) == ("medium", "ok", "")
    assert (rows[1]["risk_10y"], rows[1]["band"], rows[1]["status"]) == ("", "", "refused")
    assert rows[1]["reasons"] == (
        "sex:invalid;cvd_history:excluded;sbp_mmhg:missing;total_cholesterol_mmol_l:missing;age:out_of_range"
    )
    assert (rows[2]["status"], rows[2]["hf_10y"], rows[2]["risk_30y"]) == ("ok", "", "")
    assert rows[2]["reasons"] == "uacr_mg_g:clamped;sbp_mmhg:warn;hf_10y:withheld;risk_30y:withheld"
    assert (summary.rows, summary.ok, summary.refused) == (3, 2, 1)
    assert summary.reasons == {
        "sex:invalid": 1,
        "cvd_history:excluded": 1,
        "sbp_mmhg:missing": 1,
        "total_cholesterol_mmol_l:missing": 1,
        "age:out_of_range": 1,
    }


def test_numbers_are_written_in_their_shortest_exact_form(run: Callable[..., Any], packs: Path) -> None:
    rows = run(f"{HEADER}\n" + "\n".join(f"{age},F,{age},140,never,24,30,," for age in range(40, 60)) + "\n")[1]
    for row in rows:
        assert repr(float(row["risk_10y"])) == row["risk_10y"]


def test_input_columns_come_out_as_they_were_written(run: Callable[..., Any], tmp_path: Path) -> None:
    lines = [
        'note,sex,age, sbp_mmhg ,smoker,"odd, name",bmi_kg_m2',
        '"a, ""b""",F,55.0, 140 ,never,=1+1,24.50',
        "李明,F,55,1.4e2,never,007,24.5",
    ]
    run("﻿" + "\r\n".join(lines) + "\r\n")
    written = (tmp_path / "out.csv").read_bytes().decode()
    ends = written.split("\r\n")
    assert ends[0] == lines[0] + ",risk_10y,hf_10y,risk_30y,band,status,reasons"
    assert ends[1].startswith(lines[1] + ",0.")
    assert ends[2].startswith(lines[2] + ",0.")
    assert ends[1].removeprefix(lines[1]) == ends[2].removeprefix(lines[2])
    assert ends[3] == ""


def test_a_name_that_is_taken_gets_the_pack_before_it_again_and_again(run: Callable[..., Any], tmp_path: Path) -> None:
    rows = run("sex,age,sbp_mmhg,smoker,risk_10y,band,status,toy.band\nF,55,140,never,0.5,mine,mine,mine\n")[1]
    added = list(rows[0])[8:]
    assert added == ["toy.risk_10y", "hf_10y", "risk_30y", "toy.toy.band", "toy.status", "reasons"]
    assert (rows[0]["risk_10y"], rows[0]["band"], rows[0]["toy.status"]) == ("0.5", "mine", "ok")
    again = run((tmp_path / "out.csv").read_text(encoding="utf-8"))[1]
    assert len(set(again[0])) == len(again[0]) == 20


def test_scoring_the_output_again_changes_no_number(run: Callable[..., Any], tmp_path: Path) -> None:
    first = run(f"{HEADER}\na,F,55,140,never,24,30,,\n")[1]
    second = run((tmp_path / "out.csv").read_text(encoding="utf-8"))[1]
    assert second[0]["toy.risk_10y"] == first[0]["risk_10y"]


@pytest.mark.parametrize("cell", ["nan", "inf", "1,5", "0x8c", "1_40", "140 mmHg", "１４０", "-", "1e999"])
def test_a_cell_that_is_no_number_is_invalid_and_never_guessed(run: Callable[..., Any], cell: str) -> None:
    rows = run(f'sex,age,sbp_mmhg,smoker\nF,55,"{cell}",never\nF,55,140,never\n')[1]
    assert (rows[0]["status"], rows[0]["reasons"]) == ("refused", "sbp_mmhg:invalid")
    assert rows[1]["status"] == "ok"


@pytest.mark.parametrize("cell", ["True", "1", "yes", "T"])
def test_only_true_and_false_are_truths(run: Callable[..., Any], cell: str) -> None:
    rows = run(f"sex,age,sbp_mmhg,smoker,cvd_history\nF,55,140,never,{cell}\nF,55,140,never,false\n")[1]
    assert rows[0]["reasons"] == "cvd_history:invalid"
    assert rows[1]["status"] == "ok"


def test_age_and_bmi_are_derived_from_their_parts(run: Callable[..., Any]) -> None:
    rows = run(
        "sex,birth_date,visit_date,sbp_mmhg,smoker,height_cm,weight_kg\n"
        "F,1960-05-17,2020-05-16,140,never,163,70\n"
        "F,1980,2020-06-15,140,never,163,seventy\n"
        "F,1980,2020-06-15,140,never,163,70\n"
    )[1]
    direct = run(f"sex,age,sbp_mmhg,smoker,bmi_kg_m2\nF,59,140,never,{70 / 1.63**2!r}\n")[1]
    assert (rows[0]["risk_10y"], rows[0]["hf_10y"]) == (direct[0]["risk_10y"], direct[0]["hf_10y"])
    assert rows[1]["reasons"] == "weight_kg:invalid"
    assert (rows[2]["status"], rows[2]["reasons"]) == ("ok", "age:warn")


def test_the_licence_note_comes_along_only_where_it_is_unclear(
    make_pack: MakePack, run: Callable[..., Any], tmp_path: Path
) -> None:
    text = "sex,age,sbp_mmhg,smoker\nF,55,140,never\n"
    assert run(text)[0].packs[0].licence_note is None
    make_pack({"licence": {"state": "unclear", "note": "Ask first."}}, folder=tmp_path / "unclear")
    library = PackLibrary([tmp_path / "unclear"])
    summary = assess_file("toy", tmp_path / "in.csv", tmp_path / "out.csv", library, load_dictionary())
    assert summary.packs[0].licence_note == "Ask first."
    assert summary.ok == 1


def test_category_outputs_are_written_as_codes(make_pack: MakePack, tmp_path: Path) -> None:
    document: dict[str, Any] = dict(make_pack().manifest.to_json())
    words = document["title"]
    document["outputs"] = [
        {"name": "class", "kind": "category", "label": words, "categories": ["thin", "normal", "heavy"]},
        {"name": "score", "kind": "points", "label": words},
    ]
    document["inputs"] = [{"field": "bmi_kg_m2", "as": "bmi", "required": True}]
    document["graph"] = {**document["graph"], "not_in_table": [], "inputs": [document["graph"]["inputs"][5]]}
    document.update(bands=[], exclusions=[], references={}, headline_output=None)
    make_pack(document=document, graph=_classes(), folder=tmp_path / "packs")
    (tmp_path / "in.csv").write_text("bmi_kg_m2\n17\n22\n\n31.5\n5\n")
    assess_file("toy", tmp_path / "in.csv", tmp_path / "out.csv", PackLibrary([tmp_path / "packs"]), load_dictionary())
    assert (tmp_path / "out.csv").read_text().splitlines() == [
        "bmi_kg_m2,class,score,band,status,reasons",
        "17,thin,17,,ok,",
        "22,normal,22,,ok,",
        "31.5,heavy,31.5,,ok,",
        "5,,,,refused,bmi_kg_m2:invalid",
    ]


def _classes() -> bytes:
    from onnx import TensorProto, helper, numpy_helper

    make = helper.make_node
    nodes = [
        make("GreaterOrEqual", ["bmi_kg_m2", "a"], ["over_a"]),
        make("GreaterOrEqual", ["bmi_kg_m2", "b"], ["over_b"]),
        make("Cast", ["over_a"], ["one"], to=TensorProto.DOUBLE),
        make("Cast", ["over_b"], ["two"], to=TensorProto.DOUBLE),
        make("Add", ["one", "two"], ["class"]),
        make("Identity", ["bmi_kg_m2"], ["score"]),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("bmi_kg_m2", TensorProto.DOUBLE, ["rows"])],
        [helper.make_tensor_value_info(name, TensorProto.DOUBLE, ["rows"]) for name in ("class", "score")],
        [numpy_helper.from_array(np.array(18.5), "a"), numpy_helper.from_array(np.array(25.0), "b")],
    )
    data: bytes = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10
    ).SerializeToString()
    return data


def test_many_rows_come_out_in_order_and_as_each_alone(run: Callable[..., Any]) -> None:
    random = np.random.default_rng(5)
    lines = [
        f"{row},{random.choice(['F', 'M', '', 'X'])},{random.integers(35, 85)},{random.normal(140, 25):.1f},"
        f"{random.choice(['never', 'current'])},{random.choice(['', '24', '45'])},30,,5.1"
        for row in range(40_000)
    ]
    rows = run("\n".join([HEADER, *lines]))[1]
    assert [row["id"] for row in rows] == [str(row) for row in range(40_000)]
    for row in (0, 1, 16_383, 16_384, 39_999):
        alone = run(f"{HEADER}\n{lines[row]}\n")[1]
        assert alone == [rows[row]]


def test_progress_ends_at_the_size_of_the_file(run: Callable[..., Any]) -> None:
    heard: list[tuple[int, int]] = []
    text = "sex,age,sbp_mmhg,smoker\n" + "F,55,140,never\n" * 100_000
    run(text, progress=lambda done, total: heard.append((done, total)))
    assert len(heard) > 2
    assert heard[-1] == (len(text), len(text))
    assert heard == sorted(heard)


Prepare = Callable[[Path], Any]


@pytest.mark.parametrize(
    ("prepare", "code"),
    [
        (lambda folder: (folder / "nowhere.csv", folder / "out.csv"), "csv_missing"),
        (lambda folder: (folder, folder / "out.csv"), "csv_is_folder"),
        (lambda folder: (folder / "in.csv", folder / "in.csv"), "output_is_input"),
        (lambda folder: (folder / "in.csv", folder / "sub" / ".." / "in.csv"), "output_is_input"),
        (lambda folder: (folder / "in.csv", folder / "sub"), "output_not_a_file"),
        (lambda folder: (folder / "in.csv", folder / "nowhere" / "out.csv"), "output_unwritable"),
        (lambda folder: (folder / "in.csv", folder / "in.csv" / "out.csv"), "output_unwritable"),
        (lambda folder: (folder / "bad.csv", folder / "out.csv"), "csv_row_width"),
    ],
)
def test_a_file_that_cannot_be_scored_leaves_nothing_behind(
    packs: Path, tmp_path: Path, prepare: Prepare, code: str
) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "in.csv").write_text("sex,age\nF,55\n")
    (tmp_path / "bad.csv").write_text("sex,age\n" + "F,55\n" * 300_000 + "F\n")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    source, target = prepare(tmp_path)
    with pytest.raises(InputError) as caught:
        assess_file("toy", source, target, PackLibrary([packs]), load_dictionary())
    assert caught.value.code == code
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_an_earlier_output_stays_when_the_new_one_fails(run: Callable[..., Any], tmp_path: Path) -> None:
    run("sex,age,sbp_mmhg,smoker\nF,55,140,never\n")
    earlier = (tmp_path / "out.csv").read_bytes()
    with pytest.raises(InputError):
        run("sex,age,sbp_mmhg,smoker\nF,55,140,never\nF\n")
    assert (tmp_path / "out.csv").read_bytes() == earlier


def test_an_unknown_pack_is_a_pack_error(packs: Path, tmp_path: Path) -> None:
    with pytest.raises(PackError, match="pack_unknown"):
        assess_file("other", tmp_path / "in.csv", tmp_path / "out.csv", PackLibrary([packs]), load_dictionary())


def test_a_stop_leaves_nothing_behind(run: Callable[..., Any], tmp_path: Path) -> None:
    cancel = CancelToken()
    text = "sex,age,sbp_mmhg,smoker\n" + "F,55,140,never\n" * 200_000
    with pytest.raises(Cancelled):
        run(text, cancel=cancel, progress=lambda done, total: cancel.cancel())
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are a POSIX thing")
def test_a_full_disk_is_one_sentence_and_leaves_nothing_behind(packs: Path, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("sex,age,sbp_mmhg,smoker\n" + "F,55,140,never\n" * 50_000)
    script = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from engine.errors import InputError\n"
        "from engine.fields import load_dictionary\n"
        "from engine.packs import PackLibrary\n"
        "from engine.workflows.assess_file import assess_file\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"  # writing beyond it fails as a full disk does
        "folder = Path(sys.argv[1])\n"
        "try:\n"
        "    library = PackLibrary([Path(sys.argv[2])])\n"
        "    assess_file('toy', folder / 'in.csv', folder / 'out.csv', library, load_dictionary())\n"
        "except InputError as error:\n"
        "    print(error.code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path), str(packs)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["output_unwritable"]
    assert done.stderr == ""
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def assess_shipped(pack_id: str, source: Path) -> list[dict[str, str]]:
    target = source.with_name("scored.csv")
    assess_file(pack_id, source, target, PackLibrary.shipped(), load_dictionary())
    with target.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


CODES = {
    pack.manifest.id: {output.name for output in pack.manifest.outputs if output.categories}
    for pack in PackLibrary.shipped().all()
}
PUBLISHED = [pack.manifest.id for pack in PackLibrary.shipped().all() if pack.manifest.training is None]


@pytest.mark.shared
@pytest.mark.parametrize("pack_id", PUBLISHED)
def test_published_people_come_out_of_the_file_with_the_published_numbers(
    shared: Path, tmp_path: Path, pack_id: str
) -> None:
    source = tmp_path / "people.csv"
    source.write_bytes((shared / "reference" / "vectors" / f"{pack_id}.csv").read_bytes())
    rows = assess_shipped(pack_id, source)
    compared = 0
    for row in rows:
        for name, expected in row.items():
            output = name.removeprefix("expected_")
            if name.startswith("expected_") and expected:
                if output == "band":
                    assert row["band"] == expected
                elif output in CODES[pack_id]:
                    assert row[output] == expected
                else:
                    assert abs(float(row[output]) - float(expected)) <= float(row["tolerance"])
                compared += 1
    assert compared >= len(rows) >= 4


@pytest.mark.shared
def test_given_edges_come_out_of_the_file_as_given(shared: Path, tmp_path: Path) -> None:
    cases = json.loads((shared / "reference" / "vectors" / "edges_examples.json").read_text(encoding="utf-8"))["cases"]
    for pack_id in PackLibrary.shipped().ids():
        mine = [case for case in cases if case["equation"] == pack_id]
        if not mine:
            continue
        fields = list(dict.fromkeys(field for case in mine for field in case["inputs"]))
        table = [[_cell(case["inputs"].get(field)) for field in fields] for case in mine]
        source = tmp_path / "edges.csv"
        with source.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([fields, *table])
        for case, row in zip(mine, assess_shipped(pack_id, source), strict=True):
            expected = case["expect"]
            told = set(row["reasons"].split(";")) - {""}
            assert row["status"] == expected["status"], case["id"]
            if row["status"] == "refused":
                assert told == {f"{each['field']}:{each['reason']}" for each in expected["problems"]}, case["id"]
                continue
            for name, value in expected["outputs"].items():
                assert abs(float(row[name]) - value) <= expected["tolerance"], case["id"]
            assert {f"{field}:clamped" for field in expected.get("clamped", ())} <= told, case["id"]
            assert {f"{name}:withheld" for name in expected.get("withheld", ())} <= told, case["id"]


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
