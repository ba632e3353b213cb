"""The error tree of the engine.

    EngineError
    ├── WorldError            the world failed: a sentence and a remedy exist in engine.wording
    │   ├── UsageError        the call cannot be carried out as written
    │   ├── InputError        a file or value was refused; nothing was stored
    │   ├── PassphraseError   the passphrase does not open this store
    │   ├── AccessError       who is signed in may not do this
    │   ├── StoreError        the store is damaged, newer, in use or cannot be written
    │   └── PackError         a pack is missing, altered, switched off or unreadable
    ├── BugError              we failed: goes to the crash report
    └── Cancelled             a person stopped the work; nothing half-done is left

An error carries a code and plain details. Its text never holds a patient value, a path or a query, so it is safe in
a log; the sentence for a person is made by ``engine.wording`` from the code and the details.
"""

from __future__ import annotations

from collections.abc import Mapping

Detail = str | int | float


class EngineError(Exception):
    """Base of all errors that the engine raises on purpose."""

    def __init__(self, code: str, **details: Detail) -> None:
        super().__init__(code)
        self.code = code
        self.details: Mapping[str, Detail] = details


class WorldError(EngineError):
    """The world failed; ``error.<code>`` in the wording says what happened and what to do."""


class UsageError(WorldError):
    """The call cannot be carried out as written."""


class InputError(WorldError):
    """A file or value was refused; nothing was stored."""


class PassphraseError(WorldError):
    """The passphrase does not open this store."""


class AccessError(WorldError):
    """Who is signed in may not do this."""


class StoreError(WorldError):
    """The store is damaged, newer than the program, in use, or cannot be written."""


class PackError(WorldError):
    """A pack is missing, altered, switched off or unreadable."""


class BugError(EngineError):
    """A promise inside the program was broken."""


class Cancelled(EngineError):
    """A person stopped the work."""

    def __init__(self) -> None:
        super().__init__("cancelled")
