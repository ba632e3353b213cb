"""Looks for canaries in every byte that the processes of a session wrote, and in all that is left on the disk (T11).

A canary is a word with a stem that stands nowhere else, so that one search a way of writing finds all of them.
"""

from __future__ import annotations

import base64
import json
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.reliability.recorder import built

_SOURCE = Path(__file__).with_name("witness.c")
_LENGTHS = struct.Struct("=QQ")
STEM, CHINESE, DIGITS = "Qvzxkwjyqu", "龘麤鱻靐", "77093175"


@dataclass(frozen=True)
class Canary:
    """Somebody whose name, numbers and words stand nowhere else."""

    number: str
    name: str
    phone: str
    notes: str


def canaries(count: int) -> list[Canary]:
    """Return people, every fourth of them with a Chinese name; each is two words or more to be looked for."""
    found = []
    for place in range(count):
        tail = "".join("abcdefghij"[int(digit)] for digit in f"{place:03}")
        name = f"{CHINESE}{chr(0x4E00 + place)}" if place % 4 == 0 else f"{STEM}{tail} Marsh{STEM.lower()}{tail}"
        found.append(Canary(f"{STEM}{place:03}", name, f"0{DIGITS}{place:03}", f"works at {STEM}mill{tail}"))
    return found


def needles() -> dict[str, bytes]:
    """Return the stems in every way in which a program writes texts, in small letters where it has letters."""
    found: dict[str, bytes] = {}
    for word in (STEM.lower(), CHINESE, DIGITS):
        kind = word if word.isascii() else "Chinese"
        for encoding in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le"):
            found[f"{kind} {encoding}"] = word.encode(encoding)
        if not word.isascii():
            found[f"{kind} gb18030"] = word.encode("gb18030")
            found[f"{kind} escaped"] = json.dumps(word).strip('"').encode()
            found[f"{kind} in a link"] = "".join(f"%{byte:02x}" for byte in word.encode()).encode()
        found[f"{kind} in hex"] = word.encode().hex().encode()
    found["capital in hex"] = STEM.encode().hex().encode()
    return found


def in_base64() -> list[bytes]:
    """Return the stems as they stand within base64, wherever they begin in it."""
    found = []
    for word in (STEM, STEM.lower(), CHINESE, DIGITS):
        for shift in range(3):
            coded = base64.b64encode(b"\0" * shift + word.encode())
            # The signs at both ends hold bits of what stands beside the word.
            found.append(coded[(0, 2, 3)[shift] : len(coded) - 4])
    return found


def hits(content: bytes) -> list[str]:
    """Return in which ways canaries stand in some bytes."""
    low = content.lower()
    return [way for way, needle in needles().items() if needle.lower() in low] + [
        "base64" for needle in in_base64() if needle in content
    ]


def witnessed(logs: Path) -> dict[str, str]:
    """Return the environment of a process whose writes are copied into ``logs``, and those of all it starts."""
    logs.mkdir(exist_ok=True)
    return {"LD_PRELOAD": str(built(_SOURCE)), "LANTERN_WITNESS": str(logs)}


def written(logs: Path) -> Iterator[tuple[str, bytes]]:
    """Yield each file that was written, with all bytes that a process wrote to it, one after the other."""
    for log in sorted(logs.iterdir()):
        content = log.read_bytes()
        files: dict[str, list[bytes]] = {}
        place = 0
        while place < len(content):
            named, length = _LENGTHS.unpack_from(content, place)
            place += _LENGTHS.size
            path = os.fsdecode(content[place : place + named])
            files.setdefault(path, []).append(content[place + named : place + named + length])
            place += named + length
        yield from ((path, b"".join(parts)) for path, parts in files.items())


def left_behind(folders: list[Path]) -> Iterator[tuple[str, bytes]]:
    """Yield each file below some folders, its name among the bytes."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
            yield str(path), os.fsencode(path.name) + b"\0" + content
