"""Locks a PDF of ours with a passphrase, as every reader of PDF opens it: AES-256 (ISO 32000-2:2020, 7.6, revision 6).

The typesetter writes plain objects and a plain table of them; every string and stream of theirs is encrypted here under
one random key, which the passphrase unlocks. A reader shows the pages, and hands out the file that is attached.

The derivation of the format (algorithm 2.B) takes milliseconds and cannot be made dearer. So only the passphrase keeps
the file closed, and whoever calls this asks for a long one.
"""

from __future__ import annotations

import hashlib
import re
import stringprep
import unicodedata
from collections.abc import Callable, Iterator

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from engine.errors import BugError, UsageError

Random = Callable[[int], bytes]

MOST_BYTES = 127  # of a passphrase in UTF-8; the format reads no more, and would open with a shorter one
_BLOCK, _KEY, _SALT = 16, 32, 8
_ALL_ALLOWED = -4  # whoever has the passphrase may print and copy: it is their record
_TABLE = re.compile(
    rb"xref\n0 (\d+)\n((?:\d{10} \d{5} [nf]\r\n)+)trailer\n<<(.*)>>\nstartxref\n(\d+)\n%%EOF\s*", re.DOTALL
)
_LENGTH = re.compile(rb"/Length \d+")
_ESCAPES = {ord("n"): 10, ord("r"): 13, ord("t"): 9, ord("b"): 8, ord("f"): 12}


def lock_pdf(pdf: bytes, passphrase: str, random: Random) -> bytes:
    """Return a PDF of the typesetter that opens with a passphrase alone.

    Raises:
        UsageError: ``export_passphrase_long``, ``export_passphrase_signs`` for one that the format cannot hold.
        BugError: ``report_not_set`` when these are no bytes of the typesetter.
    """
    secret = prepared(passphrase)
    start = pdf.rfind(b"xref\n0 ", 0, pdf.rfind(b"startxref"))
    found = _TABLE.fullmatch(pdf[start:]) if start >= 0 else None
    if found is None or int(found[4]) != start:
        raise BugError("report_not_set")
    key = random(_KEY)
    out = bytearray(b"%PDF-2.0\n%\x80\x80\x80\x80\n\n")
    offsets: list[int] = []
    for number, content in _objects(pdf, start, found[2]):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + _locked(content, key, random) + b"\nendobj\n"
    offsets.append(len(out))
    lock = len(offsets)
    out += b"%d 0 obj\n" % lock + _dictionary(secret, key, random) + b"\nendobj\n"
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f\r\n" % (lock + 1)
    out += b"".join(b"%010d 00000 n\r\n" % offset for offset in offsets)
    trailer = re.sub(rb"/Size \d+", b"/Size %d/Encrypt %d 0 R" % (lock + 1, lock), found[3], count=1)
    out += b"trailer\n<<" + trailer + b">>\nstartxref\n%d\n%%%%EOF\n" % table
    return bytes(out)


def prepared(passphrase: str) -> bytes:
    """Return a passphrase as the format takes it: SASLprep (RFC 4013), UTF-8.

    Raises:
        UsageError: ``export_passphrase_long``, ``export_passphrase_signs``.
    """
    mapped = "".join(
        " " if stringprep.in_table_c12(sign) else sign for sign in passphrase if not stringprep.in_table_b1(sign)
    )
    text = unicodedata.normalize("NFKC", mapped)
    forbidden = (stringprep.in_table_c21_c22, stringprep.in_table_c3, stringprep.in_table_c5, stringprep.in_table_c9)
    if not text or any(refuses(sign) for sign in text for refuses in forbidden):
        raise UsageError("export_passphrase_signs")
    found = text.encode("utf-8")
    if len(found) > MOST_BYTES:
        raise UsageError("export_passphrase_long", most=MOST_BYTES)
    return found


def _objects(pdf: bytes, table: int, lines: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield number and content of every object, in the order of their numbers."""
    entries = [line.split() for line in lines.splitlines()]
    starts = {number: int(entry[0]) for number, entry in enumerate(entries) if entry[2] == b"n"}
    ends = dict(zip(sorted(starts.values()), [*sorted(starts.values())[1:], table], strict=True))
    if list(starts) != list(range(1, len(entries))):
        raise BugError("report_not_set")
    for number, begin in starts.items():
        head = b"%d 0 obj\n" % number
        content = pdf[begin : ends[begin]].rstrip()
        if not content.startswith(head) or not content.endswith(b"\nendobj"):
            raise BugError("report_not_set")
        yield number, content[len(head) : -len(b"\nendobj")]


def _locked(content: bytes, key: bytes, random: Random) -> bytes:
    """Return an object with its strings and its stream encrypted."""
    out, place = bytearray(), 0
    while place < len(content):
        sign = content[place : place + 1]
        if sign == b"(":
            text, place = _literal(content, place)
        elif sign == b"<" and content[place + 1 : place + 2] != b"<":
            end = content.index(b">", place)
            text, place = bytes.fromhex(content[place + 1 : end].decode("ascii")), end + 1
        elif content.startswith(b"stream\n", place) and out.rstrip().endswith(b">>"):
            return _with_stream(bytes(out), content[place + len(b"stream\n") :], key, random)
        else:
            width = 2 if content[place : place + 2] in (b"<<", b">>") else 1
            out += content[place : place + width]
            place += width
            continue
        out += b"<" + _encrypted(text, key, random).hex().encode("ascii") + b">"
    return bytes(out)


def _with_stream(head: bytes, rest: bytes, key: bytes, random: Random) -> bytes:
    if not rest.endswith(b"\nendstream") or not _LENGTH.search(head):
        raise BugError("report_not_set")
    told = int(_LENGTH.findall(head)[0].split()[1])
    stream = _encrypted(rest[:told], key, random)
    head = _LENGTH.sub(b"/Length %d" % len(stream), head, count=1)
    return head + b"stream\n" + stream + b"\nendstream"


def _literal(content: bytes, place: int) -> tuple[bytes, int]:
    """Return the bytes of a string in brackets, and where it ends (ISO 32000-2, 7.3.4.2)."""
    out, depth, place = bytearray(), 1, place + 1
    while True:
        sign = content[place]
        if sign == ord("\\"):
            octal = re.match(rb"[0-7]{1,3}", content[place + 1 : place + 4])
            if octal:
                out.append(int(octal[0], 8) & 255)
                place += 1 + len(octal[0])
                continue
            after = content[place + 1]
            if after != ord("\n"):  # a line that goes on in the next
                out.append(_ESCAPES.get(after, after))
            place += 2
            continue
        depth += (sign == ord("(")) - (sign == ord(")"))
        place += 1
        if depth == 0:
            return bytes(out), place
        out.append(sign)


def _encrypted(content: bytes, key: bytes, random: Random) -> bytes:
    vector = random(_BLOCK)
    pad = PKCS7(8 * _BLOCK).padder()
    return vector + _cbc(key, vector, pad.update(content) + pad.finalize())


def _cbc(key: bytes, vector: bytes, content: bytes) -> bytes:
    cipher = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
    return cipher.update(content) + cipher.finalize()


def _dictionary(secret: bytes, key: bytes, random: Random) -> bytes:
    """Return the encryption dictionary (algorithms 8 to 10). The owner's passphrase is drawn and known to nobody."""
    none = bytes(_BLOCK)
    check, unlock = random(_SALT), random(_SALT)
    user = _hash(secret, check, b"") + check + unlock
    user_key = _cbc(_hash(secret, unlock, b""), none, key)
    nobody, check, unlock = random(_KEY), random(_SALT), random(_SALT)
    owner = _hash(nobody, check, user) + check + unlock
    owner_key = _cbc(_hash(nobody, unlock, user), none, key)
    allowed = _ALL_ALLOWED.to_bytes(4, "little", signed=True) + b"\xff" * 4 + b"Tadb" + random(4)
    block = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 - one block, as the format asks
    parts = {
        b"U": user,
        b"O": owner,
        b"UE": user_key,
        b"OE": owner_key,
        b"Perms": block.update(allowed) + block.finalize(),
    }
    texts = b"".join(b"/%s<%s>" % (name, value.hex().encode("ascii")) for name, value in parts.items())
    return (
        b"<</Filter/Standard/V 5/R 6/Length 256/P %d/EncryptMetadata true" % _ALL_ALLOWED
        + b"/CF<</StdCF<</AuthEvent/DocOpen/CFM/AESV3/Length 32>>>>/StmF/StdCF/StrF/StdCF"
        + texts
        + b">>"
    )


def _hash(secret: bytes, salt: bytes, user: bytes) -> bytes:
    """Algorithm 2.B."""
    key, done, last = hashlib.sha256(secret + salt + user).digest(), 0, 0
    while done < 64 or last > done - 32:
        mixed = _cbc(key[:_BLOCK], key[_BLOCK : 2 * _BLOCK], (secret + key + user) * 64)
        kind = (hashlib.sha256, hashlib.sha384, hashlib.sha512)[sum(mixed[:_BLOCK]) % 3]
        key, last, done = kind(mixed).digest(), mixed[-1], done + 1
    return key[:_KEY]
