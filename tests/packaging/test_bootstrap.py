"""The two commands, run for real on a small checkout: a real virtual environment, real pip, no network."""

from __future__ import annotations

import ast
import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.packaging.scripts import PACKAGING, load

BOOTSTRAP = PACKAGING / "bootstrap.py"
SCRIPTS = ("bootstrap.py", "environment.py", "system.py")
PROGRAM = """
import sys, lamp
def main() -> int:
    print(lamp.LIGHT, *sys.argv[1:])
    return 7
"""
WINDOW = """
import sys, lamp
def main() -> int:
    print("window", lamp.LIGHT, *sys.argv[1:])
    return 9
if __name__ == "__main__":
    sys.exit(main())
"""
NO_SCREEN = {"DISPLAY": "", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": ""}


@dataclass(frozen=True)
class Checkout:
    """A small project around the real bootstrap.py, with a folder of wheels instead of an index."""

    folder: Path
    wheels: Path

    def start(
        self, *arguments: str, wheels: bool = True, extra: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "COV"))}
        environment |= {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, "PYTHONUTF8": "1", **(extra or {})}
        if wheels:
            environment["PIP_FIND_LINKS"] = str(self.wheels)
        command = [sys.executable, str(self.folder / "packaging" / "bootstrap.py"), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", check=False)

    @property
    def stamp(self) -> Path:
        return self.folder / ".venv" / "lantern-stamp.json"

    def copy_to(self, folder: Path) -> Checkout:
        shutil.copytree(self.folder, folder, symlinks=True)
        return Checkout(folder, self.wheels)


def write_wheel(folder: Path, name: str, files: Mapping[str, str]) -> str:
    """Write a wheel of version 1 and return its SHA-256."""
    folder.mkdir(exist_ok=True)
    wheel = folder / f"{name}-1-py3-none-any.whl"
    info = {
        f"{name}-1.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n",
        f"{name}-1.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    with zipfile.ZipFile(wheel, "w") as archive:
        for file, text in {**files, **info}.items():
            archive.writestr(file, text)
            checksum = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            record += f"{file},sha256={checksum},{len(text)}\n"
        archive.writestr(f"{name}-1.dist-info/RECORD", record)
    return hashlib.sha256(wheel.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout in a folder with a space and letters of two scripts, installed once."""
    folder = tmp_path_factory.mktemp("places") / "乡村 clinic é"
    wheels = folder.parent / "wheels"
    digest = write_wheel(wheels, "lamp", {"lamp.py": "LIGHT = 'light'\n"})
    (folder / "packaging" / "requirements").mkdir(parents=True)
    for script in SCRIPTS:
        shutil.copy(PACKAGING / script, folder / "packaging")
    for name in ("app", "test"):
        requirements = folder / "packaging" / "requirements" / f"{name}.txt"
        requirements.write_text(f"lamp==1 --hash=sha256:{digest}\n", encoding="utf-8")
    (folder / "engine").mkdir()
    (folder / "engine" / "__init__.py").touch()
    (folder / "engine" / "program.py").write_text(PROGRAM, encoding="utf-8")
    (folder / "desktop").mkdir()
    (folder / "desktop" / "__init__.py").touch()
    (folder / "desktop" / "__main__.py").write_text(WINDOW, encoding="utf-8")
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "lantern"\nversion = "0.1"\n[project.scripts]\nlantern = "engine.program:main"\n'
        '[project.gui-scripts]\nlantern-desktop = "desktop.__main__:main"\n',
        encoding="utf-8",
    )
    checkout = Checkout(folder, wheels)
    answer = checkout.start("--install-only")
    assert answer.returncode == 0, answer.stderr
    return checkout


def test_the_command_is_forwarded_with_its_arguments_and_exit_code(installed: Checkout) -> None:
    answer = installed.start("lantern", "assess", "--help", "血压 a.csv")
    assert answer.returncode == 7
    assert answer.stdout == "light assess --help 血压 a.csv\n"
    assert answer.stderr == ""


def test_the_launcher_works_from_any_folder(installed: Checkout, tmp_path: Path) -> None:
    launcher = installed.folder / ".venv" / ("Scripts/lantern.exe" if sys.platform == "win32" else "bin/lantern")
    answer = subprocess.run([str(launcher), "x"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stdout) == (7, "light x\n")


def test_modules_of_the_persons_own_python_are_not_picked_up(installed: Checkout, tmp_path: Path) -> None:
    (tmp_path / "lamp.py").write_text("LIGHT = 'dark'\n", encoding="utf-8")
    assert installed.start("lantern", extra={"PYTHONPATH": str(tmp_path)}).stdout == "light\n"


def test_run_does_the_main_job_into_the_folder_asked_for(installed: Checkout, tmp_path: Path) -> None:
    answer = installed.start("run", "--headless", "--out", str(tmp_path / "报告"))
    assert answer.stdout == f"light practice --out {tmp_path / '报告'}\n"
    assert str(tmp_path / "报告") in answer.stderr


def test_the_window_has_a_launcher_of_its_own(installed: Checkout) -> None:
    name = "Scripts/lantern-desktop.exe" if sys.platform == "win32" else "bin/lantern-desktop"
    answer = subprocess.run([str(installed.folder / ".venv" / name), "x"], capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stdout) == (9, "window light x\n")


def test_run_opens_the_window_on_a_practice_clinic(installed: Checkout, tmp_path: Path) -> None:
    answer = installed.start("run", extra=NO_SCREEN | {"QT_QPA_PLATFORM": "offscreen"})
    assert (answer.returncode, answer.stdout) == (9, "window light --practice\n")
    answer = installed.start(
        "run", "--language", "zh", "--data", str(tmp_path / "数据"), extra=NO_SCREEN | {"DISPLAY": ":9"}
    )
    assert answer.stdout == f"window light --practice --language zh --data {tmp_path / '数据'}\n"


def test_run_without_a_window_names_a_new_folder_in_the_checkout(installed: Checkout) -> None:
    answer = installed.start("run", "--headless", extra=NO_SCREEN | {"DISPLAY": ":9"})
    assert answer.stdout.startswith(f"light practice --out {installed.folder / 'out' / 'practice-'}")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a screen")
def test_run_without_a_screen_says_so_in_one_line_and_does_the_main_job(installed: Checkout) -> None:
    answer = installed.start("run", extra=NO_SCREEN)
    assert answer.stdout.startswith(f"light practice --out {installed.folder / 'out' / 'practice-'}")
    assert [line for line in answer.stderr.splitlines() if "screen" in line] != []
    assert len(answer.stderr.splitlines()) == 2


def test_a_second_run_installs_nothing_and_needs_no_wheels(installed: Checkout) -> None:
    before = installed.stamp.stat()
    answer = installed.start("--install-only", wheels=False)
    assert answer.returncode == 0
    assert "Installing" not in answer.stderr
    assert installed.stamp.stat().st_mtime_ns == before.st_mtime_ns


def test_a_moved_checkout_works_without_network(installed: Checkout, tmp_path: Path) -> None:
    moved = installed.copy_to(tmp_path / "搬 moved")
    (moved.folder / "engine" / "program.py").write_text(PROGRAM.replace("7", "8"), encoding="utf-8")
    answer = moved.start("lantern", wheels=False)
    assert answer.returncode == 8, answer.stderr


def test_an_interrupted_installation_is_made_anew(installed: Checkout, tmp_path: Path) -> None:
    broken = installed.copy_to(tmp_path / "broken")
    broken.stamp.unlink()
    for file in (broken.folder / ".venv").rglob("lamp.py"):
        file.unlink()
    answer = broken.start("lantern")
    assert (answer.returncode, answer.stdout) == (7, "light\n")
    assert broken.stamp.exists()


def test_a_package_with_another_hash_is_refused_and_the_next_start_recovers(
    installed: Checkout, tmp_path: Path
) -> None:
    checkout = installed.copy_to(tmp_path / "altered")
    requirements = checkout.folder / "packaging" / "requirements" / "app.txt"
    right = requirements.read_text(encoding="utf-8")
    write_wheel(tmp_path / "wheels", "other", {"other.py": ""})
    requirements.write_text(right + f"other==1 --hash=sha256:{'0' * 64}\n", encoding="utf-8")
    elsewhere = Checkout(checkout.folder, tmp_path / "wheels")
    refused = elsewhere.start("lantern")
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr.rstrip().splitlines()[-1].startswith("The packages could not be installed.")
    assert "Traceback" not in refused.stderr
    assert not checkout.stamp.exists()
    requirements.write_text(right, encoding="utf-8")
    assert checkout.start("lantern").returncode == 7


def test_new_requirements_are_installed_over_the_old_ones(installed: Checkout, tmp_path: Path) -> None:
    checkout = installed.copy_to(tmp_path / "newer")
    digest = write_wheel(tmp_path / "wheels", "other", {"other.py": ""})
    requirements = checkout.folder / "packaging" / "requirements" / "app.txt"
    requirements.write_text(f"other==1 --hash=sha256:{digest}\n", encoding="utf-8")
    assert Checkout(checkout.folder, tmp_path / "wheels").start("--install-only").returncode == 0
    assert list((checkout.folder / ".venv").rglob("other.py"))
    assert checkout.start("lantern", wheels=False).returncode == 7


def test_the_stamp_of_another_python_does_not_count(installed: Checkout, tmp_path: Path) -> None:
    checkout = installed.copy_to(tmp_path / "older")
    stamp = json.loads(checkout.stamp.read_text(encoding="utf-8"))
    checkout.stamp.write_text(json.dumps({**stamp, "python": "3.10"}), encoding="utf-8")
    assert load(checkout.folder / "packaging" / "bootstrap.py").VENV.read_stamp() == {}


@pytest.mark.parametrize("damage", ["", "{", "[]", "{}", '{"base": 3}'])
def test_a_damaged_stamp_does_not_count(installed: Checkout, tmp_path: Path, damage: str) -> None:
    checkout = installed.copy_to(tmp_path / "damaged")
    checkout.stamp.write_text(damage, encoding="utf-8")
    assert load(checkout.folder / "packaging" / "bootstrap.py").VENV.read_stamp() == {}


def test_an_older_python_can_read_the_script_and_is_refused_kindly() -> None:
    source = BOOTSTRAP.read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 6))
    pretend = (
        "import sys; sys.version_info = (3, 9, 18, 'final', 0); exec(compile(open(sys.argv[1]).read(), 'b', 'exec'))"
    )
    answer = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", pretend, str(BOOTSTRAP)], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 1
    assert answer.stderr.startswith("Lantern needs Python 3.11, 3.12 or 3.13, and this is Python 3.9")


def test_a_folder_that_cannot_be_written_stops_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "gone" / "packaging").mkdir(parents=True)
    for script in SCRIPTS:
        shutil.copy(PACKAGING / script, tmp_path / "gone" / "packaging")
    environment = load(tmp_path / "gone" / "packaging" / "environment.py")
    shutil.rmtree(tmp_path / "gone")
    with pytest.raises(environment.Stop, match=r"cannot be written .* Copy it"):
        environment.check_folder()


def test_a_full_disk_stops_before_anything_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = load(PACKAGING / "environment.py")
    monkeypatch.setattr(environment, "NEEDED_BYTES", 10**18)
    with pytest.raises(environment.Stop, match="Make room"):
        environment.check_folder()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux leaves Qt's libraries to the system")
def test_system_libraries_are_looked_for_with_the_loader(monkeypatch: pytest.MonkeyPatch) -> None:
    system = load(PACKAGING / "system.py")
    monkeypatch.setattr(system, "QT_LIBRARIES", {"libc.so.6": "libc6", "libnone.so.9": "libnone9"})
    assert system.missing_libraries() == ["libnone.so.9"]


def test_all_steps_run_even_when_one_fails(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    bootstrap = load(BOOTSTRAP)
    monkeypatch.setattr(bootstrap.VENV, "python", Path(sys.executable))
    steps = {"First": ["-c", "raise SystemExit(3)"], "Second": ["-c", "print('3 passed in 0.1s')"]}
    assert bootstrap.run_steps(steps) == 1
    assert bootstrap.run_steps({"Second": steps["Second"]}) == 0
    told = capfd.readouterr().out
    assert "FAILED  First" in told
    assert "ok      Second" in told
    assert "3 passed" in told


def test_the_test_command_checks_everything_and_hands_the_rest_to_pytest() -> None:
    bootstrap = load(BOOTSTRAP)
    assert list(bootstrap.test_steps([]))[:4] == ["Lint", "Format", "Types", "Import contracts"]
    assert {"Tests", "Coverage"} <= bootstrap.test_steps([]).keys()
    known, rest = bootstrap.arguments_of(["test", "--", "-k", "import", "--nightly"])
    assert (known.command, rest) == ("test", ["-k", "import", "--nightly"])
    assert bootstrap.test_steps(rest)["Tests"] == ["-m", "pytest", "-k", "import", "--nightly"]


@pytest.mark.parametrize("argv", [["run", "--no-such"], ["walk"], []])
def test_a_wrong_command_line_is_a_usage_error(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        load(BOOTSTRAP).arguments_of(argv)
    assert stopped.value.code == 2
    told = capsys.readouterr()
    assert "usage: bootstrap.py" in told.out + told.err


@pytest.mark.parametrize("argv", [["--install-only"], ["run", "--install-only"], ["test", "--install-only"]])
def test_install_only_goes_with_every_command(argv: list[str]) -> None:
    known, rest = load(BOOTSTRAP).arguments_of(argv)
    assert known.install_only
    assert rest == []
