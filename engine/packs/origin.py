"""Where a model comes from and what may be done with it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.packs.kinds import LicenceState

_PROGRAM, _TRAINER = "lantern", "learning "


@dataclass(frozen=True, slots=True)
class Words:
    """One text in every language of the program."""

    en: str
    zh: str

    def get(self, language: str) -> str:
        """Return the text in ``language`` ("en" or "zh")."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Citation:
    """Where the model was published."""

    text: str
    doi: str | None = None
    also: str | None = None
    table: str | None = None


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file of the pack; ``sha256`` in lower-case hex."""

    file: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Licence:
    """The licence state and the note a person reads before accepting.

    ``credit`` names the owner where the pack is told about. ``notice`` must stand, in full, on every page for
    clinicians that shows a number of the pack. ``files`` are licence texts that lie in the pack's folder.
    """

    state: LicenceState
    note: str
    credit: Words | None = None
    notice: Words | None = None
    files: tuple[FileRef, ...] = ()


@dataclass(frozen=True, slots=True)
class MadeBy:
    """What wrote the graph. ``signed``: "local" where a clinic trained it and no key of a maker stands for it."""

    program: str
    compiler_version: str
    signed: str | None = None

    @property
    def trained(self) -> bool:
        """Whether this program trained the model from people's rows, here or elsewhere."""
        return self.program == _PROGRAM and self.compiler_version.startswith(_TRAINER)


@dataclass(frozen=True, slots=True)
class Verification:
    """How the numbers were checked before packing."""

    status: str
    detail: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parent:
    """The pack that this one was made from and in whose place it stands: exactly which version."""

    id: str
    version: str
    digest: str
