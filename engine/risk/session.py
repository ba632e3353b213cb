"""Runs graphs: the one place that knows onnxruntime.

A session is made from bytes that were checked against the digest of their pack, on the CPU provider, with one thread:
a single person is answered in microseconds and other work keeps its cores.

Rows are padded to whole vectors of the processor. Its vector code and the scalar code for what is left over differ in
the last bit, so without the padding a person could get another number alone than among others.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from engine.domain.batch import BoolArray, FloatArray
from engine.errors import PackError
from engine.packs import Pack
from engine.packs.manifest import Binding, Dtype

NOT_IN_TABLE = "not_in_table."
_TENSORS = {Dtype.FLOAT64: "tensor(double)", Dtype.FLOAT32: "tensor(float)"}
_NUMPY = {Dtype.FLOAT64: np.float64, Dtype.FLOAT32: np.float32}
_NUMBERS = frozenset({"tensor(double)", "tensor(float)"})
_VECTOR = 16  # doubles; twice the widest vector of today's processors
_FATAL_ONLY = 4  # onnxruntime's log level; what matters arrives as an exception


@dataclass(frozen=True, slots=True)
class GraphAnswer:
    """What a graph gave: output name -> float64[rows], and field -> bool[rows] where a table has no entry for it."""

    outputs: Mapping[str, FloatArray]
    not_in_table: Mapping[str, BoolArray]


class GraphSession:
    """One graph, loaded. May be shared between threads."""

    def __init__(self, pack: Pack) -> None:
        """Load the graph of a pack.

        Raises:
            PackError: ``pack_altered`` and the like when the file changed; ``pack_graph_unreadable`` when onnxruntime
                cannot load it; ``pack_graph_signature`` when its inputs or outputs are not those of the manifest.
        """
        manifest = pack.manifest
        self._pack_id = manifest.id
        self._bindings = manifest.graph.inputs
        self._outputs = tuple(output.name for output in manifest.outputs)
        self._tables = manifest.graph.not_in_table
        self._wanted = [*self._outputs, *(NOT_IN_TABLE + field for field in self._tables)]
        self._runtime = _load_runtime()
        self._failures = _failures_of(self._runtime)
        try:
            self._session = _start(self._runtime, pack.read_graph())
        except self._failures as error:
            raise PackError("pack_graph_unreadable", pack=manifest.id) from error
        self._ranks = self._check_signature()

    def run(self, columns: Mapping[str, FloatArray], rows: int) -> GraphAnswer:
        """Return the answers for ``rows`` people.

        Args:
            columns: field -> float64[rows] as the manifest numbers it (NaN where absent), one for every input.
            rows: how many people.

        Raises:
            PackError: ``pack_graph_failed`` when the graph breaks on these rows or answers in another shape.
        """
        padded = _pad(columns, rows)
        feeds = {binding.tensor: self._feed(binding, padded) for binding in self._bindings}
        try:
            answers = self._session.run(self._wanted, feeds)
        except self._failures as error:
            raise PackError("pack_graph_failed", pack=self._pack_id) from error
        if any(answer.size != _padded_rows(rows) for answer in answers):
            raise PackError("pack_graph_failed", pack=self._pack_id)
        flat = [answer.reshape(-1)[:rows] for answer in answers]
        numbers = [answer.astype(np.float64, copy=False) for answer in flat[: len(self._outputs)]]
        tables = flat[len(self._outputs) :]
        return GraphAnswer(dict(zip(self._outputs, numbers, strict=True)), dict(zip(self._tables, tables, strict=True)))

    def _feed(self, binding: Binding, columns: Mapping[str, FloatArray]) -> Any:
        kind = _NUMPY[binding.dtype]
        if self._ranks[binding.tensor] == 1:
            return columns[binding.fields[0]].astype(kind, copy=False)
        return np.stack([columns[field] for field in binding.fields], axis=1).astype(kind, copy=False)

    def _check_signature(self) -> Mapping[str, int]:
        """Return the rank of every input tensor; refuse a graph whose ends do not fit the manifest."""
        inputs = {each.name: each for each in self._session.get_inputs()}
        outputs = {each.name: each for each in self._session.get_outputs()}
        fits = set(inputs) == {binding.tensor for binding in self._bindings}
        fits = fits and all(
            inputs[binding.tensor].type == _TENSORS[binding.dtype]
            and _input_fits(binding, inputs[binding.tensor].shape)
            for binding in self._bindings
        )
        fits = fits and all(name in outputs and _is_column(outputs[name].shape) for name in self._wanted)
        fits = fits and all(outputs[name].type in _NUMBERS for name in self._outputs)
        fits = fits and all(outputs[NOT_IN_TABLE + field].type == "tensor(bool)" for field in self._tables)
        if not fits:
            raise PackError("pack_graph_signature", pack=self._pack_id)
        return {name: len(each.shape) for name, each in inputs.items()}


class Sessions:
    """Loaded graphs by pack digest: a graph is loaded once, whoever asks."""

    def __init__(self) -> None:
        self._by_digest: dict[str, GraphSession] = {}

    def get(self, pack: Pack) -> GraphSession:
        """Return the session of a pack; raises PackError as ``GraphSession`` does."""
        found = self._by_digest.get(pack.digest)
        if found is None:
            found = self._by_digest[pack.digest] = GraphSession(pack)
        return found


def _load_runtime() -> ModuleType:
    # Imported with the first graph: it costs a fifth of a second that listing packs or importing files need not pay.
    # Loading it already writes an id of this machine and a queue of events into the person's home, and starts what
    # would send them. The call below comes too late for that; only this variable, set before, prevents it.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime  # noqa: PLC0415  see above

    onnxruntime.set_default_logger_severity(_FATAL_ONLY)
    onnxruntime.disable_telemetry_events()
    runtime: ModuleType = onnxruntime
    return runtime


def _failures_of(runtime: ModuleType) -> tuple[type[Exception], ...]:
    """Return every kind of failure that onnxruntime raises; they share no base of their own."""
    own = (kind for kind in vars(runtime.capi.onnxruntime_pybind11_state).values() if isinstance(kind, type))
    return (RuntimeError, ValueError, *(kind for kind in own if issubclass(kind, Exception)))


def _start(runtime: ModuleType, graph: bytes) -> Any:
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = _FATAL_ONLY
    options.use_deterministic_compute = True
    return runtime.InferenceSession(graph, sess_options=options, providers=["CPUExecutionProvider"])


def _padded_rows(rows: int) -> int:
    return -(-rows // _VECTOR) * _VECTOR


def _pad(columns: Mapping[str, FloatArray], rows: int) -> Mapping[str, FloatArray]:
    """Return the columns with their last value repeated up to a whole number of vectors."""
    if rows % _VECTOR == 0:
        return columns
    table = np.empty((len(columns), _padded_rows(rows)), dtype=np.float64)
    for place, column in zip(table, columns.values(), strict=True):
        place[:rows] = column
    table[:, rows:] = table[:, rows - 1 : rows]
    return dict(zip(columns, table, strict=True))


def _input_fits(binding: Binding, shape: Sequence[object]) -> bool:
    """Whether a tensor takes any number of rows, and as many columns as fields are bound to it."""
    if not shape or isinstance(shape[0], int):
        return False
    if len(shape) == 1:
        return len(binding.fields) == 1
    return len(shape) == 2 and (shape[1] == len(binding.fields) or not isinstance(shape[1], int))


def _is_column(shape: Sequence[object]) -> bool:
    return len(shape) == 1 or (len(shape) == 2 and (shape[1] == 1 or not isinstance(shape[1], int)))
