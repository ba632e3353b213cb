"""How training ends by the real command: stopped, killed, refused, without room on the disk, or with a draft."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from engine.cli.output import ACCESS, PACK, REFUSED, STOPPED
from engine.domain.ports import SystemClock
from engine.packs import read_pack
from engine.workflows.clinics import open_clinic
from tests.end_to_end.command import Clinic, lantern, says
from tests.engine.workflows.followed_clinic import PASSPHRASE, make_clinic
from tests.engine.workflows.tables import people, table, write

ROOT = Path(__file__).resolve().parents[2]
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="looks at the processes of Linux")


def command(folder: Path) -> list[str]:
    """Train for long on a table in a folder."""
    data = folder / "people.csv" if (folder / "people.csv").exists() else table(folder, 2000)
    words = ["train", "--input", str(data), "--outcome", "ill", "--output", str(folder / "model")]
    return [sys.executable, "-m", "engine.cli", *words]


def workers_of(parent: int) -> list[int]:
    """The workers of a process that train; of a gone one those that outlived it."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, father, *_ = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
            words = (stat.parent / "cmdline").read_bytes().split(b"\0")
            if int(father) == parent and b"train" in words and b"engine.workers" in words and state != "Z":
                found.append(int(stat.parent.name))
    return found


def started(folder: Path) -> tuple[subprocess.Popen[str], int]:
    """Start the command as a shell does, in a group of its own; return it with its worker once that works."""
    process = subprocess.Popen(
        command(folder), cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while not (found := workers_of(process.pid)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(1.5)  # in the middle of it
    return process, found[0]


def gone(process_id: int) -> bool:
    """Whether a process ends within a few seconds; one that nobody waited for counts as ended."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            if (Path("/proc") / str(process_id) / "stat").read_text(encoding="utf-8").rpartition(")")[2][1] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


def nothing_but_the_table(folder: Path) -> bool:
    return [each.name for each in folder.iterdir()] == ["people.csv"]


@linux_only
def test_ctrl_c_ends_it_at_once_with_one_sentence_and_nothing_left(tmp_path: Path) -> None:
    process, worker = started(tmp_path)
    began = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the command and its worker
    out, err = process.communicate(timeout=30)
    assert time.monotonic() - began < 10
    assert (process.returncode, out) == (STOPPED, "")
    assert says(err.strip(), "cli.stopped"), err
    assert gone(worker)
    assert nothing_but_the_table(tmp_path)


@linux_only
def test_killed_in_the_middle_its_worker_goes_with_it(tmp_path: Path) -> None:
    process, worker = started(tmp_path)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)
    assert gone(worker)
    assert nothing_but_the_table(tmp_path)


@linux_only
def test_where_the_system_kills_the_worker_the_command_says_so(tmp_path: Path) -> None:
    process, worker = started(tmp_path)
    os.kill(worker, signal.SIGKILL)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (REFUSED, "")
    assert says(err.strip(), "error.learning_out_of_memory"), err
    assert nothing_but_the_table(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="a limit of POSIX systems")
def test_without_room_on_the_disk_it_is_one_sentence_and_nothing_half_made(tmp_path: Path) -> None:
    rows = [row[:3] + row[-1:] for row in people(300)]
    write(tmp_path / "people.csv", ("age", "sex", "pressure", "ill"), rows)
    script = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"  # writing beyond it fails as a full disk does
        "from engine.cli.__main__ import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    words = [*command(tmp_path)[3:], "--anyway"]
    done = subprocess.run([sys.executable, "-c", script, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == PACK, done.stderr
    assert says(done.stderr.splitlines()[-1], "error.pack_unwritable"), done.stderr
    assert nothing_but_the_table(tmp_path)


def repeated(values: Sequence[object], count: int = 40) -> list[list[object]]:
    return [[30 + each % 7, values[each % len(values)], each % 2] for each in range(count)]


@pytest.mark.parametrize(
    ("rows", "key"),
    [
        ([[30, 1, 1]] * 40, "learning_one_class"),
        (repeated([1, 2, 3], 10), "learning_few_rows"),
        ([[5, 7, each % 2] for each in range(40)], "learning_no_columns"),
        (repeated([1.5, 2.5, "inf"]), "learning_infinite"),
        (repeated([*range(35), "high", "low", "x", "y", "z"]), "learning_mixed_column"),
        ([[30 + each % 7, each % 2, each % 2] for each in range(40)], ""),
    ],
)
def test_a_bad_table_is_a_sentence_and_leaves_nothing(tmp_path: Path, rows: list[list[object]], key: str) -> None:
    data = write(tmp_path / "people.csv", ("age", "value", "ill"), rows)
    done = lantern("train", "--input", data, "--outcome", "ill", "--output", tmp_path / "model")
    assert (done.code, done.out) == (REFUSED, "")
    if key:
        assert says(done.err.strip(), f"error.{key}"), done.err
    else:  # the outcome stands among the predictors too: it is left out, and the rest is too little
        assert "value" in done.err.splitlines()[0]
        assert says(done.err.splitlines()[-1], "cli.train_anyway"), done.err
    assert nothing_but_the_table(tmp_path)


def test_a_million_rows_are_refused_within_the_memory(tmp_path: Path) -> None:
    with (tmp_path / "people.csv").open("w", encoding="utf-8") as file:
        file.write("age,value,ill\n" + "30,1,0\n31,2,1\n" * 500_000)
    script = (
        "import resource, sys\n"
        "from engine.cli.__main__ import main\n"
        "code = main(sys.argv[1:])\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, code)\n"
    )
    words = command(tmp_path)[3:]
    done = subprocess.run([sys.executable, "-c", script, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    kilobytes, code = map(int, done.stdout.split())
    assert code == REFUSED
    assert says(done.stderr.strip(), "error.table_too_many_rows"), done.stderr
    assert kilobytes < 500_000
    assert nothing_but_the_table(tmp_path)


@pytest.fixture
def clinic(tmp_path: Path) -> Clinic:
    """A clinic with a record to learn from."""
    passphrase = tmp_path / "passphrase.txt"
    passphrase.write_text(PASSPHRASE, encoding="utf-8")
    return Clinic(make_clinic(tmp_path), passphrase)


def test_a_model_of_the_record_is_a_draft_of_the_clinic_or_a_folder_that_it_signs(
    clinic: Clinic, tmp_path: Path
) -> None:
    asked = ("--outcome", "declared:diabetes", "--horizon", 3.9, "--predictors", "sbp_mmhg,smoker", "--anyway")
    told = clinic.run("train", *asked, "--name", "diabetes_here", "--json")
    assert told.code == 0, told.err
    assert (told.json["pack"]["id"], told.json["pack"]["stage"]) == ("diabetes_here", "draft")
    (draft,) = clinic.run("models", "list", "--json").json
    assert (draft["origin"], draft["stage"]) == ("made_here", "draft")
    begun = clinic.run("models", "shadow", "diabetes_here", "--json").json
    assert (begun["outcome"], begun["threshold"]) == ("diabetes", told.json["training"]["threshold"])
    both = clinic.run("train", *asked, "--name", "a", "--output", tmp_path / "signed_here")
    assert says(both.err.strip(), "error.train_name"), both.err
    assert clinic.run("train", *asked, "--output", tmp_path / "signed_here").code == 0
    signature = json.loads((tmp_path / "signed_here" / "signature.json").read_text(encoding="utf-8"))
    added = clinic.run("models", "add", tmp_path / "signed_here", "--json").json
    assert (added["origin"], len(signature["key"])) == ("made_here", 64)
    (tmp_path / "signed_here" / "signature.json").unlink()
    assert read_pack(tmp_path / "signed_here").manifest.made_by.signed == "local"


@linux_only
def test_a_clinic_that_is_open_elsewhere_when_training_ends_gets_its_model_once_it_is_closed(clinic: Clinic) -> None:
    where = ["--clinic", str(clinic.folder), "--passphrase-file", str(clinic.passphrase_file), "--name", "late"]
    asked = ["--outcome", "declared:diabetes", "--horizon", "3.9", "--predictors", "sbp_mmhg,smoker", "--anyway"]
    process = subprocess.Popen(
        [sys.executable, "-m", "engine.cli", "train", *where, *asked], cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    while not workers_of(process.pid):
        assert process.poll() is None
        time.sleep(0.05)
    assert process.stderr is not None
    with open_clinic(clinic.folder, PASSPHRASE, SystemClock()):
        assert any(says(line.strip(), "cli.train_waits") for line in process.stderr)
    assert process.wait(timeout=60) == 0
    process.stderr.close()
    assert [each["id"] for each in clinic.run("models", "list", "--json").json] == ["late"]


def test_who_may_not_keep_models_is_told_before_anything_is_read(clinic: Clinic, tmp_path: Path) -> None:
    first, second = tmp_path / "first.txt", tmp_path / "second.txt"
    first.write_text("a word to begin with", encoding="utf-8")
    second.write_text("a word of her own", encoding="utf-8")
    owner = clinic.run("users", "list", "--json").json[0]["id"]
    added = clinic.run("users", "add", "Ben", "--role", "clinician", "--new-passphrase-file", first)
    assert added.code == 0, added.err
    changed = Clinic(clinic.folder, first).run("users", "password", "--user", "Ben", "--new-passphrase-file", second)
    assert changed.code == 0, changed.err
    asked = ("--outcome", "declared:diabetes", "--horizon", 3.9)
    done = Clinic(clinic.folder, second).run("train", "--user", "Ben", *asked)
    assert done.code == ACCESS, done.err
    audit = clinic.run("audit", "--user", owner, "--json")
    assert "studio.read" not in audit.out
