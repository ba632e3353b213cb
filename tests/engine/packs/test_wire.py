"""A graph is walked field by field: nothing is missed, and what is cut off is noticed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from engine.packs.wire import fields_of, opset_of

Field = tuple[int, int, bytes]  # number, wire type, content
BRANCHES = (b"LEAF", b"BRANCH_LEQ", b"BRANCH_LT")


def varint(number: int) -> bytes:
    found = b""
    while number >= 0x80:
        found += bytes([number & 0x7F | 0x80])
        number >>= 7
    return found + bytes([number])


def written(fields: list[Field]) -> bytes:
    parts = []
    for number, wire, content in fields:
        length = varint(len(content)) if wire == 2 else b""
        parts.append(varint(number << 3 | wire) + length + content)
    return b"".join(parts)


def is_plain(field: Field) -> bool:
    """Whether it is a plain number or the name of a branch of an attribute."""
    number, wire, content = field
    return (number, wire) in ((7, 5), (8, 0)) or ((number, wire) == (9, 2) and content in BRANCHES)


def field() -> st.SearchStrategy[Field]:
    numbers = st.sampled_from([1, 4, 5, 7, 7, 8, 8, 9, 9, 14, 25])
    contents = st.one_of(
        st.tuples(st.just(0), st.integers(0, 2**64 - 1).map(varint)),
        st.tuples(st.just(1), st.binary(min_size=8, max_size=8)),
        st.tuples(st.just(2), st.one_of(st.binary(max_size=20), st.sampled_from(BRANCHES))),
        st.tuples(st.just(5), st.binary(min_size=4, max_size=4)),
    )
    return st.builds(lambda number, content: (number, *content), numbers, contents)


@given(st.lists(field(), max_size=30))
def test_every_field_is_given_but_plain_numbers_of_attributes(fields: list[Field]) -> None:
    found = list(fields_of(memoryview(written(fields))))
    expected = [each for each in fields if not is_plain(each)]
    assert [number for number, _ in found] == [number for number, _, _ in expected]
    for (_, value), (_, wire, content) in zip(found, expected, strict=True):
        assert (varint(value) if isinstance(value, int) else bytes(value)) == content
        assert isinstance(value, int) == (wire == 0)


@given(st.lists(field(), min_size=1, max_size=6), st.data())
def test_what_is_cut_off_is_noticed_or_ends_between_two_fields(fields: list[Field], data: st.DataObject) -> None:
    whole = written(fields)
    cut = data.draw(st.integers(1, len(whole) - 1)) if len(whole) > 1 else 1
    ends = {len(written(fields[:count])) for count in range(len(fields) + 1)}
    if cut in ends:
        list(fields_of(memoryview(whole[:cut])))
        return
    with pytest.raises((ValueError, IndexError)):
        list(fields_of(memoryview(whole[:cut])))


@pytest.mark.parametrize(
    ("domains", "opset"), [({"": 17, "ai.onnx.ml": 3}, 17), ({"ai.onnx.ml": 3}, 3), ({"ai.onnx": 12}, 12), ({}, None)]
)
def test_the_opset_is_that_of_the_operators_it_names(domains: dict[str, int], opset: int | None) -> None:
    ends = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows"])]
    graph = helper.make_graph([], "g", ends, ends)
    opsets = [helper.make_opsetid(domain, version) for domain, version in domains.items()]
    model = helper.make_model(graph, opset_imports=opsets) if opsets else helper.make_model(graph)
    if not opsets:
        del model.opset_import[:]
    assert opset_of(model.SerializeToString()) == opset
    assert opset_of(b"\xff") is None
