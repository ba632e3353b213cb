"""The gate of the store: every public function names the permission it needs, and reading works only under it.

    @needs(Permission.RECORD_READ, person=True)
    def load_record(vault, person_id): ...

``needs`` refuses who lacks the permission and grants reading for the length of the function, or of the iteration
where it yields. ``inner`` marks what only the store's own functions call, under their grant. A query outside any grant
is a fault of ours (``engine.store.vault``).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, TypeVar, cast

from engine.store.permissions import Permission

_Function = TypeVar("_Function", bound=Callable[..., Any])
_MARK = "__lantern_needs__"


def needs(permission: Permission, *, person: bool = False) -> Callable[[_Function], _Function]:
    """Let a function run, and read, only for who holds ``permission``; its first argument is the vault.

    ``person``: its second argument is the id of one person, or ids, so that an emergency opens it for that person.

    The function raises AccessError: ``access_denied``, ``access_passphrase_first``.
    """

    def decorate(function: _Function) -> _Function:
        run = _stepwise(function) if inspect.isgeneratorfunction(function) else function

        @wraps(function)
        def guarded(vault: Any, *arguments: Any, **named: Any) -> Any:
            vault.require(permission, _ids(arguments) if person else ())
            if run is not function:
                return run(vault, *arguments, **named)
            with vault.granting():
                return function(vault, *arguments, **named)

        setattr(guarded, _MARK, permission)
        return cast(_Function, guarded)

    return decorate


def inner(function: _Function) -> _Function:
    """Mark a function that the store's own functions call, under the grant of the one that was asked."""
    setattr(function, _MARK, "inner")
    return function


def mark_of(function: Callable[..., Any]) -> Permission | str | None:
    """Return the permission a function needs, "inner", or None where nobody said."""
    found: Permission | str | None = getattr(function, _MARK, None)
    return found


def _ids(arguments: tuple[Any, ...]) -> tuple[str, ...]:
    given = arguments[0] if arguments else ()
    if isinstance(given, str):
        return (given,)
    # Whatever else can be run through once only is not looked into: it would be empty afterwards.
    return tuple(given) if isinstance(given, (tuple, list)) else ()


def _stepwise(function: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    """Return a generator that holds the grant while it works, and not while its caller does."""

    @wraps(function)
    def stepping(vault: Any, *arguments: Any, **named: Any) -> Iterator[Any]:
        steps = function(vault, *arguments, **named)
        while True:
            with vault.granting():
                try:
                    step = next(steps)
                except StopIteration:
                    return
            yield step

    return stepping
