"""Makes a Debian package from a bundle, for ``build.py --deb``. It needs ``dpkg-deb`` and so runs on Linux only."""

from __future__ import annotations

import hashlib
import platform
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from bundle import CHECKOUT, CONSOLE, WINDOW
from system import QT_LIBRARIES, STABLE_LIBRARIES, Stop

TEMPLATES = CHECKOUT / "packaging" / "linux"
PROGRAM = "usr/lib/lantern"
LINKS = {"usr/bin/lantern": CONSOLE, "usr/bin/lantern-desktop": WINDOW}  # name -> program of the bundle
ICON = "usr/share/icons/hicolor/scalable/apps/lantern.svg"
DESKTOP_FILE = "usr/share/applications/lantern.desktop"
COPYRIGHT = "usr/share/doc/lantern/copyright"
LAMP, GROUND = "#F2B24C", "#0B5A6D"  # as the window paints them


def make_deb(bundle: Path, version: str, out: Path) -> Path:
    """Make the package of a bundle in a folder and return it."""
    if not shutil.which("dpkg-deb"):
        raise Stop("A Debian package is made on Debian, Ubuntu or a relative: dpkg-deb was not found here.")
    machine = subprocess.run(
        ["dpkg", "--print-architecture"], capture_output=True, text=True, check=True
    ).stdout.strip()
    package = out / f"lantern_{version}_{machine}.deb"
    with tempfile.TemporaryDirectory(prefix="lantern-deb-") as name:
        tree = Path(name) / "tree"
        lay_out(bundle, tree)
        write_control(tree, version, machine)
        set_rights(tree)
        command = ["dpkg-deb", "--root-owner-group", "-Zxz", "-z1", "--build", str(tree), str(package)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return package


def lay_out(bundle: Path, tree: Path) -> None:
    """Put everything at the place it has once installed."""
    shutil.copytree(bundle, tree / PROGRAM, symlinks=True)
    for link, program in LINKS.items():
        (tree / link).parent.mkdir(parents=True, exist_ok=True)
        (tree / link).symlink_to(f"../lib/lantern/{program}")
    texts = {
        DESKTOP_FILE: (TEMPLATES / "lantern.desktop").read_text(encoding="utf-8"),
        ICON: icon(),
        COPYRIGHT: copyright_note(),
    }
    for place, text in texts.items():
        (tree / place).parent.mkdir(parents=True, exist_ok=True)
        (tree / place).write_text(text, encoding="utf-8", newline="\n")


def icon() -> str:
    """Return the program's icon: its mark, which is one colour and transparent, on a ground."""
    mark = (CHECKOUT / "resources" / "icons" / "lantern.svg").read_text(encoding="utf-8").strip()
    placed = re.sub(r"^<svg ", '<svg x="37" y="24" width="54" height="80" ', mark).replace("currentColor", LAMP)
    ground = f'<rect width="128" height="128" rx="28" fill="{GROUND}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 128 128">{ground}{placed}</svg>\n'


def copyright_note() -> str:
    """Return the licence of the program, and where those of its libraries are."""
    own = (CHECKOUT / "LICENSE").read_text(encoding="utf-8")
    others = f"Libraries, fonts and data under other licences: /{PROGRAM}/_internal/resources/licences\n"
    return f"{others}\nLantern itself:\n\n{own}"


def depends() -> str:
    """Return what the package depends on: the C library it was built with, and the libraries that stay the system's."""
    libc = platform.libc_ver()[1]
    return ", ".join([f"libc6 (>= {libc})", *sorted({*QT_LIBRARIES.values(), *STABLE_LIBRARIES.values()})])


def write_control(tree: Path, version: str, machine: str) -> None:
    """Write what dpkg reads: the description, and the checksums with which it finds damage later."""
    files = sorted(path for path in tree.rglob("*") if path.is_file() and not path.is_symlink())
    folder = tree / "DEBIAN"
    folder.mkdir()
    control = (
        (TEMPLATES / "control.txt")
        .read_text(encoding="utf-8")
        .format(
            version=version,
            architecture=machine,
            installed_kilobytes=sum(path.stat().st_size for path in files) // 1024,
            depends=depends(),
        )
    )
    (folder / "control").write_text(control, encoding="utf-8", newline="\n")
    sums = [f"{checksum(path)}  {path.relative_to(tree).as_posix()}\n" for path in files]
    (folder / "md5sums").write_text("".join(sums), encoding="utf-8", newline="\n")


def checksum(path: Path) -> str:
    """Return the sum that dpkg knows; it finds damage and guards against nobody."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def set_rights(tree: Path) -> None:
    """Let everybody read and only the system change, whatever the builder's own habits are."""
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
