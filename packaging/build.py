"""Makes the bundle, tries it, and makes a package of it.

    python3 packaging/build.py            the folder dist/Lantern
    python3 packaging/build.py --deb      and dist/lantern_VERSION_ARCHITECTURE.deb

It is made in ``.venv-build``, which holds what the program needs and PyInstaller and nothing else: what a developer has
installed to test with cannot get into the bundle. PyInstaller makes a bundle of the system it runs on.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
import tomllib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))  # also where Python was told not to look beside the script

import bundle
from deb import make_deb
from environment import CHECKOUT, Environment
from system import Stop, say

VENV = Environment(CHECKOUT / ".venv-build")
SPEC = CHECKOUT / "packaging" / "app.spec"
SMOKE = CHECKOUT / "packaging" / "smoke.py"
WORK = CHECKOUT / "build" / "pyinstaller"
OWN_MODULE_MISSING = re.compile(r"missing module named '?(engine|desktop)\b")


def build_command(out: Path) -> list[str]:
    """Return the command that makes the bundle in a folder."""
    places = ["--distpath", str(out), "--workpath", str(WORK)]
    return [str(VENV.python), "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "WARN", *places, str(SPEC)]


def smoke_command(folder: Path) -> list[str]:
    """Return the command that tries a bundle."""
    return [str(VENV.python), str(SMOKE), str(folder)]


def build_environment() -> dict[str, str]:
    """Return the environment less what would lead Python or the program elsewhere; the same order every time."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LANTERN_", "QT_"))}
    return {**kept, "PYTHONHASHSEED": "0"}


def run(heading: str, command: list[str]) -> None:
    """Run one step and say how long it took; Stop when it failed."""
    say(f"=== {heading} ===")
    began = time.monotonic()
    if subprocess.call(command, cwd=CHECKOUT, env=build_environment(), stdout=sys.stderr):
        raise Stop(f"{heading}: this step failed; the lines above say why.")
    say(f"{heading}: {time.monotonic() - began:.0f} s")


def check_complete(warnings: Path) -> None:
    """Stop when a module of the program is missing: PyInstaller writes that down and goes on."""
    lines = warnings.read_text(encoding="utf-8", errors="replace").splitlines()
    missing = [line for line in lines if OWN_MODULE_MISSING.match(line)]
    if missing:
        raise Stop("The program is not complete:\n" + "\n".join(missing))


def size(path: Path) -> str:
    """Return the size of a file, or of all files below a folder; what is only a link counts nothing."""
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file() and not each.is_symlink()]
    return f"{sum(each.stat().st_size for each in files) / 1e6:.0f} MB"


def version() -> str:
    """Return the version of this checkout."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def main(argv: list[str]) -> int:
    """Carry out one command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="build.py", description="Make the bundle and try it.", allow_abbrev=False)
    parser.add_argument("--deb", action="store_true", help="make a Debian package of it too")
    parser.add_argument("--out", type=Path, default=CHECKOUT / "dist", metavar="DIR", help="where to put them")
    known = parser.parse_args(argv)
    out = known.out.absolute()
    out.mkdir(parents=True, exist_ok=True)
    VENV.install("build")
    folder = out / bundle.FOLDER
    run("Bundle", build_command(out))
    check_complete(WORK / SPEC.stem / f"warn-{SPEC.stem}.txt")
    say(f"{folder}: {size(folder)}")
    run("Smoke test", smoke_command(folder))
    if known.deb:
        began = time.monotonic()
        package = make_deb(folder, version(), out)
        say(f"{package}: {size(package)}, {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Stop as stop:
        sys.exit(f"\n{stop}")
    except KeyboardInterrupt:
        sys.exit(130)
