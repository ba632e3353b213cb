"""House rules that no linter knows."""

from __future__ import annotations

import ast
import csv
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
SOURCE_LINES, TEST_LINES, FUNCTION_LINES = 400, 500, 60
LARGEST_FILE = 12_000_000  # bytes; the Chinese fonts have 10.6 million each
TEXT_SUFFIXES = {".py", ".md", ".toml", ".json", ".csv", ".txt", ".typ", ".yml", ".cfg", ".spec", ".desktop", ""}
KINDS_OF_FILES = TEXT_SUFFIXES | {
    *(".ttf", ".onnx", ".png", ".xlsx", ".tsv", ".pdf"),
    *(".sql", ".svg", ".cmd", ".sh", ".editorconfig"),
    ".c",  # what watches the files of a process in tests/reliability
}
# Words that must not stand in the project, in pieces so that this file does not hold them.
UNFINISHED = re.compile("|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X:", "raise NotImplemented" + "Error")))
ELSEWHERE = re.compile(
    "|".join(
        (
            "/wo" + "rk/",
            "/ro" + "ot/",
            "py" + r"pi\.org",
            "python" + "hosted",
            "registry" + r"\.npm",
            "deb" + r"\.debian",
        )
    )
)
LICENCE_TEXTS = CHECKOUT / "resources" / "licences" / "third_party"  # written by others; they name what they like
SAVED_STORES = CHECKOUT / "tests" / "data" / "stores"  # what lies sealed in them has no suffix


@cache
def files() -> tuple[Path, ...]:
    """Every file of the project: what is made by running it left out."""
    found = []
    for folder, folders, names in os.walk(CHECKOUT):
        here = Path(folder)
        made = {"__pycache__", "build", "dist"} | ({"out"} if here == CHECKOUT else set())
        folders[:] = [name for name in folders if name not in made and (not name.startswith(".") or name == ".ci")]
        found += [here / name for name in names if not name.startswith(".coverage")]
    return tuple(sorted(found))


def named(*suffixes: str) -> list[Path]:
    return [file for file in files() if file.suffix in suffixes]


def own_texts() -> Iterator[tuple[Path, str]]:
    for file in files():
        if file.suffix in TEXT_SUFFIXES and not {LICENCE_TEXTS, SAVED_STORES} & set(file.parents):
            yield file, file.read_text(encoding="utf-8")


def short(file: Path) -> str:
    return file.relative_to(CHECKOUT).as_posix()


def test_no_init_file_turns_tests_or_packaging_into_a_package_of_another_name() -> None:
    inits = [short(file) for file in named(".py") if file.name == "__init__.py"]
    assert [name for name in inits if name.startswith(("tests/", "packaging/", "resources/"))] == []


def test_every_folder_of_the_engine_is_a_package() -> None:
    folders = {file.parent for file in named(".py") if CHECKOUT / "engine" in file.parents}
    assert [short(folder) for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


def test_files_and_functions_stay_small() -> None:
    too_long = []
    for file in named(".py"):
        text = file.read_text(encoding="utf-8")
        limit = TEST_LINES if short(file).startswith("tests/") else SOURCE_LINES
        if text.count("\n") > limit:
            too_long.append(f"{short(file)}: {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and code_lines(node) > FUNCTION_LINES:
                too_long.append(f"{short(file)}: {node.name} has {code_lines(node)} lines")
    assert too_long == []


def span(node: ast.expr | ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines of a function without its largest table of literal data."""
    tables = (node for node in ast.walk(function) if isinstance(node, (ast.Dict, ast.List, ast.Tuple, ast.Constant)))
    return span(function) - max((span(table) - 1 for table in tables), default=0)


def test_every_test_can_fail() -> None:
    checking = re.compile(r"\bassert|raises|check|verify|expect|warns|suppress")  # suppress: nothing else may be raised
    empty = [
        f"{short(file)}: {node.name}"
        for file in named(".py")
        if short(file).startswith("tests/") and file.name.startswith("test_")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        and node.name.startswith("test_")
        and not checking.search(ast.unparse(node))
    ]
    assert empty == []


def test_nothing_is_left_for_later() -> None:
    assert [short(file) for file, text in own_texts() if UNFINISHED.search(text)] == []


def test_nothing_names_a_place_on_one_machine_or_a_registry() -> None:
    assert [short(file) for file, text in own_texts() if ELSEWHERE.search(text)] == []


def test_every_exception_from_a_check_says_which_and_why() -> None:
    marker = re.compile(r"#\s*(noqa|type:\s*ignore|pragma:\s*no)")
    noqa, ignore = r"# noqa: [A-Z]+[0-9]+(, [A-Z]+[0-9]+)*( -)? +\w", r"# type: ignore\[[a-z, -]+\]  # \w"
    reasoned = re.compile(rf"{noqa}|{ignore}|# pragma: no (cover|branch) - \w")
    bare = [
        f"{short(file)}:{number}"
        for file in named(".py")
        if file != Path(__file__).resolve()
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if marker.search(line) and not reasoned.search(line)
    ]
    assert bare == []


def test_only_known_kinds_of_files_of_a_reasonable_size() -> None:
    assert [short(file) for file in files() if file.suffix not in KINDS_OF_FILES and "data" not in file.parts] == []
    assert [short(file) for file in files() if file.stat().st_size > LARGEST_FILE] == []


def test_shipped_data_can_be_read() -> None:
    for file in files():
        if CHECKOUT / "resources" not in file.parents:
            continue
        if file.suffix == ".json":
            json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=without_repeats, parse_constant=refuse)
        elif file.suffix == ".toml":
            tomllib.loads(file.read_text(encoding="utf-8"))
        elif file.suffix == ".csv":
            with file.open(encoding="utf-8", newline="") as stream:
                widths = {len(row) for row in csv.reader(stream, strict=True)}
            assert len(widths) == 1, short(file)


def without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    assert len(dict(pairs)) == len(pairs), [key for key, _ in pairs]
    return dict(pairs)


def refuse(constant: str) -> object:
    raise AssertionError(f"{constant} is no JSON")


def test_the_readme_shows_and_names_only_what_exists() -> None:
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    linked = re.findall(r"\]\(([^)]+)\)", readme)
    rooms = re.findall(r"`((?:engine|desktop|resources|packaging|tests)(?:/[\w.]+)*)`", readme)
    assert linked
    assert rooms
    assert [name for name in (*linked, *rooms) if not (CHECKOUT / name).exists()] == []


# --- what is installed ----------------------------------------------------------------------------------------------


def pins(name: str) -> dict[str, str]:
    """Return the pinned versions of a requirements file by package."""
    lines = (CHECKOUT / "packaging" / "requirements" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    found = (re.match(r"([a-z0-9-]+)==([\w.]+)", line) for line in lines)
    return {match.group(1): match.group(2) for match in found if match}


@pytest.mark.parametrize("name", ["app", "test"])
def test_every_requirement_is_pinned_by_hash(name: str) -> None:
    text = (CHECKOUT / "packaging" / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", text.strip())
    # Twice where platforms differ: what tests stand on has an older release for Macs that the program is not made for.
    assert {entry.split("==")[0] for entry in entries} == pins(name).keys()
    for entry in entries:
        assert re.match(r"[a-z0-9-]+==[\w.]+( ; [^\\]+)? \\\n", entry), entry.splitlines()[0]
        assert "--hash=sha256:" in entry


def test_what_testing_installs_holds_all_that_running_needs() -> None:
    assert pins("app").items() <= pins("test").items()


def test_the_locks_are_made_from_the_project_file() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for name, wanted in (("app", project["dependencies"]), ("test", project["optional-dependencies"]["test"])):
        assert {tuple(each.split("==")) for each in wanted} <= set(pins(name).items())


def test_every_library_that_ships_has_its_licence() -> None:
    folder = CHECKOUT / "resources" / "licences"
    listed = {entry["name"]: entry for entry in json.loads((folder / "third_party.json").read_text(encoding="utf-8"))}
    assert listed.keys() == pins("app").keys() | {"python"}
    for entry in listed.values():
        assert entry["licence"].strip()
        assert len((folder / entry["text"]).read_text(encoding="utf-8")) > 500, entry["name"]


def test_every_licence_that_is_named_has_its_text() -> None:
    named_texts = re.findall(
        r"`([\w/-]+\.txt)`", (CHECKOUT / "resources" / "licences" / "README.md").read_text("utf-8")
    )
    assert {"loinc.txt", "unicode-cldr.txt", "fonts/NotoSansSC-OFL.txt"} <= set(named_texts)
    for name in set(named_texts) - {"packaging/requirements/app.txt"}:
        folder = "resources" if "/" in name else "resources/licences"
        assert (CHECKOUT / folder / name).stat().st_size > 300, name
    assert "Apache License" in (CHECKOUT / "LICENSE").read_text(encoding="utf-8")


def test_ci_runs_the_one_command_and_nothing_else() -> None:
    script = (CHECKOUT / ".ci" / "run").read_text(encoding="utf-8")
    assert script.rstrip().splitlines()[-1] == 'exec "$chosen" packaging/bootstrap.py test'
    if sys.platform != "win32":
        syntax_only = ["/usr/bin/env", "bash", "-n", str(CHECKOUT / ".ci" / "run")]
        assert subprocess.run(syntax_only, check=False).returncode == 0
