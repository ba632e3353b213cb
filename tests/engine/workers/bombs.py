"""Kinds of workers that only tests start: each misbehaves in one way."""

from __future__ import annotations

import os
import sys
import time

from engine.errors import InputError
from engine.workers.__main__ import main
from engine.workers.kinds import Handler, Report
from engine.workers.messages import Message

GIGABYTE = 1 << 30


def allocate(request: Message, report: Report) -> Message:
    """Take ten gigabytes, a piece at a time, and touch every page."""
    held = [bytearray(os.urandom(1) * (64 << 20)) for _ in range(160)]
    return Message("answer", {"pieces": len(held)})


def allocate_at_once(request: Message, report: Report) -> Message:
    """Take ten gigabytes in one piece."""
    return Message("answer", {"size": len(bytearray(10 * GIGABYTE))})


def loop(request: Message, report: Report) -> Message:
    """Never end."""
    while True:
        pass


def sleep(request: Message, report: Report) -> Message:
    """Never end, without using the processor."""
    while True:
        time.sleep(0.05)


def write(request: Message, report: Report) -> Message:
    """Fill the disk."""
    with open(request.body["path"], "wb", buffering=0) as file:
        for _ in range(1000):
            file.write(bytes(1 << 20))
    return Message("answer")


def fork(request: Message, report: Report) -> Message:
    """Start another process."""
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return Message("answer", {"forked": True})


def dial(request: Message, report: Report) -> Message:
    """Reach for the network of this machine; tell whether the port of the parent answered."""
    import socket

    try:
        socket.create_connection(("127.0.0.1", request.body["port"]), timeout=2).close()
    except OSError:
        return Message("answer", {"reached": False})
    return Message("answer", {"reached": True})


def die(request: Message, report: Report) -> Message:
    """End without a word."""
    os.abort()


def fail(request: Message, report: Report) -> Message:
    """Break on the input, quoting it."""
    raise ValueError("patient 4711 has a secret")


def refuse(request: Message, report: Report) -> Message:
    """Refuse the input on purpose."""
    raise InputError("refused_for_a_reason", row=3)


def chatter(request: Message, report: Report) -> Message:
    """Print on every stream, as a careless library does."""
    sys.stdout.write("on standard output\n")
    sys.stderr.write("patient 4711 on standard error\n")
    os.write(1, b"straight to the descriptor")
    return Message("answer", request.body, request.arrays)


def gibber(request: Message, report: Report) -> Message:
    """Answer with something larger than anyone asked for."""
    import numpy as np

    return Message("answer", {}, (np.zeros(50 << 20, dtype=np.uint8),))


def tell(request: Message, report: Report) -> Message:
    """Report progress, then the environment it was given."""
    for step in range(3):
        report(step, 3)
        time.sleep(0.15)
    return Message("answer", {"variables": sorted(os.environ), "pid": os.getpid()})


KINDS: dict[str, str | Handler] = {
    function.__name__: function
    for function in (
        allocate, allocate_at_once, loop, sleep, write, fork, dial, die, fail, refuse, chatter, gibber, tell,
    )
}  # fmt: skip

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], KINDS))
