"""Good tables and workbooks, and files made by hand to do harm: what is told of in reports of faults of parsers.

Loaded only by processes that need it: the libraries that make such files are large.
"""

from __future__ import annotations

import csv
import io
import zipfile
from functools import cache

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from openpyxl import Workbook

from tests.reliability.mutations import zipped


def _rows() -> list[list[str]]:
    head = [
        "Patient ID",
        "Name",
        "Sex",
        "Date of birth",
        "Visit date",
        "Systolic BP (mmHg)",
        "Total cholesterol (mmol/L)",
    ]
    people = [
        [
            f"Q{n:03}",
            f'Person Nr {n}, née "王{n}"',
            "FM"[n % 2],
            f"19{40 + n}-0{1 + n % 9}-11",
            "2024-02-01",
            str(120 + n),
            f"{4 + n / 10}",
        ]
        for n in range(12)
    ]
    return [head, *people]


@cache
def table() -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(_rows())
    return text.getvalue().encode()


@cache
def table_bombs() -> tuple[bytes, ...]:
    head = ",".join(_rows()[0]).encode()
    return (
        b"",
        b"\0" * 100_000,
        head + b"\n" + b'"' * 1_000_000,
        head + b"\n" + b"x" * 5_000_000,
        b",".join(b"c%d" % n for n in range(100_000)) + b"\n1",
        head + b"\n" + b"\n".join(b"Q1," * 2_000 for _ in range(2_000)),
        (head + b"\n" + table()).decode().encode("utf-16"),
        head.replace(b",", b"\t") + b"\r" + b"a\tb\r" * 100_000,
        head + b"\n=cmd|' /C calc'!A0,=1+1,F,1e999,-1,99999999999999999999999,NaN\n",
        b"PK\x03\x04" + head,
        b"%PDF-1.7\n" + head,
        b"\x80\x04\x95" + head,  # a pickle begins so
    )


@cache
def workbook() -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in _rows():
        sheet.append(row)
    book.save(made := io.BytesIO())
    return made.getvalue()


@cache
def workbook_bombs() -> tuple[bytes, ...]:
    with zipfile.ZipFile(io.BytesIO(workbook())) as good:
        parts = {entry.filename: good.read(entry) for entry in good.infolist()}
    sheet = "xl/worksheets/sheet1.xml"
    laughs = b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10 if n else b"ha") for n in range(10))
    entities = b'<?xml version="1.0"?><!DOCTYPE w [' + laughs + b"]><worksheet>&a9;</worksheet>"
    outside = b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]><worksheet>&x;</worksheet>'
    deep = b"<worksheet>" + b"<a>" * 200_000
    far = parts[sheet].replace(b'r="A1"', b'r="XFD1048576"')

    def with_part(name: str, part: bytes) -> bytes:
        return zipped([*((each, content) for each, content in parts.items() if each != name), (name, part)])

    return (
        with_part(sheet, b"<worksheet>" + b" " * 30_000_000),
        with_part(sheet, entities),
        with_part(sheet, outside),
        with_part(sheet, deep),
        with_part(sheet, far),
        with_part("xl/nested.zip", zipped([("a", bytes(1_000_000))])),
        with_part("../../outside.xml", b"x"),
        with_part("/tmp/outside.xml", b"x"),  # noqa: S108 - a name in an archive
        zipped([(f"xl/{n}.xml", b"") for n in range(20_000)]),
        zipped([("[Content_Types].xml", b"")]),
        zipped([("xl/vbaProject.bin", b"x"), *parts.items()]),
    )


def _model(nodes: list[onnx.NodeProto], initial: list[onnx.TensorProto] | None = None) -> bytes:
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 2])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        initial or [],
    )
    made: bytes = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)]).SerializeToString()
    return made


@cache
def model_bombs() -> tuple[bytes, ...]:
    outside = numpy_helper.from_array(np.zeros(4, np.float32), "w")
    outside.ClearField("raw_data")
    outside.data_location = TensorProto.EXTERNAL
    for key, value in (("location", "../../../../etc/passwd"), ("length", "16")):
        outside.external_data.add(key=key, value=value)
    huge = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[1 << 40, 1 << 20])
    size = numpy_helper.from_array(np.array([1 << 20, 1 << 15], np.int64), "w")
    inner = helper.make_graph([helper.make_node("Identity", ["x"], ["z"])], "i", [], [])
    chain = [helper.make_node("Add", ["x" if n == 0 else f"n{n}"] * 2, [f"n{n + 1}"]) for n in range(6_000)]
    wide = [helper.make_node("Concat", ["x" if n == 0 else f"n{n}"] * 8, [f"n{n + 1}"], axis=0) for n in range(20)]
    return (
        _model([helper.make_node("Add", ["x", "w"], ["y"])], [outside]),
        _model([helper.make_node("Add", ["x", "w"], ["y"])], [huge]),
        _model([helper.make_node("ConstantOfShape", ["w"], ["y"])], [size]),
        _model([helper.make_node("If", ["x"], ["y"], then_branch=inner, else_branch=inner)]),
        _model([helper.make_node("Loop", ["x"], ["y"], body=inner)]),
        _model([helper.make_node("Exec", ["x"], ["y"], domain="com.example")]),
        _model(chain),
        _model([*wide, helper.make_node("Identity", ["n20"], ["y"])]),
        b"\x08\x07" * 500_000,
        b"\x3a\xff\xff\xff\xff\x0f",
        b"\x80\x04\x95cposix\nsystem\n",
    )
