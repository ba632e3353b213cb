"""Prepares this checkout and starts it. Needs Python 3.11 to 3.13 and nothing else.

    python3 packaging/bootstrap.py run        the window on a practice clinic; with --headless the main job without one
    python3 packaging/bootstrap.py test       lint, types, import contracts, all tests
    python3 packaging/bootstrap.py lantern    the lantern command, with what follows

What it installs goes into ``.venv`` in this folder, pinned by hash; later starts install nothing and need no network.
"""

# An older Python must be able to read this file as far as the next lines: no newer syntax here (3.6 suffices).
import sys

if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit(
        "Lantern needs Python 3.11, 3.12 or 3.13, and this is Python %d.%d (%s).\n"  # noqa: UP031 - read by old Pythons
        "Install one of these and start again with it, for example: python3.12 packaging/bootstrap.py run"
        % (sys.version_info[0], sys.version_info[1], sys.executable)
    )

import argparse
import os
import subprocess
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))  # also where Python was told not to look beside the script

from environment import CHECKOUT, Environment
from system import WINDOWS, Stop, check_qt_libraries, has_display, say

VENV = Environment(CHECKOUT / ".venv")


def hand_over(command: list[str]) -> int:
    """Become a program of .venv; return its exit code where a process cannot become another."""
    # ``python -m`` would look for modules in whatever folder the person is in.
    environment = {**clean_environment(), "PYTHONSAFEPATH": "1"}
    if not WINDOWS:
        os.execve(command[0], command, environment)  # noqa: S606 - so that signals and exit codes are its own
    return subprocess.call(command, env=environment)


def clean_environment() -> dict[str, str]:
    """Return the environment less what would make .venv's Python look elsewhere for its modules."""
    return {name: value for name, value in os.environ.items() if name not in {"PYTHONHOME", "PYTHONPATH"}}


def lantern(arguments: list[str]) -> int:
    """Become the ``lantern`` command."""
    return hand_over([str(VENV.program("lantern")), *arguments])


def run(known: argparse.Namespace) -> int:
    """Open the window on a practice clinic; without a screen, or when asked to, do the main job without one."""
    if not known.headless and known.out is None:
        if has_display():
            return open_window(known.data, known.language)
        say("No screen was found, so the main job is done without a window (a screen is what DISPLAY names).")
    folder = known.out.absolute() if known.out else CHECKOUT / "out" / time.strftime("practice-%Y-%m-%d-%H%M%S")
    say(f"Practice clinics, reports and summary go to {folder}")
    return lantern(["practice", "--out", str(folder)])


def open_window(data: Path | None, language: str | None) -> int:
    """Open the window at the door of a practice clinic, which is made first where there is none."""
    command = [str(VENV.python), "-m", "desktop", "--practice"]
    command += ["--language", language] if language else []
    command += ["--data", str(data.absolute())] if data else []
    return hand_over(command)


def test_steps(pytest_arguments: list[str]) -> dict[str, list[str]]:
    """Return the steps of ``test`` by heading, as arguments of .venv's Python."""
    contracts = "from importlinter.cli import lint_imports_command as run; run(['--no-logo'])"
    steps = {
        "Lint": ["-m", "ruff", "check", "."],
        "Format": ["-m", "ruff", "format", "--check", "."],
        "Types": ["-m", "mypy"],
        "Import contracts": ["-c", contracts],
    }
    if pytest_arguments:  # a person asks for certain tests
        return {**steps, "Tests": ["-m", "pytest", *pytest_arguments]}
    if (CHECKOUT / "tests" / "benchmarks").is_dir():  # tracing lines would falsify what they measure
        steps["Benchmarks"] = ["-m", "pytest", "tests/benchmarks"]
    # A file's tests stay together, as they share what is slow to make.
    spread = ["-n", "auto", "--maxprocesses=4", "--dist=loadfile"]
    measured = ["--ignore=tests/benchmarks", *spread, "--cov", "--cov-report=json:.coverage.json"]
    return {
        **steps,
        "Tests": ["-m", "pytest", *measured],
        "Coverage": ["packaging/check_coverage.py", ".coverage.json"],
    }


def run_steps(steps: dict[str, list[str]]) -> int:
    """Run every step, all of them even when one fails; return 1 when one did."""
    ended: list[tuple[str, int, float]] = []
    for heading, arguments in steps.items():
        print(f"\n=== {heading} ===", flush=True)
        started = time.monotonic()
        code = subprocess.call([str(VENV.python), *arguments], cwd=CHECKOUT, env=clean_environment())
        ended.append((heading, code, time.monotonic() - started))
    print("\n=== Summary ===")
    for heading, code, seconds in ended:
        print(f"{'ok    ' if code == 0 else 'FAILED'}  {heading} ({seconds:.0f} s)")
    return int(any(code for _, code, _ in ended))


def arguments_of(argv: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Read the command line; return it and what is meant for pytest."""
    parser = argparse.ArgumentParser(
        prog="bootstrap.py",
        description="Prepare this checkout and start Lantern. The first start needs the network, later ones do not.",
        allow_abbrev=False,
    )
    parser.add_argument("--install-only", action="store_true", help="install, then stop")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for_run = commands.add_parser("run", help="open the window on a practice clinic", allow_abbrev=False)
    for_run.add_argument("--language", choices=("en", "zh"), help="language of the practice clinic")
    for_run.add_argument("--data", type=Path, metavar="DIR", help="folder in which the practice clinic lies")
    for_run.add_argument("--headless", action="store_true", help="do the main job on two practice clinics instead")
    for_run.add_argument("--out", type=Path, metavar="DIR", help="the same, with the folder for all that it makes")
    for_test = commands.add_parser(
        "test", help="lint, types, import contracts, all tests; the rest goes to pytest: test -- -k import"
    )
    commands.add_parser("lantern", help="the lantern command: lantern --help", add_help=False)
    for each in (for_run, for_test):
        each.add_argument("--install-only", action="store_true", default=argparse.SUPPRESS, help="install, then stop")
    known, rest = parser.parse_known_args(argv)
    if rest and known.command != "test":
        parser.error("unknown arguments: " + " ".join(rest))
    if known.command is None and not known.install_only:
        parser.print_help()
        sys.exit(2)
    return known, rest[1:] if rest[:1] == ["--"] else rest


def main(argv: list[str]) -> int:
    """Carry out one command line; return the exit code."""
    if argv[:1] == ["lantern"]:
        VENV.install("app")
        return lantern(argv[1:])
    known, pytest_arguments = arguments_of(argv)
    VENV.install("test" if known.command == "test" else "app")
    check_qt_libraries()
    if known.install_only:
        return 0
    return run_steps(test_steps(pytest_arguments)) if known.command == "test" else run(known)


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a folder name may not fit the terminal's encoding
    try:
        sys.exit(main(sys.argv[1:]))
    except Stop as stop:
        sys.exit(f"\n{stop}")
    except KeyboardInterrupt:
        say("\nStopped. The next start takes it up again.")
        sys.exit(130)
