"""What goes into the bundle and what stays out; ``app.spec`` hands it to PyInstaller.

Qt's plug-ins are listed by what ships: what is not named stays out, and so do the libraries that only it would load.
On Linux the system's own libraries stay out too, except those of Python: the package names them as what it depends on,
so that they get the system's security fixes and match its drivers and fonts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

from system import LINUX, STABLE_LIBRARIES

CHECKOUT = Path(__file__).resolve().parent.parent
CONSOLE = "lantern"
WINDOW = "LanternDesktop"
FOLDER = "Lantern"

# Two programs, one folder. Each is its own file because PyInstaller names a program after the file.
PROGRAMS = {
    CONSOLE: CHECKOUT / "packaging" / "programs" / "console.py",
    WINDOW: CHECKOUT / "packaging" / "programs" / "window.py",
}

# A library that is loaded by its path, and so found by nobody: the package that it lies in.
LOADED_BY_PATH = "pypdfium2_raw"

# Files beside the code, as pairs of source and folder in the bundle.
DATAS = ((CHECKOUT / "resources", "resources"), (CHECKOUT / "LICENSE", "."))

# What PyInstaller would pick up and nobody here imports when the program runs: helpers that libraries look for and do
# without, what makes packs, and what tests.
EXCLUDES = (
    "IPython",
    "PySide6.QtQml",
    "PySide6.QtQuick",
    "PySide6.QtSql",
    "_pytest",
    "curses",
    "engine.risk.equations",
    "engine.risk.plausible.making",
    "hypothesis",
    "lxml",
    "matplotlib",
    "mypy",
    "onnx",
    "pip",
    "pikepdf",
    "pytest",
    "pytestqt",
    "readline",
    "scipy",
    "setuptools",
    "sklearn",
    "tkinter",
)

# Kind of plug-in -> names, without what each system puts before and after them ("lib", ".so", ".dll", ".dylib").
PLUGINS = {
    "iconengines": {"qsvgicon"},
    "imageformats": {"qgif", "qico", "qjpeg", "qsvg"},
    "platforminputcontexts": {"composeplatforminputcontextplugin", "ibusplatforminputcontextplugin"},
    "platforms": {"qcocoa", "qoffscreen", "qwayland", "qwindows", "qxcb"},
    "platformthemes": {"qxdgdesktopportal"},
    "printsupport": {"cocoaprintersupport", "cupsprintersupport", "windowsprintersupport"},
    "styles": {"qmacstyle", "qmodernwindowsstyle"},
    "wayland-decoration-client": {"adwaita", "bradient"},
    "wayland-shell-integration": {"xdg-shell"},
}
TRANSLATIONS = {"qt_zh_CN.qm", "qtbase_zh_CN.qm"}  # Qt's own English needs none

Entry = tuple[str, str, str]  # place in the bundle, source, kind
FindImports = Callable[[str], Iterable[tuple[str, str | None]]]  # file -> libraries it loads, as name and full path


def hidden_imports() -> list[str]:
    """Return the modules that are imported by name only: what workers can do, and the readers of files."""
    # The lists are read by tests and builds, not by who imports this.
    from engine.intake.readers.registry import FILES, READERS  # noqa: PLC0415 - as said
    from engine.workers.kinds import KINDS  # noqa: PLC0415 - as said

    return sorted({*KINDS.values(), *READERS, *FILES})


def is_unwanted(place: str) -> bool:
    """Return whether a file of Qt at this place of the bundle stays out."""
    path = PurePosixPath(place.replace("\\", "/"))
    if "PySide6" not in path.parts:
        return False
    if "plugins" in path.parts:
        kind, name = path.parts[-2], path.name.partition(".")[0].removeprefix("lib")
        return name not in PLUGINS.get(kind, set())
    return "translations" in path.parts and path.name not in TRANSLATIONS


def files_to_ship(entries: Iterable[Entry], find_imports: FindImports, *, linux: bool = LINUX) -> list[Entry]:
    """Return what ships of everything that PyInstaller found."""
    entries = list(entries)
    libraries = _Libraries(entries, find_imports)
    left_out = libraries.only_of(is_unwanted)
    if linux:
        left_out |= libraries.only_of(is_of_qt) & libraries.of_the_system()
        left_out |= STABLE_LIBRARIES.keys() & libraries.of_the_system()
    return [entry for entry in entries if not is_unwanted(entry[0]) and _name(entry[0]) not in left_out]


def is_of_qt(place: str) -> bool:
    """Return whether a file belongs to Qt or its Python modules."""
    return PurePosixPath(place.replace("\\", "/")).parts[0] in {"PySide6", "shiboken6"}


class _Libraries:
    """Which file loads which library, among the files that PyInstaller found."""

    def __init__(self, entries: Iterable[Entry], find_imports: FindImports) -> None:
        # A link has no file of its own.
        self._files = [(place, source) for place, source, kind in entries if kind in {"BINARY", "EXTENSION"}]
        self._sources = {_name(place): source for place, source in self._files}
        self._find_imports = find_imports

    def of_the_system(self) -> set[str]:
        """Return the names of the libraries that the system brought."""
        return {name for name, source in self._sources.items() if source.startswith(("/lib/", "/usr/lib/"))}

    def only_of(self, chosen: Callable[[str], bool]) -> set[str]:
        """Return the names of the libraries that nothing but the chosen files needs."""
        theirs = self._loaded(source for place, source in self._files if chosen(place))
        others = (source for place, source in self._files if not chosen(place) and _name(place) not in theirs)
        return theirs - self._loaded(others)

    def _loaded(self, files: Iterable[str]) -> set[str]:
        """Return the names of the libraries that these files load, and those that these load in turn."""
        found: set[str] = set()
        waiting = list(files)
        while waiting:
            for reference, _ in self._find_imports(waiting.pop()):
                name = _name(reference)
                if name in self._sources and name not in found:
                    found.add(name)
                    waiting.append(self._sources[name])
        return found


def _name(place: str) -> str:
    return PurePosixPath(place.replace("\\", "/")).name
