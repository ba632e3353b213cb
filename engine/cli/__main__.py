"""Start of the ``lantern`` command."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from engine.cli.output import INTERNAL, STOPPED, explain, finish_output, give_up_output, internal, warn, wording
from engine.dumps import forbid_dumps
from engine.errors import BugError, EngineError
from engine.workers.__main__ import main as worker


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code. Ends with one sentence on standard error, never a traceback.

    ``worker KIND LIMITS`` is no word for people: it is how a frozen program starts its workers.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["worker"]:
        return worker(words[1:])
    forbid_dumps()
    _speak_utf8()
    try:
        with _stoppable():
            return _run(words)
    except KeyboardInterrupt:
        warn(wording().say("cli.stopped"))
        return STOPPED
    except BrokenPipeError:
        # The reader of our output went away (``lantern ... | head``): nothing more to say, and nobody to say it to.
        give_up_output()
        return 0
    except EngineError as error:
        if isinstance(error, BugError) and _developing():
            raise
        return explain(error)
    except Exception as error:
        if _developing():
            raise
        warn(internal(type(error).__name__))
        return INTERNAL


def _run(arguments: Sequence[str]) -> int:
    # The rooms behind the command take a moment to load: here, so that a stop in that moment is also just a stop.
    from engine.cli.parser import read_arguments  # noqa: PLC0415 - see above

    options = read_arguments(arguments)
    code = int(options.run(options))
    finish_output()
    return code


def _developing() -> bool:
    """Whether whoever works on the program wants to see where a fault of ours came from."""
    return bool(os.environ.get("LANTERN_TRACEBACK"))


@contextmanager
def _stoppable() -> Iterator[None]:
    """Take a request to end (a closed terminal, a shutdown) like Ctrl-C: what is half-done is tidied away."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may say what signals do
        return
    kinds = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]
    before = {kind: signal.signal(kind, _stop) for kind in kinds}
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _speak_utf8() -> None:
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(encoding="utf-8", errors="backslashreplace")


if __name__ == "__main__":
    sys.exit(main())
