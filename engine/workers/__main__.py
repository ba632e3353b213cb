"""The door of a worker: ``python -m engine.workers KIND LIMITS`` from source, ``PROGRAM worker KIND LIMITS`` frozen."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from engine.workers.limits import Force, Guard, Limits

if TYPE_CHECKING:
    from engine.workers.kinds import Handler

EXIT_USAGE = 64


def main(arguments: Sequence[str], kinds: Mapping[str, str | Handler] | None = None) -> int:
    """Be a worker: take the limits, then answer requests from standard input until it closes.

    Args:
        arguments: kind and limits (``Limits.to_text``).
        kinds: other kinds than the program's own, for tests.
    """
    if len(arguments) != 2:
        return EXIT_USAGE
    try:
        limits = Limits.from_text(arguments[1])
    except ValueError:
        return EXIT_USAGE
    force = _take_limits(limits)
    # Loaded only now: everything below runs inside the limits.
    from engine.workers.child import serve  # noqa: PLC0415 - the limits must come before NumPy is loaded

    return serve(arguments[0], limits, force, kinds)


def _take_limits(limits: Limits) -> dict[Guard, Force]:
    if sys.platform == "win32":
        from engine.workers.guards_windows import enforce  # noqa: PLC0415 - one module per system
    else:
        from engine.workers.guards_posix import enforce  # noqa: PLC0415 - one module per system
    return enforce(limits)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
