"""Virtual environments in the checkout: made once, pinned by hash, recognised by a stamp."""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from system import WINDOWS, Stop, check_venv_module, say

CHECKOUT = Path(__file__).resolve().parent.parent
NEEDED_BYTES = 1_500_000_000  # the app set takes 0.6 GB, the test set 0.9 GB, and pip unpacks beside them
LONGEST_INSTALLED_PATH = 180  # characters below the checkout; Windows refuses paths over 260 unless told otherwise
# Sets of pinned requirements; test and build hold all of app, so what holds one of them holds app too.
SETS = {"app": ("app",), "test": ("app", "test"), "build": ("app", "build")}


def requirements_file(name: str) -> Path:
    """Return the pinned requirements of a set."""
    return CHECKOUT / "packaging" / "requirements" / f"{name}.txt"


def digest(*parts: str) -> str:
    """Return a short name for these texts; line ends do not count."""
    return hashlib.sha256("\0".join(part.replace("\r\n", "\n") for part in parts).encode()).hexdigest()


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


def record_line(name: str, text: str) -> str:
    """Return the line of a wheel's RECORD for one file."""
    checksum = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
    return f"{name},sha256={checksum},{len(text.encode())}\n"


def entry_points(project: Mapping[str, Any]) -> str:
    """Return the entry points of a project: commands, and programs that open a window without a console."""
    text = ""
    for group, key in (("console_scripts", "scripts"), ("gui_scripts", "gui-scripts")):
        lines = [f"{command} = {target}\n" for command, target in project.get(key, {}).items()]
        text += f"[{group}]\n{''.join(lines)}" if lines else ""
    return text


class Environment:
    """A virtual environment in a folder of the checkout, with the checkout itself importable in it.

    A stamp there says what was installed, so a second start installs nothing and needs no network. It is removed before
    any change and written back last: an environment without a stamp was interrupted and is made anew.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stamp = folder / "lantern-stamp.json"
        self.python = self.program("python")

    def program(self, name: str) -> Path:
        """Return where a command of this environment lies."""
        return self.folder / (f"Scripts/{name}.exe" if WINDOWS else f"bin/{name}")

    def wanted_stamp(self, name: str) -> dict[str, str]:
        """Return what the stamp says when a set is installed for this checkout."""
        stamp = {each: digest(requirements_file(each).read_text(encoding="utf-8")) for each in SETS[name]}
        project = (CHECKOUT / "pyproject.toml").read_text(encoding="utf-8")
        return {**stamp, "checkout": digest(project, str(CHECKOUT)), "python": "{}.{}".format(*sys.version_info[:2])}

    def read_stamp(self) -> dict[str, str]:
        """Return what was installed; empty when the environment must be made anew."""
        try:
            written = json.loads(self.stamp.read_text(encoding="utf-8"))
            stamp = {str(key): str(value) for key, value in written.items()}
        except (OSError, ValueError, AttributeError):  # absent, no JSON, or JSON of another shape
            return {}
        usable = Path(stamp.get("base", "none")).exists() and self.python.exists()
        return stamp if usable and stamp.get("python") == self.wanted_stamp("app")["python"] else {}

    def install(self, name: str) -> None:
        """Bring the environment to a set of pinned requirements; does nothing when it is there already."""
        wanted = self.wanted_stamp(name)
        found = self.read_stamp()
        if wanted.items() <= found.items():
            return
        check_folder()
        if not found:
            self.make_venv()
        self.stamp.unlink(missing_ok=True)
        if any(found.get(each) != wanted[each] for each in wanted if each != "checkout"):
            say(f"Installing the pinned packages of {requirements_file(name).relative_to(CHECKOUT)}")
            # the file is the whole resolution: asked to resolve again, pip looks at releases newer than the pins
            self.pip("--require-hashes", "--only-binary=:all:", "--no-deps", "-r", str(requirements_file(name)))
        self.install_checkout()
        base = str(getattr(sys, "_base_executable", sys.executable))
        stamp = {**found, **wanted, "base": base}
        draft = self.stamp.with_suffix(".draft")
        draft.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
        draft.replace(self.stamp)
        say(f"Ready: {self.program('lantern')}")

    def make_venv(self) -> None:
        """Make the environment, in place of what an interrupted start or another Python left."""
        if Path(sys.prefix).resolve() == self.folder.resolve():
            name = self.folder.name
            raise Stop(
                f"This {name} must be made anew. Start again with a Python from outside it, for example: python3"
            )
        check_venv_module()
        say(f"Making {self.folder} for Python {sys.version_info[0]}.{sys.version_info[1]}")
        try:
            if self.folder.is_symlink() or self.folder.is_file():
                self.folder.unlink()
            elif self.folder.exists():
                shutil.rmtree(self.folder)
        except OSError as error:
            raise Stop(
                f"{self.folder} could not be removed: close the programs that use it and start again."
            ) from error
        if subprocess.call([sys.executable, "-I", "-m", "venv", str(self.folder)], stdout=sys.stderr):
            raise Stop(f"{self.folder} could not be made; the lines above say why.")

    def pip(self, *arguments: str) -> None:
        """Install with the person's own pip settings, less those that do not fit here."""
        settings = {"PIP_USER": "0", "PIP_REQUIRE_HASHES": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        command = [str(self.python), "-I", "-m", "pip", "install", *arguments]
        if subprocess.call(command, env={**os.environ, **settings}, stdout=sys.stderr):
            hint = "The lines above say why. The first start needs the network; start again when it is there."
            if WINDOWS and len(str(CHECKOUT)) + LONGEST_INSTALLED_PATH > 260:
                hint = "The path of this folder is too long for Windows: move it to a short one, such as C:\\lantern."
            raise Stop("The packages could not be installed. " + hint)

    def install_checkout(self) -> None:
        """Make this checkout importable in place, with its commands: a wheel of one path and the entry points.

        The path is relative, so it holds for folder names of any script, and after the folder was moved.
        """
        project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        packages = sysconfig.get_path("purelib", "venv", {"base": str(self.folder)})
        name, version = project["name"], project["version"]
        info = f"{name}-{version}.dist-info"
        files = {
            f"{name}.pth": os.path.relpath(CHECKOUT, packages) + "\n",
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: bootstrap\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{info}/entry_points.txt": entry_points(project),
        }
        record = "".join(record_line(file, text) for file, text in files.items())
        files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n"
        with tempfile.TemporaryDirectory() as folder:
            wheel = Path(folder) / f"{name}-{version}-py3-none-any.whl"
            with zipfile.ZipFile(wheel, "w") as archive:
                for file, text in files.items():
                    archive.writestr(file, text)
            self.pip("--quiet", "--no-deps", "--no-index", "--force-reinstall", str(wheel))
