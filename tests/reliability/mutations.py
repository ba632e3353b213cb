"""Makes malformed files out of good ones: bytes turned, cut, doubled and mixed; values of JSON of another kind."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Callable
from typing import Any

Chance = random.Random
_LONGEST = 1 << 20  # what is doubled stays a file that somebody could have
_TOKENS = (
    *(b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b'"', b"'", b";", b",", b"\t", b"\r", b"\n\n\n", b"<", b"&a;", b"{", b"]"),
    *(b"-1", b"1e999", b"NaN", b"99999999999999999999", b"0x7fffffff", b"true", b"null", b"=1+1", b"../../x", b"%s%n"),
    *("\u202e".encode(), "王建国".encode("gb18030"), "\ud800".encode("utf-8", "surrogatepass"), b"\x80" * 9),
)


def mutate(content: bytes, chance: Chance) -> bytes:
    """Return the content after one to eight changes."""
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        content = chance.choice(_WAYS)(content, chance)[:_LONGEST]
    return content


def _turn(content: bytes, chance: Chance) -> bytes:
    if not content:
        return chance.randbytes(8)
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 4, 32))):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _cut(content: bytes, chance: Chance) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def _drop(content: bytes, chance: Chance) -> bytes:
    start = chance.randrange(len(content) + 1)
    return content[:start] + content[start + chance.choice((1, 2, 16, 300)) :]


def _put_in(content: bytes, chance: Chance) -> bytes:
    start = chance.randrange(len(content) + 1)
    return content[:start] + chance.choice(_TOKENS) * chance.choice((1, 1, 2, 1_000)) + content[start:]


def _double(content: bytes, chance: Chance) -> bytes:
    start = chance.randrange(len(content) + 1)
    piece = content[start : start + chance.choice((1, 40, 4_000))]
    return content[:start] + piece * chance.choice((2, 3, 200)) + content[start:]


def _noise(content: bytes, chance: Chance) -> bytes:
    start = chance.randrange(len(content) + 1)
    return content[:start] + chance.randbytes(chance.choice((1, 16, 512))) + content[start:]


def _exchange(content: bytes, chance: Chance) -> bytes:
    one, other = sorted(chance.randrange(len(content) + 1) for _ in range(2))
    return content[other:] + content[one:other] + content[:one]


_WAYS: tuple[Callable[[bytes, Chance], bytes], ...] = (
    _turn,
    _turn,
    _cut,
    _drop,
    _put_in,
    _put_in,
    _double,
    _noise,
    _exchange,
)


def mutate_json(content: bytes, chance: Chance) -> bytes:
    """Return JSON in which some values, somewhere, are of another kind, size or name; now and then no JSON any more."""
    if chance.random() < 0.4:
        return mutate(content, chance)
    document = json.loads(content)
    for _ in range(chance.choice((1, 1, 2, 4))):
        _strange(document, chance)
    try:
        return json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")
    except RecursionError:  # deep within deep is more than can be written
        return mutate(content, chance)


def _strange(document: Any, chance: Chance) -> None:
    here = document
    while True:
        keys = list(here) if isinstance(here, dict) else list(range(len(here)))
        if not keys:
            return
        key = chance.choice(keys)
        if isinstance(here[key], dict | list) and here[key] and chance.random() < 0.8:
            here = here[key]
            continue
        if chance.random() < 0.15:
            del here[key]
        elif chance.random() < 0.1 and isinstance(here, dict):
            here[chance.choice(("", "__class__", "x" * 5_000, "schema"))] = here.pop(key)
        else:
            here[key] = chance.choice(_VALUES)(here[key])
        return


def _deep(value: Any) -> Any:
    for _ in range(900):
        value = [value]
    return value


_VALUES: tuple[Callable[[Any], Any], ...] = (
    lambda value: None,
    lambda value: -1,
    lambda value: 10**40,
    lambda value: 1e308 * 10,
    lambda value: True,
    lambda value: "",
    lambda value: [],
    lambda value: {},
    lambda value: [value, value],
    lambda value: {"a": value},
    lambda value: str(value) * 3,
    lambda value: "x" * 200_000,
    lambda value: "../../../etc/passwd",
    lambda value: "\u202e\0\n<b>",
    lambda value: "\ud800",
    _deep,
)


def mutate_zip(content: bytes, chance: Chance) -> bytes:
    """Return an archive of which one part is malformed, has another name or is there twice; or a broken archive."""
    if chance.random() < 0.3:
        return mutate(content, chance)
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        parts = [(entry.filename, old.read(entry)) for entry in old.infolist()]
    at = chance.randrange(len(parts))
    name, part = parts[at]
    way = chance.random()
    if way < 0.75:
        parts[at] = (name, mutate(part, chance))
    elif way < 0.85:
        parts[at] = (chance.choice(("../" + name, "/" + name, name.upper(), name + "\\..", "x" * 300)), part)
    elif way < 0.95:
        del parts[at]
    else:
        parts.append((name + "2", chance.randbytes(100_000)))
    return zipped(parts)


def zipped(parts: list[tuple[str, bytes]]) -> bytes:
    """Return an archive with these parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name, part in parts:
            new.writestr(name, part)
    return made.getvalue()
