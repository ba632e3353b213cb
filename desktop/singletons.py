"""Keeps None, True and False alive under Python 3.11.

From Python 3.12 on these objects are immortal, and Qt's Python wheels (6.12, stable ABI, built with headers of a later
Python) hand them out without counting: each call that returns nothing takes one reference of None away. Python 3.11
counts them still, so after some ten thousand calls None would be let go and the process ends with "deallocating None".
Here they get so many references once that no session uses them up.
"""

from __future__ import annotations

import sys

_MANY = sys.maxsize // 4


def keep_alive() -> None:
    """Make the objects that later Pythons never let go as good as immortal; there, nothing is done."""
    if sys.version_info >= (3, 12) or sys.implementation.name != "cpython":
        return
    import ctypes  # noqa: PLC0415 - behind the first page, and not at all with later Pythons

    for each in (None, True, False, NotImplemented, Ellipsis):
        if sys.getrefcount(each) < _MANY:  # the count is the first word of an object of CPython
            ctypes.c_ssize_t.from_address(id(each)).value += _MANY
