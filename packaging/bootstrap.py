"""Prepares this checkout and starts it. Needs Python 3.11 to 3.13 and nothing else.

    python3 packaging/bootstrap.py run        the main job on two practice clinics
    python3 packaging/bootstrap.py test       lint, types, import contracts, all tests
    python3 packaging/bootstrap.py lantern    the lantern command, with what follows

What it installs goes into ``.venv`` in this folder, pinned by hash. A stamp there says what was installed, so a second
run installs nothing and needs no network. It is removed before any change and written back last: a ``.venv`` without a
stamp was interrupted and is made anew.
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
import base64
import hashlib
import importlib
import importlib.util
import json
import os
import shutil
import subprocess
import sysconfig
import tempfile
import time
import tomllib
import zipfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
VENV = CHECKOUT / ".venv"
STAMP = VENV / "lantern-stamp.json"
WINDOWS = sys.platform == "win32"
LINUX = sys.platform.startswith("linux")
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
LANTERN = VENV / ("Scripts/lantern.exe" if WINDOWS else "bin/lantern")
NEEDED_BYTES = 1_500_000_000  # the app set takes 0.6 GB, the test set 0.9 GB, and pip unpacks beside them
LONGEST_INSTALLED_PATH = 180  # characters below the checkout; Windows refuses paths over 260 unless told otherwise

# What Qt's platform plug-ins load (read with ldd), and the Debian package that brings it.
QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}


class Stop(Exception):
    """The work cannot go on; the text says why and what to do."""


def say(text: str = "") -> None:
    """Tell the person something; standard output belongs to the command that is started."""
    print(text, file=sys.stderr, flush=True)


# --- what the system must provide -----------------------------------------------------------------------------------


def on_debian() -> bool:
    """Return whether this is Debian, Ubuntu or a relative."""
    if not shutil.which("apt-get"):
        return False
    try:
        lines = Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    family = " ".join(line.partition("=")[2].strip('"') for line in lines if line.startswith(("ID=", "ID_LIKE=")))
    return bool({"debian", "ubuntu"} & set(family.split()))


def is_root() -> bool:
    """Return whether we may install system packages."""
    return sys.platform != "win32" and os.geteuid() == 0


def apt_install(packages: list[str]) -> bool:
    """Install Debian packages where we may; return whether that worked."""
    if not (on_debian() and is_root()):
        return False
    say("Installing system packages: " + " ".join(packages))
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-qq", "-y", "--no-install-recommends", *packages]):
        if subprocess.call(["apt-get", *command], env=environment, stdout=sys.stderr, stdin=subprocess.DEVNULL):
            return False
    return True


def check_venv_module() -> None:
    """Debian's Python comes without what makes a virtual environment: install it or say the line to type."""
    if importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv"):
        return
    package = "python{}.{}-venv".format(*sys.version_info[:2])
    if apt_install([package]):
        importlib.invalidate_caches()
        if importlib.util.find_spec("ensurepip"):
            return
    if on_debian():
        line = apt_line([package])
        raise Stop(f"This Python cannot make a virtual environment yet. Type this, then start again:\n{line}")
    raise Stop(f"{sys.executable} lacks the modules venv and ensurepip. Install a complete Python 3.11 to 3.13.")


def missing_libraries() -> list[str]:
    """Return the names of Qt's system libraries that the loader does not find. Only Linux leaves them to the system."""
    if not LINUX:
        return []
    # in a child process: trying to load them leaves traces in the one that tries
    attempt = " try: ctypes.CDLL(name)\n except OSError: print(name, flush=True)"
    probe = "import ctypes, sys\nfor name in sys.argv[1:]:\n" + attempt
    command = [sys.executable, "-I", "-c", probe, *QT_LIBRARIES]
    # a library that brings the child down was found, so its end does not matter
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()


def check_qt_libraries() -> None:
    """Look for what the window needs from the system. Only the window needs it, so nothing stops here."""
    missing = missing_libraries()
    if not missing:
        return
    packages = sorted({QT_LIBRARIES[library] for library in missing})
    if apt_install(packages) and not missing_libraries():
        return
    say("The window needs system libraries that are not here; everything else works without them.")
    if on_debian():
        say("To install them, type:\n" + apt_line(packages))
    else:
        say("Install the packages of your system that bring: " + " ".join(missing))


def apt_line(packages: list[str]) -> str:
    """Return the line a person types to install Debian packages."""
    line = "apt-get update && apt-get install " + " ".join(packages)
    return "    " + (line if is_root() else line.replace("apt-get", "sudo apt-get"))


# --- .venv ----------------------------------------------------------------------------------------------------------


def requirements_file(name: str) -> Path:
    """Return the pinned requirements of a set: app or test."""
    return CHECKOUT / "packaging" / "requirements" / f"{name}.txt"


def digest(*parts: str) -> str:
    """Return a short name for these texts; line ends do not count."""
    return hashlib.sha256("\0".join(part.replace("\r\n", "\n") for part in parts).encode()).hexdigest()


def wanted_stamp(name: str) -> dict[str, str]:
    """Return what the stamp says when a set (app or test; test holds all of app) is installed for this checkout."""
    sets = ["app", "test"] if name == "test" else ["app"]
    stamp = {each: digest(requirements_file(each).read_text(encoding="utf-8")) for each in sets}
    project = (CHECKOUT / "pyproject.toml").read_text(encoding="utf-8")
    return {**stamp, "checkout": digest(project, str(CHECKOUT)), "python": "{}.{}".format(*sys.version_info[:2])}


def read_stamp() -> dict[str, str]:
    """Return what was installed; empty when .venv must be made anew."""
    try:
        stamp = {str(key): str(value) for key, value in json.loads(STAMP.read_text(encoding="utf-8")).items()}
    except (OSError, ValueError, AttributeError):  # absent, no JSON, or JSON of another shape
        return {}
    usable = Path(stamp.get("base", "none")).exists() and PYTHON.exists()
    return stamp if usable and stamp.get("python") == wanted_stamp("app")["python"] else {}


def install(name: str) -> None:
    """Bring .venv to a set of pinned requirements, app or test; does nothing when it is there already."""
    wanted = wanted_stamp(name)
    found = read_stamp()
    if wanted.items() <= found.items():
        return
    check_folder()
    if not found:
        make_venv()
    STAMP.unlink(missing_ok=True)
    if any(found.get(each) != wanted[each] for each in wanted if each != "checkout"):
        say(f"Installing the pinned packages of {requirements_file(name).relative_to(CHECKOUT)}")
        # the file is the whole resolution: asking pip to resolve again makes it look at releases newer than the pins
        pip("--require-hashes", "--only-binary=:all:", "--no-deps", "-r", str(requirements_file(name)))
    install_checkout()
    base = str(getattr(sys, "_base_executable", sys.executable))
    stamp = {**found, **wanted, "base": base}
    draft = STAMP.with_suffix(".draft")
    draft.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
    draft.replace(STAMP)
    say(f"Ready: {LANTERN}")


def check_folder() -> None:
    """Stop when the checkout cannot be written or its disk is full."""
    try:
        with tempfile.TemporaryFile(dir=CHECKOUT):
            pass
    except OSError as error:
        raise Stop(
            f"The folder {CHECKOUT} cannot be written ({error.strerror}). "
            "Copy it to a place of your own, for example your home folder, and start again there."
        ) from error
    free = shutil.disk_usage(CHECKOUT).free
    if free < NEEDED_BYTES:
        raise Stop(
            f"The disk of {CHECKOUT} has {free / 1e9:.1f} GB free and the installation needs "
            f"{NEEDED_BYTES / 1e9:.1f} GB. Make room and start again."
        )


def make_venv() -> None:
    """Make .venv, in place of what an interrupted start or another Python left."""
    if Path(sys.prefix).resolve() == VENV.resolve():
        raise Stop("This .venv must be made anew. Start again with a Python from outside it, for example: python3")
    check_venv_module()
    say(f"Making {VENV} for Python {sys.version_info[0]}.{sys.version_info[1]}")
    try:
        if VENV.is_symlink() or VENV.is_file():
            VENV.unlink()
        elif VENV.exists():
            shutil.rmtree(VENV)
    except OSError as error:
        raise Stop(f"{VENV} could not be removed: close the programs that use it and start again.") from error
    if subprocess.call([sys.executable, "-I", "-m", "venv", str(VENV)], stdout=sys.stderr):
        raise Stop(f"{VENV} could not be made; the lines above say why.")


def pip(*arguments: str) -> None:
    """Install into .venv with the person's own pip settings, less those that do not fit there."""
    settings = {"PIP_USER": "0", "PIP_REQUIRE_HASHES": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    command = [str(PYTHON), "-I", "-m", "pip", "install", *arguments]
    if subprocess.call(command, env={**os.environ, **settings}, stdout=sys.stderr):
        hint = "The lines above say why. The first start needs the network; start again when it is there."
        if WINDOWS and len(str(CHECKOUT)) + LONGEST_INSTALLED_PATH > 260:
            hint = "The path of this folder is too long for Windows: move it to a short one, such as C:\\lantern."
        raise Stop("The packages could not be installed. " + hint)


def install_checkout() -> None:
    """Make .venv import this checkout in place and hold the ``lantern`` command: a wheel of one path and the scripts.

    The path is relative, so it holds for folder names of any script, and after the folder was moved.
    """
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    packages = sysconfig.get_path("purelib", "venv", {"base": str(VENV)})
    scripts = "".join(f"{command} = {target}\n" for command, target in project["scripts"].items())
    info = f"{project['name']}-{project['version']}.dist-info"
    files = {
        f"{project['name']}.pth": os.path.relpath(CHECKOUT, packages) + "\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: bootstrap\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{scripts}",
    }
    files[f"{info}/RECORD"] = "".join(record_line(name, text) for name, text in files.items()) + f"{info}/RECORD,,\n"
    with tempfile.TemporaryDirectory() as folder:
        wheel = Path(folder) / f"{project['name']}-{project['version']}-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            for name, text in files.items():
                archive.writestr(name, text)
        pip("--quiet", "--no-deps", "--no-index", "--force-reinstall", str(wheel))


def record_line(name: str, text: str) -> str:
    """Return the line of a wheel's RECORD for one file."""
    checksum = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
    return f"{name},sha256={checksum},{len(text.encode())}\n"


# --- commands -------------------------------------------------------------------------------------------------------


def hand_over(arguments: list[str]) -> int:
    """Become the ``lantern`` command; return its exit code where a process cannot become another."""
    command = [str(LANTERN), *arguments]
    if not WINDOWS:
        os.execve(command[0], command, clean_environment())  # noqa: S606 - so that signals and exit codes are its own
    return subprocess.call(command, env=clean_environment())


def clean_environment() -> dict[str, str]:
    """Return the environment less what would make .venv's Python look elsewhere for its modules."""
    return {name: value for name, value in os.environ.items() if name not in {"PYTHONHOME", "PYTHONPATH"}}


def run(out: Path | None) -> int:
    """Do the main job on practice clinics."""
    folder = out or CHECKOUT / "out" / time.strftime("practice-%Y-%m-%d-%H%M%S")
    say(f"Practice clinics, reports and summary go to {folder}")
    return hand_over(["practice", "--out", str(folder)])


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
    measured = ["--ignore=tests/benchmarks", "--cov", "--cov-report=json:.coverage.json"]
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
        code = subprocess.call([str(PYTHON), *arguments], cwd=CHECKOUT, env=clean_environment())
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
    for_run = commands.add_parser("run", help="do the main job on two practice clinics", allow_abbrev=False)
    for_run.add_argument("--headless", action="store_true", help="without a window, also when there is a display")
    for_run.add_argument("--out", type=Path, metavar="DIR", help="folder for clinics, reports and summary")
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
        install("app")
        return hand_over(argv[1:])
    known, pytest_arguments = arguments_of(argv)
    install("test" if known.command == "test" else "app")
    check_qt_libraries()
    if known.install_only:
        return 0
    return (
        run_steps(test_steps(pytest_arguments)) if known.command == "test" else run(known.out and known.out.absolute())
    )


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
