"""Where a person's files lie on this machine: the one place that knows."""

from __future__ import annotations

from pathlib import Path

_NAME = "Lantern"


class Paths:
    """The folders of one installation. Nothing here holds a patient's data except the clinic folders themselves.

    A plain class: the launcher loads it before anything else, and every import there delays the first page.
    """

    __slots__ = ("data",)

    def __init__(self, data: Path) -> None:
        """Take the folder that everything lies in."""
        self.data = data

    @classmethod
    def of(cls, chosen: Path | None) -> Paths:
        """Return the folders below ``chosen``, or the usual place of this system when None.

        The local place and never the roaming one: a clinic must not be copied about by the system.
        """
        if chosen is None:
            import platformdirs  # noqa: PLC0415 - only where nobody chose a place

            chosen = Path(platformdirs.user_data_dir(_NAME, appauthor=False, roaming=False))
        return cls(chosen)

    @property
    def settings(self) -> Path:
        """The choices of the window: language, look, units, paper."""
        return self.data / "settings.json"

    @property
    def lock(self) -> Path:
        """Held by the one launcher that runs."""
        return self.data / "window.lock"

    @property
    def call(self) -> Path:
        """Touched by a second start, so that the first shows its window."""
        return self.data / "window.call"

    @property
    def state(self) -> Path:
        """Which processes live and how far they are; written by the launcher, gone with it."""
        return self.data / "window.state"

    @property
    def clinic(self) -> Path:
        """The folder of the clinic made on this machine."""
        return self.data / "clinic"

    def practice(self, language: str) -> Path:
        """The folder of the practice clinic of a language."""
        return self.data / f"practice-{language}"

    @property
    def crash_reports(self) -> Path:
        """Reports of faults of the program: places in the program, never a value."""
        return self.data / "faults"
