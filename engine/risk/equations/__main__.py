"""Makes packs from published equations: ``python -m engine.risk.equations [--check] (--all | ID ...)``.

Reads ``resources/equations``, writes ``resources/models``. The reference cases of a pack are kept as they are; with
``--cases-from FOLDER`` they are chosen anew out of ``FOLDER/<id>.csv``. ``--check`` writes nothing and ends with 1 when
a pack is not what the compiler makes. An equation that comes with licence texts has a folder of its own, they go into
the pack. What may not be bundled is no part of ``--all`` and is made only into another folder (``--models``).

``--table FILE --cases-from FOLDER`` writes the table of all packs instead: each against every person in the folder.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from engine.errors import WorldError
from engine.fields import load_dictionary
from engine.packs import PackLibrary, PackParts
from engine.packs.digests import DIGESTS_FILE, digests_text
from engine.packs.pack import LICENCE_FILES
from engine.resources import resources_folder
from engine.risk.equations.build import build_pack
from engine.risk.equations.cases import choose_cases
from engine.risk.equations.errors import EquationError
from engine.risk.equations.pack_facts import FACTS_FILE, read_facts
from engine.risk.equations.source import read_equation
from engine.risk.equations.table import write_table
from engine.risk.predictors import Predictors
from engine.wording import load_wording

_CASES_FILE = "reference_cases.csv"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code (0 done, 1 something differs, 2 wrong call, 3 an input is wrong)."""
    parser = argparse.ArgumentParser(prog="python -m engine.risk.equations")
    parser.add_argument("ids", nargs="*", metavar="ID")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--cases-from", type=Path)
    parser.add_argument("--table", type=Path)
    parser.add_argument("--facts", type=Path, default=resources_folder() / "equations")
    parser.add_argument("--equations", type=Path, default=resources_folder() / "equations")
    parser.add_argument("--models", type=Path, default=_shipped())
    options = parser.parse_args(arguments)
    if options.table is not None and options.cases_from is None:
        parser.error("--table needs --cases-from")
    if options.table is None and options.all == bool(options.ids):
        parser.error("--all or ids")
    try:
        return _run(options) if options.table is None else _table(options)
    except WorldError as error:
        sys.stderr.write(load_wording("en").error(error) + "\n")
        return 3


def _run(options: argparse.Namespace) -> int:
    facts = read_facts(options.facts)
    bundled = [pack for pack in sorted(facts) if facts[pack].bundled]
    differing = 0
    models: Path = options.models
    for pack in bundled if options.all else options.ids:
        if pack not in facts:
            raise EquationError("equation_key", f"{FACTS_FILE}: {pack}")
        if pack not in bundled and models == _shipped():
            raise EquationError("equation_restricted", pack)
        folder = _folder(options.equations, pack)
        equation = read_equation(folder / f"{pack}.json")
        cases = _cases(pack, models, options.cases_from)
        parts = build_pack(equation, facts[pack], cases, load_dictionary(), _texts(folder))
        if options.check:
            differing += _check(pack, parts, models)
        else:
            parts.write(models)
            _say("written", pack=pack)
    return 1 if differing + _list_digests(models, write=not options.check) else 0


def _list_digests(models: Path, *, write: bool) -> int:
    """Write the list of the digests of all packs in the folder, or return 1 when it is another."""
    text = digests_text({pack.manifest.id: pack.digest for pack in PackLibrary([models]).all()})
    file = models / DIGESTS_FILE
    try:
        if write:
            file.write_text(text, encoding="utf-8", newline="\n")
        elif not file.is_file() or file.read_text(encoding="utf-8") != text:
            _say("list_differs", file=DIGESTS_FILE)
            return 1
    except OSError as error:
        raise EquationError("equation_unwritable", file.name) from error
    return 0


def _table(options: argparse.Namespace) -> int:
    dictionary, file = load_dictionary(), options.table
    predictors = Predictors(PackLibrary([options.models]), dictionary)
    facts = read_facts(options.facts)
    unexplained = {pack: each.without_references for pack, each in facts.items() if each.without_references is not None}
    text = write_table(predictors, options.cases_from, dictionary, load_wording("en"), unexplained)
    try:
        file.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise EquationError("equation_unwritable", file.name) from error
    return 0


def _shipped() -> Path:
    return resources_folder() / "models"


def _folder(equations: Path, pack: str) -> Path:
    """Return where the file of an equation lies: in a folder of its own when it has one."""
    own = equations / pack
    return own if own.is_dir() else equations


def _texts(folder: Path) -> Mapping[str, str]:
    """Return the licence texts beside an equation file."""
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir() if path.name in LICENCE_FILES}


def _cases(pack: str, models: Path, cases_from: Path | None) -> str:
    file = models / pack / _CASES_FILE if cases_from is None else cases_from / f"{pack}.csv"
    try:
        table = file.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise EquationError("equation_unreadable", file.name) from error
    return table if cases_from is None else choose_cases(table, load_dictionary())


def _check(pack: str, parts: PackParts, models: Path) -> int:
    for file, data in parts.files().items():
        path = models / pack / file
        if not path.is_file() or path.read_bytes() != data:
            _say("differs", pack=pack, file=file)
            return 1
    _say("same", pack=pack)
    return 0


def _say(key: str, **values: str) -> None:
    sys.stdout.write(load_wording("en").say(f"equations.command.{key}", **values) + "\n")


if __name__ == "__main__":
    sys.exit(main())
