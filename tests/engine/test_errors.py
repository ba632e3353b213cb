"""The error tree: what a log may see of an error, and which family it belongs to."""

from __future__ import annotations

import pytest

from engine.errors import (
    AccessError,
    BugError,
    Cancelled,
    EngineError,
    InputError,
    PackError,
    PassphraseError,
    StoreError,
    UsageError,
    WorldError,
)


@pytest.mark.parametrize("kind", [UsageError, InputError, PassphraseError, AccessError, StoreError, PackError])
def test_the_world_failing_is_told_apart_from_us_failing(kind: type[WorldError]) -> None:
    assert issubclass(kind, WorldError)
    assert not issubclass(kind, BugError)


def test_the_text_of_an_error_is_its_code_alone() -> None:
    error = InputError("file_missing", file="Mary Smith.csv")
    assert str(error) == "file_missing"
    assert "Mary" not in repr(error)
    assert dict(error.details) == {"file": "Mary Smith.csv"}


def test_being_stopped_is_neither_success_nor_failure() -> None:
    with pytest.raises(Cancelled) as stopped:
        raise Cancelled
    assert stopped.value.code == "cancelled"
    assert isinstance(stopped.value, EngineError)
    assert not isinstance(stopped.value, (WorldError, BugError))
