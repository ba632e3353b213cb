"""The bundle and its package: what goes in, what stays out, how they are tried. The nightly part makes them."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from engine.intake.readers.registry import FILES, READERS
from engine.workers.kinds import KINDS
from engine.workers.limits import Limits
from tests.packaging.scripts import PACKAGING, load

BUNDLE, BUILD, DEB = (load(PACKAGING / f"{name}.py") for name in ("bundle", "build", "deb"))
SMOKE, SYSTEM = (load(PACKAGING / f"{name}.py") for name in ("smoke", "system"))
DPKG_DEB = shutil.which("dpkg-deb") or ""
debian = pytest.mark.skipif(not DPKG_DEB, reason="a Debian package is made where dpkg-deb is")

# Imports all that ships while what stays out cannot be imported, as in the bundle.
WITHOUT_EXCLUDES = """
import importlib, pkgutil, sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if any(name == out or name.startswith(out + ".") for out in OUT):
            raise ModuleNotFoundError(name, name=name)

OUT = sys.argv[1:]
sys.meta_path.insert(0, Refuse())
for top in ("engine", "desktop"):
    package = importlib.import_module(top)
    for module in pkgutil.walk_packages(package.__path__, top + ".", onerror=lambda name: None):
        if not module.name.startswith(("engine.risk.equations", "engine.risk.plausible.making")):
            importlib.import_module(module.name)
for library in ("PIL", "onnxruntime", "openpyxl", "pydicom", "pypdfium2", "pypinyin", "sqlcipher3", "typst"):
    importlib.import_module(library)
"""


# What goes in


def test_what_is_named_exists() -> None:
    assert all(importlib.util.find_spec(name) for name in BUNDLE.hidden_imports())
    assert set(BUNDLE.hidden_imports()) == {*KINDS.values(), *READERS, *FILES}
    assert all(source.exists() for source, _ in BUNDLE.DATAS)
    for script in BUNDLE.PROGRAMS.values():
        (entry,) = re.findall(r"^from ([\w.]+) import main$", script.read_text(encoding="utf-8"), re.MULTILINE)
        assert importlib.util.find_spec(entry), entry


def test_all_data_lies_in_the_folder_that_ships(checkout: Path) -> None:
    files = [file for room in ("engine", "desktop") for file in (checkout / room).rglob("*") if file.is_file()]
    data = {file.name for file in files if file.suffix != ".py" and file.parent.name != "__pycache__"}
    assert data <= {"DECISIONS.md", "PACKS.md"}


def test_the_program_works_without_what_stays_out() -> None:
    command = [sys.executable, "-c", WITHOUT_EXCLUDES, *BUNDLE.EXCLUDES]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_nothing_that_runs_packs_is_left_out() -> None:
    needed = {"numpy", "onnxruntime", "openpyxl", "pypinyin", "sqlcipher3", "typst", "cryptography", "platformdirs"}
    assert not needed & set(BUNDLE.EXCLUDES)
    assert set(BUNDLE.PLUGINS["platforms"]) >= {"qoffscreen", "qxcb", "qwayland", "qwindows", "qcocoa"}
    assert "cupsprintersupport" in BUNDLE.PLUGINS["printsupport"]


def run_spec(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Any]]:
    """Run ``app.spec`` as PyInstaller does, with stand-ins that write down what they are asked."""
    asked: dict[str, list[Any]] = {"Analysis": [], "PYZ": [], "EXE": [], "COLLECT": []}

    class Analysis:
        pure: Sequence[object] = ()
        binaries = (("libx.so", "/somewhere/libx.so", "BINARY"),)
        datas = (("PySide6/Qt/translations/qt_de.qm", "/somewhere/qt_de.qm", "DATA"),)
        scripts = (("pyi_rth", "", "PYSOURCE"), ("console", "", "PYSOURCE"), ("window", "", "PYSOURCE"))

        def __init__(self, *arguments: object, **named: object) -> None:
            asked["Analysis"].append((arguments, named))

    def stand_in(kind: str) -> Any:
        return lambda *arguments, **named: asked[kind].append((arguments, named))

    modules: dict[str, dict[str, Any]] = {
        "bindepend": {"get_imports": lambda file: ()},
        "hooks": {
            "copy_metadata": lambda name: [(name, name)],
            "collect_data_files": lambda name: [(f"{name}/version.json", name)],
            "collect_dynamic_libs": lambda name: [(f"{name}/libx.so", name)],
        },
    }
    for place, names in (("PyInstaller.depend.bindepend", "bindepend"), ("PyInstaller.utils.hooks", "hooks")):
        module = ModuleType(place)
        vars(module).update(modules[names])
        for parent in ("PyInstaller", place.rpartition(".")[0]):
            monkeypatch.setitem(sys.modules, parent, ModuleType(parent))
        monkeypatch.setitem(sys.modules, place, module)
    monkeypatch.setattr(sys, "path", list(sys.path))
    spec = PACKAGING / "app.spec"
    given = {kind: stand_in(kind) for kind in ("PYZ", "EXE", "COLLECT")}
    code = compile(spec.read_text(encoding="utf-8"), str(spec), "exec")
    exec(code, {"SPECPATH": str(PACKAGING), "Analysis": Analysis, **given})  # noqa: S102 - as PyInstaller does
    for name in ("bundle", "system"):
        sys.modules.pop(name, None)
    return asked


def test_the_spec_makes_two_programs_in_one_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = run_spec(monkeypatch)
    ((scripts, named),) = asked["Analysis"]
    assert len(scripts[0]) == 2
    assert set(named["excludes"]) == set(BUNDLE.EXCLUDES)
    assert named["binaries"] == [("pypdfium2_raw/libx.so", "pypdfium2_raw")]
    assert ("lantern", "lantern") in named["datas"]  # the version is read from there
    programs = {named["name"]: (arguments[1], named) for arguments, named in asked["EXE"]}
    assert programs.keys() == {"lantern", "LanternDesktop"}
    assert [entry[0] for entry in programs["lantern"][0]] == ["pyi_rth", "console"]
    assert [entry[0] for entry in programs["LanternDesktop"][0]] == ["pyi_rth", "window"]
    assert {name: named["console"] for name, (_, named) in programs.items()} == {
        "lantern": True,
        "LanternDesktop": False,
    }
    ((parts, named),) = asked["COLLECT"]
    assert named["name"] == "Lantern"
    assert parts[-1] == [("libx.so", "/somewhere/libx.so", "BINARY")]


@pytest.mark.parametrize(
    ("place", "out"),
    [
        ("PySide6/Qt/plugins/platforms/libqxcb.so", False),
        ("PySide6/plugins/platforms/qwindows.dll", False),
        ("PySide6\\plugins\\platforms\\qwindows.dll", False),
        ("PySide6/Qt/plugins/platforms/libqcocoa.dylib", False),
        ("PySide6/Qt/plugins/platforms/libqvnc.so", True),
        ("PySide6/Qt/plugins/platformthemes/libqgtk3.so", True),
        ("PySide6/Qt/plugins/sqldrivers/libqsqlite.so", True),
        ("PySide6/Qt/plugins/printsupport/libcupsprintersupport.so", False),
        ("PySide6/Qt/translations/qtbase_zh_CN.qm", False),
        ("PySide6/Qt/translations/qtbase_de.qm", True),
        ("PySide6/Qt/lib/libQt6Core.so.6", False),
        ("elsewhere/plugins/platforms/libqvnc.so", False),
    ],
)
def test_of_qt_only_what_is_named_ships(place: str, out: bool) -> None:
    assert BUNDLE.is_unwanted(place) is out


# Who loads whom, in a bundle small enough to see through.
LOADS = {
    "/wheel/libqgtk3.so": ["libgtk.so", "libshared.so"],
    "/wheel/libqxcb.so": ["libxcb.so", "libshared.so"],
    "/wheel/ssl.so": ["libssl.so"],
    "/lib/libgtk.so": ["libpango.so"],
    "/lib/libxcb.so": ["libz.so.1"],
}
FOUND = [
    ("PySide6/Qt/plugins/platformthemes/libqgtk3.so", "/wheel/libqgtk3.so", "BINARY"),
    ("PySide6/Qt/plugins/platforms/libqxcb.so", "/wheel/libqxcb.so", "BINARY"),
    ("PySide6/Qt/lib/libshared.so", "/wheel/libshared.so", "BINARY"),
    ("libshared.so", "PySide6/Qt/lib/libshared.so", "SYMLINK"),
    ("ssl.so", "/wheel/ssl.so", "EXTENSION"),
    *((name, f"/lib/{name}", "BINARY") for name in ("libgtk.so", "libpango.so", "libxcb.so", "libssl.so", "libz.so.1")),
    ("resources/fields.json", "/checkout/resources/fields.json", "DATA"),
]


def shipped(*, linux: bool) -> set[str]:
    def imports(file: str) -> Iterable[tuple[str, str]]:
        return [(name, f"/lib/{name}") for name in LOADS.get(file, ())]

    return {place.rpartition("/")[2] for place, _, _ in BUNDLE.files_to_ship(FOUND, imports, linux=linux)}


def test_libraries_that_only_an_unwanted_plug_in_loads_stay_out_with_it() -> None:
    everything = {place.rpartition("/")[2] for place, _, _ in FOUND}
    assert everything - shipped(linux=False) == {"libqgtk3.so", "libgtk.so", "libpango.so"}


def test_on_linux_the_libraries_of_the_system_stay_there_except_those_of_python() -> None:
    assert shipped(linux=True) == {"libqxcb.so", "libshared.so", "ssl.so", "libssl.so", "fields.json"}


def test_the_build_set_is_pinned_by_hash_and_holds_what_runs() -> None:
    texts = {
        name: (PACKAGING / "requirements" / f"{name}.txt").read_text(encoding="utf-8") for name in ("app", "build")
    }
    entries = {name: re.split(r"\n(?=\S)", text.strip()) for name, text in texts.items()}
    assert set(entries["app"]) <= set(entries["build"])
    assert all("--hash=sha256:" in entry for entry in entries["build"])
    assert any(entry.startswith("pyinstaller==") for entry in entries["build"])


# How it is made and tried


def test_the_commands_are_lists_for_every_system(tmp_path: Path) -> None:
    command = BUILD.build_command(tmp_path / "a b")
    assert command[:3] == [str(BUILD.VENV.python), "-m", "PyInstaller"]
    assert command[-1] == str(PACKAGING / "app.spec")
    assert command[command.index("--distpath") + 1] == str(tmp_path / "a b")
    assert BUILD.smoke_command(tmp_path) == [str(BUILD.VENV.python), str(PACKAGING / "smoke.py"), str(tmp_path)]
    assert BUILD.VENV.folder.name == ".venv-build"


def test_a_step_that_fails_stops_the_build(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BUILD.Stop, match="Bundle"):
        BUILD.run("Bundle", [sys.executable, "-c", "raise SystemExit(3)"])
    BUILD.run("Bundle", [sys.executable, "-c", "print('made')"])
    told = capfd.readouterr()
    assert "made" in told.err
    assert told.out == ""


def test_a_module_of_the_program_that_is_missing_stops_the_build(tmp_path: Path) -> None:
    others = [
        "missing module named msvcrt - imported by subprocess (optional), engine.locks (conditional)",
        "excluded module named engine.risk.equations - imported by x (delayed)",
        "missing module named desktopish - imported by y (optional)",
    ]
    warnings = tmp_path / "warn-app.txt"
    warnings.write_text("\n".join(others), encoding="utf-8")
    BUILD.check_complete(warnings)
    line = "missing module named 'desktop.batch.view' - imported by desktop.work (top-level)"
    warnings.write_text("\n".join([*others, line]), encoding="utf-8")
    with pytest.raises(BUILD.Stop, match=re.escape(line)) as stopped:
        BUILD.check_complete(warnings)
    assert "msvcrt" not in str(stopped.value)


def test_nothing_of_this_machine_reaches_the_bundle_when_it_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaks = ("PYTHONPATH", "LANTERN_RESOURCES", "QT_QPA_PLATFORM", "LD_LIBRARY_PATH")
    for name in leaks:
        monkeypatch.setenv(name, "leaks")
    given = SMOKE.Bundle(tmp_path, tmp_path).environment(DISPLAY=":3")
    assert not given.keys() & set(leaks)
    assert (given["DISPLAY"], given["PATH"], given["HOME"]) == (":3", "", str(tmp_path))
    assert not BUILD.build_environment().keys() & set(leaks[:3])


def test_it_is_tried_in_a_read_only_folder_of_any_name(tmp_path: Path) -> None:
    (tmp_path / "Lantern" / "_internal").mkdir(parents=True)
    (tmp_path / "Lantern" / "_internal" / "file").write_text("x", encoding="utf-8")
    with SMOKE.in_a_place_of_its_own(tmp_path / "Lantern", where_it_is=False) as bundle:
        assert " " in bundle.folder.name
        assert "乡村" in bundle.folder.name
        assert not (bundle.folder / "_internal" / "file").stat().st_mode & 0o222
        copy = bundle.folder
    assert not copy.exists()
    assert (tmp_path / "Lantern" / "_internal" / "file").stat().st_mode & 0o200


def test_a_bundle_that_does_not_start_fails_every_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert SMOKE.main([str(tmp_path / "empty")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(maxsplit=1)[0] for line in lines] == ["FAILED"] * len(lines)
    assert len(lines) >= 6


def test_the_smoke_test_speaks_to_workers_as_the_program_does() -> None:
    assert Limits.from_text(SMOKE.LIMITS).wall_seconds == 60


def test_the_window_counts_as_ready_when_the_next_one_stands_too(tmp_path: Path) -> None:
    state = tmp_path / "window.state"
    assert not SMOKE.all_ready(state)
    state.write_text("launcher 1\nshown 2 ready warm\n", encoding="utf-8")
    assert not SMOKE.all_ready(state)
    state.write_text("launcher 1\nshown 2 ready warm\nwarm 3 ready\n", encoding="utf-8")
    assert SMOKE.all_ready(state)


# The package


def control_fields(text: str) -> dict[str, str]:
    return dict(re.findall(r"^([A-Z][\w-]+): (.+)$", text, re.MULTILINE))


@pytest.fixture
def small_bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "dist" / "Lantern"
    (folder / "_internal").mkdir(parents=True)
    for name in ("lantern", "LanternDesktop"):
        (folder / name).write_text("#!/bin/sh\n", encoding="utf-8")
        (folder / name).chmod(0o700)
    (folder / "_internal" / "文 data").write_text("x" * 5000, encoding="utf-8")
    (folder / "_internal" / "文 data").chmod(0o600)
    return folder


@debian
def test_the_package_puts_everything_where_the_system_looks(small_bundle: Path, tmp_path: Path) -> None:
    package = DEB.make_deb(small_bundle, "0.1.0", tmp_path)
    assert re.fullmatch(r"lantern_0\.1\.0_\w+\.deb", package.name)
    told = subprocess.run([DPKG_DEB, "-f", str(package)], capture_output=True, text=True, check=True).stdout
    fields = control_fields(told)
    assert (fields["Package"], fields["Version"]) == ("lantern", "0.1.0")
    assert int(fields["Installed-Size"]) > 0
    wanted = {*SYSTEM.QT_LIBRARIES.values(), *SYSTEM.STABLE_LIBRARIES.values()}
    assert wanted <= set(fields["Depends"].split(", "))
    assert re.match(r"libc6 \(>= 2\.\d+\), ", fields["Depends"])
    subprocess.run([DPKG_DEB, "-x", str(package), str(tmp_path / "root")], check=True)
    root = tmp_path / "root"
    assert (root / "usr/bin/lantern").resolve() == root / "usr/lib/lantern/lantern"
    assert (root / "usr/bin/lantern-desktop").resolve() == root / "usr/lib/lantern/LanternDesktop"
    assert (root / "usr/lib/lantern/lantern").stat().st_mode & 0o777 == 0o755
    assert (root / "usr/lib/lantern/_internal/文 data").stat().st_mode & 0o777 == 0o644
    assert "Apache License" in (root / "usr/share/doc/lantern/copyright").read_text(encoding="utf-8")


def test_the_icon_is_a_picture_in_the_colours_of_the_mark() -> None:
    icon = ET.fromstring(DEB.icon())  # noqa: S314 - our own file
    assert icon.attrib["viewBox"] == "0 0 128 128"
    assert [child.tag.rpartition("}")[2] for child in icon] == ["rect", "svg"]
    assert "currentColor" not in DEB.icon()


def test_the_menu_entry_starts_a_program_of_the_package() -> None:
    text = (PACKAGING / "linux" / "lantern.desktop").read_text(encoding="utf-8")
    entries = dict(line.split("=", 1) for line in text.splitlines()[1:])
    assert text.splitlines()[0] == "[Desktop Entry]"
    assert f"usr/bin/{entries['Exec']}" in DEB.LINKS
    assert Path(DEB.ICON).stem == entries["Icon"]
    assert {name for name in entries if name.endswith("[zh_CN]")} == {"GenericName[zh_CN]", "Comment[zh_CN]"}


def test_without_dpkg_the_package_is_refused_with_a_sentence(
    small_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DEB.Stop, match="dpkg-deb was not found"):
        DEB.make_deb(small_bundle, "0.1.0", tmp_path)


# Made for real


@pytest.mark.nightly
@pytest.mark.timeout(3600)
def test_the_bundle_is_made_and_works_where_the_package_puts_it(tmp_path: Path) -> None:
    more = ["--deb"] if DPKG_DEB else []
    command = [sys.executable, str(PACKAGING / "build.py"), "--out", str(tmp_path), *more]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    assert made.stderr.count("\nok ") == 7, made.stderr
    names = {path.name for path in (tmp_path / "Lantern").rglob("*")}
    assert {"qtbase_zh_CN.qm", "NotoSansSC-Regular.ttf", "practice_clinic_zh.xlsx"} <= names
    # A library under a licence that does not fit, and what only testing needs.
    assert not {name for name in names if name.startswith(("libreadline", "libgtk", "PIL", "onnx-", "sklearn"))}
    if more:
        (package,) = tmp_path.glob("*.deb")
        subprocess.run([DPKG_DEB, "-x", str(package), str(tmp_path / "root")], check=True)
        done = subprocess.run([str(tmp_path / "root/usr/bin/lantern"), "--self-test"], capture_output=True, check=False)
        assert done.returncode == 0, done.stdout
