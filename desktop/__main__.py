"""Start of the window: ``python -m desktop``, or the window program of a frozen Lantern.

(nothing)                 start Lantern, or show the window that is already there
--practice                start it on the practice clinic
session ...               be one session; only the launcher says this
worker KIND LIMITS        be a worker; only a session says this
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence

from engine.dumps import forbid_dumps


def main(arguments: Sequence[str] | None = None) -> int:
    """Be what the first word says; each part is loaded only when it is needed. Returns the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["worker"]:
        from engine.workers.__main__ import main as be_worker  # noqa: PLC0415 - see above

        return be_worker(words[1:])
    if words[:1] == ["session"]:
        forbid_dumps()
        gc.disable()  # for good: see desktop.collector, which takes over
        from desktop.session import main as be_session  # noqa: PLC0415 - see above

        return be_session(words[1:])
    from desktop.launcher import main as launch  # noqa: PLC0415 - see above

    return launch(words)


if __name__ == "__main__":
    sys.exit(main())
