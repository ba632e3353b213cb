"""``lantern --self-test``: a whole program says so, a broken one says what is broken, and nothing stays behind."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from engine.domain.ports import SystemClock
from engine.fields import load_dictionary
from engine.packs import PackLibrary
from engine.packs.cases import read_cases
from engine.resources import resources_folder
from engine.risk.predictors import Predictors
from engine.workers.limits import Guard, Limits
from engine.workers.messages import MAGIC
from engine.workflows.self_test import STEPS, Step, self_test, wrong_cases
from tests.end_to_end.command import lantern, says

CLOCK = SystemClock()


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the self-test makes its own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    return tmp_path / "temporary"


@pytest.fixture
def few_packs(tmp_path: Path) -> Path:
    """A folder with one shipped pack."""
    shutil.copytree(resources_folder() / "models" / "findrisc", tmp_path / "models" / "findrisc")
    return tmp_path / "models"


def ended(**given: object) -> dict[str, Step]:
    return {step.name: step for step in self_test(CLOCK, **given)}  # type: ignore[arg-type]  # the arguments of one call


def test_a_whole_program_says_so_line_by_line_and_leaves_nothing(temporary: Path) -> None:
    done = lantern("--self-test")
    *lines, last = done.out.splitlines()
    assert (done.code, done.err) == (0, "")
    assert len(lines) == len(STEPS)
    assert all(line.startswith("ok ") and " s  " in line for line in lines)
    assert says(last, "self_test.passed")
    assert "memory " in lines[STEPS.index("worker")]
    assert list(temporary.iterdir()) == []


def test_programs_read_what_was_found(temporary: Path) -> None:
    done = lantern("--self-test", "--json")
    steps = {step["step"]: step for step in done.json["steps"]}
    assert (done.code, done.json["ok"], done.json["version"]) == (0, True, version("lantern"))
    assert tuple(steps) == STEPS
    assert steps["worker"]["facts"].keys() == {str(guard) for guard in Guard}
    packs = [path for path in (resources_folder() / "models").iterdir() if path.is_dir()]
    assert steps["packs"]["facts"]["packs"] == len(packs)
    assert steps["packs"]["facts"]["cases"] >= 5 * len(packs)
    assert steps["import"]["facts"]["visits"] > 100
    assert steps["report"]["facts"]["reports"] == 2


def test_what_is_broken_is_named_and_the_rest_is_tried_all_the_same(temporary: Path, few_packs: Path) -> None:
    graph = few_packs / "findrisc" / "model.onnx"
    graph.write_bytes(graph.read_bytes() + b"\0")
    steps = ended(predictors=Predictors(PackLibrary([few_packs]), load_dictionary()))
    assert tuple(steps) == STEPS
    assert {name: step.fault for name, step in steps.items() if not step.ok} == dict.fromkeys(
        ("packs", "assess"), "pack_altered"
    )
    assert steps["import"].ok
    assert steps["report"].ok  # a page says that there is no number
    assert steps["tidy"].ok
    assert list(temporary.iterdir()) == []


def test_a_workbook_that_is_gone_fails_its_step_and_those_that_build_on_it(temporary: Path, tmp_path: Path) -> None:
    steps = ended(workbook=tmp_path / "gone.xlsx")
    assert steps["import"].fault == "file_missing"
    assert [name for name, step in steps.items() if not step.ok] == ["import", "assess", "report"]
    assert steps["report"].fault == "StopIteration"
    assert list(temporary.iterdir()) == []


def test_without_a_clinic_every_step_that_needs_one_says_so(temporary: Path) -> None:
    temporary.rmdir()
    steps = ended()
    assert steps["clinic"].fault == "FileNotFoundError"
    assert {steps[name].fault for name in ("import", "assess", "report", "refuse")} == {"self_test_no_clinic"}
    assert steps["tidy"].ok


def test_a_failed_self_test_ends_with_code_one(temporary: Path) -> None:
    temporary.rmdir()
    done = lantern("--self-test")
    assert done.code == 1
    assert sum(line.startswith("FAILED") for line in done.out.splitlines()) == 5
    assert says(done.out.splitlines()[-1], "self_test.failed")


def test_a_self_test_that_is_stopped_leaves_nothing(temporary: Path) -> None:
    running = self_test(CLOCK)
    while next(running).name != "clinic":
        pass
    assert list(temporary.iterdir()) != []
    running.close()
    assert list(temporary.iterdir()) == []


def test_a_number_or_band_that_is_not_the_published_one_is_found() -> None:
    predictors = Predictors(PackLibrary.shipped(), load_dictionary())
    cases = read_cases(predictors.library.get("score2"), predictors.dictionary)
    assert not wrong_cases(cases, predictors, "score2").any()
    output, expected = next(iter(cases.numbers.items()))
    row = int(np.flatnonzero(~np.isnan(expected))[0])
    moved = expected.copy()
    moved[row] += 2 * cases.tolerance[row]
    assert wrong_cases(replace(cases, numbers={output: moved}), predictors, "score2").nonzero()[0].tolist() == [row]
    bands = ("no such band", *cases.bands[1:])
    assert wrong_cases(replace(cases, bands=bands), predictors, "score2").nonzero()[0].tolist() == [0]


def test_the_version_is_that_of_the_installation() -> None:
    assert lantern("--version").out == f"lantern {version('lantern')}\n"
    assert lantern("--version", "--json").json == {"version": version("lantern")}


def test_the_command_is_a_worker_when_its_first_word_says_so() -> None:
    """As a frozen program starts it: no ``-m engine.workers`` there."""
    command = [sys.executable, "-m", "engine.cli", "worker", "probe", Limits().to_text()]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")
    assert out.startswith(MAGIC)
    assert b'"ready"' in out


def test_a_worker_that_is_started_wrong_says_nothing_and_ends() -> None:
    done = lantern("worker", "probe")
    assert (done.code, done.out, done.err) == (64, "", "")


def test_a_worker_of_the_command_takes_its_limits_before_numpy_is_loaded() -> None:
    program = "import sys, engine.cli.__main__; print(sorted({'numpy', 'onnxruntime', 'openpyxl'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
