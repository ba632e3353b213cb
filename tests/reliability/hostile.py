"""Three hundred names that try to be something else: a formula, markup, a path, a statement, or too much (T15)."""

from __future__ import annotations

import csv
import re
import unicodedata
from datetime import date, timedelta
from pathlib import Path

_LONG = 10_000

_FORMULAS = (
    "=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://198.51.100.1/x","here")',
    '=IMPORTXML("http://198.51.100.1","//a")',
    "+1+1",
    "-1-1",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "＝1+1",
    "＋1+1",
    "－1+1",
    "＠SUM(1)",
    "'=1+1",
    "''=1+1",
    '"=1+1"',
    ";=1+1",
    "%0A=1+1",
    "=WEBSERVICE(A1)",
)
_MARKUP = (
    "<b>{}</b>",
    "<img src=x onerror=alert(1)>{}",
    "<script>alert(1)</script>{}",
    "<a href='file:///etc/passwd'>{}</a>",
    "&lt;b&gt;{}&amp;",
    "<!--{}-->",
    "<style>*{{display:none}}</style>{}",
    "<table><tr><td>{}",
    "<svg/onload=alert(1)>{}",
    "]]>{}<![CDATA[",
    "<font color=red size=7>{}</font>",
    "<br><hr>{}",
    "<qt>{}</qt>",
    "**{}** _x_ [y](z) `w`",
    "# {}",
)
_TYPST = (
    "#set page(fill: red){}",
    '#read("/etc/passwd"){}',
    '#include "x.typ" {}',
    '#eval("1+1") {}',
    "$x^2$ {} $",
    "*{}* _x_ `raw`",
    "<label>{}@ref",
    "// {}",
    "/* {} */",
    "= {}",
    "#{{{}}}",
    '#image("x.png"){}',
    "]{}[",
    "#pagebreak(){}",
    '#plugin("x.wasm"){}',
)
_SQL = (
    "Robert'); DROP TABLE patient;--{}",
    "' OR '1'='1{}",
    '" OR ""="{}',
    "{}'; ATTACH DATABASE 'x' AS y;--",
    "{}%' ESCAPE '\\",
    "{}_%*?[a-z]",
    "x' UNION SELECT value FROM setting--{}",
    "{};PRAGMA key='x'",
    "\\'{}\\'",
    "{}{{0}}{{x!r}}",
)
_PATHS = (
    "../../{}",
    "..\\..\\{}",
    "/etc/passwd{}",
    "C:\\Windows\\{}",
    "\\\\198.51.100.1\\{}",
    "CON{}",
    "{}.pdf.exe",
    "~/{}",
    "{}/..",
    "$(touch {})",
    "`touch {}`",
    "| touch {}",
    "%TEMP%\\{}",
    "-rf {}",
    "file:///{}",
    "{}:stream",
)
_BIDI = (
    "\u202e{}\u202c",
    "{}\u202efdp.exe",
    "\u2066{}\u2069",
    "\u200f{}",
    "\u061c{}",
    "\u2067{}\u2066x",
    "{}\u200b\u200d\ufeff\u00ad",
    "\u0627\u0644{}",
    "\ufff9{}\ufffb",
    "{}\u0301" + "\u0300" * 40,
)
_ODD = (
    "Nu\0l {}",
    "\x1b[31m{}",
    "{}\x07\x08\x7f",
    "{}\u2028{}",
    "line\nbreak {}",
    "{}\u0085",
    "\U0001f600{}",
    "\U00020bb7{}",
    "{}\ufffe",
    "%s%n{}",
    "{}\\x00",
    "\\u0041{}",
)
_LENGTHS = ("W", "李", "Wang ", "<b>", "=1+", "\u0301a", "#[", "../", "'", "\u202ex")


def _names() -> tuple[str, ...]:
    found = list(_FORMULAS)
    words = ("Ann Marsh", "李秀英", "O'Brien")
    for shapes in (_MARKUP, _TYPST, _SQL, _PATHS, _BIDI, _ODD):
        found += [shape.format(word, *[word] * 2) for shape in shapes for word in words]
    found += [(part * _LONG)[:_LONG] for part in _LENGTHS]
    found += [f"{formula} {word}" for formula in _FORMULAS for word in words]
    return tuple(found[:300])


NAMES = _names()


def cleaned(name: str) -> str:
    """Return a name as the cell of a file is kept: without a guard against formulas, composed, trimmed."""
    plain = re.sub(r"^'(?='*[=+\-@\t\r\n\0＝＋－＠])", "", name).replace("\0", "").strip("\ufeff").strip()
    return re.sub(r"[ \t]+", " ", unicodedata.normalize("NFC", plain))


def write_table(path: Path) -> None:
    """Write all of them as people of a table: in the name, the village and the notes."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        head = ("Patient ID", "Name", "Village", "Notes", "Sex", "Date of birth", "Visit date", "Systolic BP (mmHg)")
        rows.writerow(head)
        for place, name in enumerate(NAMES):
            born = date(1940, 1, 1) + timedelta(days=61 * place)
            rows.writerow([f"N{place:03}", name, name, name, "MF"[place % 2], born, "2026-03-01", 100 + place % 60])
