"""The language between parent and worker survives whatever bytes arrive."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray

from engine.workers.limits import Limits
from engine.workers.messages import MAGIC, BrokenMessage, Message, read_message, write_message

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
shapes = npst.array_shapes(max_dims=2, min_side=0, max_side=6)
floats = npst.arrays(np.float64, shapes)
integers = npst.arrays(np.int32, shapes)


@given(st.dictionaries(st.text(), json_values, max_size=4), st.lists(floats, max_size=2), integers)
def test_what_is_written_is_read(
    body: dict[str, object], numbers: list[NDArray[np.float64]], counts: NDArray[np.int32]
) -> None:
    parts: tuple[NDArray[Any], ...] = (*numbers, counts)
    stream = io.BytesIO()
    write_message(stream, Message("ask", body, parts))
    write_message(stream, Message("next"))
    stream.seek(0)
    read = read_message(stream, 1 << 20)
    assert read is not None
    assert (read.type, read.body) == ("ask", body)
    for sent, received in zip(parts, read.arrays, strict=True):
        np.testing.assert_array_equal(sent, received)
    assert read_message(stream, 1 << 20) == Message("next")
    assert read_message(stream, 1 << 20) is None


@given(st.binary(max_size=200))
def test_foreign_bytes_are_told_apart(data: bytes) -> None:
    try:
        message = read_message(io.BytesIO(data), 1 << 20)
    except BrokenMessage:
        return
    assert message is None
    assert data == b""


@given(st.integers(0, 400))
def test_a_message_cut_short_is_told_apart(length: int) -> None:
    stream = io.BytesIO()
    write_message(stream, Message("ask", {"n": 1}, (np.arange(10),)))
    whole = stream.getvalue()
    if 0 < length < len(whole):
        with pytest.raises(BrokenMessage):
            read_message(io.BytesIO(whole[:length]), 1 << 20)


def test_an_array_that_would_run_code_is_refused() -> None:
    pickled = io.BytesIO()
    np.save(pickled, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    buffer = pickled.getvalue()
    head = f'{{"type":"answer","body":{{}},"arrays":[{len(buffer)}]}}'.encode()
    data = struct.pack(">4sI", MAGIC, len(head)) + head + buffer
    with pytest.raises(BrokenMessage):
        read_message(io.BytesIO(data), 1 << 20)


def test_an_announced_length_above_the_limit_is_refused_before_reading() -> None:
    with pytest.raises(BrokenMessage):
        read_message(io.BytesIO(struct.pack(">4sI", MAGIC, 2**32 - 1)), 1 << 20)
    head = b'{"type":"answer","body":{},"arrays":[99999999999]}'
    with pytest.raises(BrokenMessage):
        read_message(io.BytesIO(struct.pack(">4sI", MAGIC, len(head)) + head), 1 << 20)


@given(st.integers(1, 2**50), st.integers(1, 10**6), st.integers(0, 2**50), st.floats(0.1, 1e6))
def test_limits_survive_the_command_line(memory: int, cpu: int, file: int, wall: float) -> None:
    limits = Limits(memory, cpu, file, wall)
    assert Limits.from_text(limits.to_text()) == limits
