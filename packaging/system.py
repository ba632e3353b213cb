"""What Lantern needs from the system, and how a Debian or Ubuntu gets it."""

import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

WINDOWS = sys.platform == "win32"
LINUX = sys.platform.startswith("linux")

# What Qt's platform plug-ins load (read with ldd), and the Debian package that brings it.
QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libcups.so.2": "libcups2",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
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

# What Python and libraries from wheels load besides: the same on every Linux of the last decade.
STABLE_LIBRARIES = {
    "libbz2.so.1.0": "libbz2-1.0",
    "libexpat.so.1": "libexpat1",
    "libgcc_s.so.1": "libgcc-s1",
    "liblzma.so.5": "liblzma5",
    "libstdc++.so.6": "libstdc++6",
    "libuuid.so.1": "libuuid1",
    "libz.so.1": "zlib1g",
}


class Stop(Exception):
    """The work cannot go on; the text says why and what to do."""


def say(text: str = "") -> None:
    """Tell the person something; standard output belongs to the command that is started."""
    print(text, file=sys.stderr, flush=True)


def has_display() -> bool:
    """Return whether a window can be shown: other systems always have a screen, or Qt was told what to draw on."""
    return not LINUX or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


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
