"""Runs graphs: the one place that knows onnxruntime.

A session is made from bytes that were checked against the digest of their pack, on the CPU provider, with one thread:
a single person is answered in microseconds and other work keeps its cores.

Rows are padded to whole vectors of the processor. Its vector code and the scalar code for what is left over differ in
the last bit, so without the padding a person could get another number alone than among others.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np

from engine.domain.batch import BoolArray, FloatArray
from engine.errors import PackError
from engine.packs.manifest import Binding, Dtype, Manifest
from engine.packs.stability import Stability
from engine.risk.graph_ends import NOT_IN_TABLE, ZIP_MAP, End, GraphEnds, faults_of
from engine.risk.graph_part import part_for

_NUMPY = {Dtype.FLOAT64: np.float64, Dtype.FLOAT32: np.float32}
_VECTOR = 16  # doubles; twice the widest vector of today's processors
_NO_MEMORY = ("Failed to allocate memory", "bad_alloc", "bad allocation")
_FATAL_ONLY = 4  # onnxruntime's log level; what matters arrives as an exception


@dataclass(frozen=True, slots=True)
class GraphAnswer:
    """What a graph gave: output name -> float64[rows], and field -> bool[rows] where a table has no entry for it.

    ``stability``: output name -> low and high float64[rows] by models of other samples, where somebody asked.
    """

    outputs: Mapping[str, FloatArray]
    not_in_table: Mapping[str, BoolArray]
    stability: Mapping[str, tuple[FloatArray, FloatArray]] = field(default_factory=dict)


class GraphSession:
    """One graph, loaded into this process. May be shared between threads."""

    def __init__(self, manifest: Manifest, graph: bytes) -> None:
        """Load the graph of a pack (``Pack.read_graph``).

        Raises:
            PackError: ``pack_graph_unreadable`` when onnxruntime cannot load it, ``pack_took_too_much`` when the memory
                does not suffice; what ``faults_of`` yields first when
                its inputs or outputs are not those of the manifest.
        """
        self._pack_id = manifest.id
        self._bindings = manifest.graph.inputs
        self._outputs = manifest.outputs
        self._tables = manifest.graph.not_in_table
        named = [output.tensor or output.name for output in manifest.outputs]
        self._wanted = list(dict.fromkeys([*named, *(NOT_IN_TABLE + field for field in self._tables)]))
        self._runtime = _load_runtime()
        self._failures = _failures_of(self._runtime)
        self._stable = {each.name: each.stability for each in manifest.outputs if each.stability is not None}
        self._ends_session: Any = None
        if self._stable:  # two graphs: who asks for numbers alone does not wait for 200 models
            graph, beside = _parted(graph, self._wanted, list(self._stable.values()), manifest.id)
            self._ends_session = _load(self._runtime, beside, manifest.id)
        self._session = _load(self._runtime, graph, manifest.id)
        ends = _ends(self._session)
        if self._ends_session is not None:
            ends = GraphEnds(ends.inputs, (*ends.outputs, *_ends(self._ends_session).outputs))
        for fault in faults_of(manifest, ends):
            raise fault
        self._ranks = {each.name: len(each.shape) for each in ends.inputs}

    def run(self, columns: Mapping[str, FloatArray], rows: int, *, stability: bool = False) -> GraphAnswer:
        """Return the answers for ``rows`` people.

        Args:
            columns: field -> float64[rows] as the manifest numbers it (NaN where absent), one for every input.
            rows: how many people.
            stability: give the ends by models of other samples too, where the pack has them.

        Raises:
            PackError: ``pack_graph_failed`` when the graph breaks on these rows or answers in another shape;
                ``pack_took_too_much`` when the memory does not suffice.
        """
        padded = _pad(columns, rows)
        feeds = {binding.tensor: self._feed(binding, padded) for binding in self._bindings}
        answers = self._answers(self._session, self._wanted, feeds)
        outputs = {
            output.name: self._column(answers[output.tensor or output.name], output.column, rows).astype(
                np.float64, copy=False
            )
            for output in self._outputs
        }
        tables = {field: self._column(answers[NOT_IN_TABLE + field], None, rows) for field in self._tables}
        return GraphAnswer(outputs, tables, self._ends_of(feeds, rows) if stability and self._stable else {})

    def _ends_of(self, feeds: Mapping[str, Any], rows: int) -> Mapping[str, tuple[FloatArray, FloatArray]]:
        wanted = [tensor for each in self._stable.values() for tensor in each.tensors]
        answers = self._answers(self._ends_session, list(dict.fromkeys(wanted)), feeds)

        def column(tensor: str) -> FloatArray:
            found: FloatArray = self._column(answers[tensor], None, rows).astype(np.float64, copy=False)
            return found

        return {name: (column(each.low), column(each.high)) for name, each in self._stable.items()}

    def _answers(self, session: Any, wanted: Sequence[str], feeds: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            return dict(zip(wanted, session.run(list(wanted), feeds), strict=True))
        except self._failures as error:
            code = "pack_took_too_much" if _lacks_memory(error) else "pack_graph_failed"
            raise PackError(code, pack=self._pack_id) from error

    def _feed(self, binding: Binding, columns: Mapping[str, FloatArray]) -> Any:
        kind = _NUMPY[binding.dtype]
        if self._ranks[binding.tensor] == 1:
            return columns[binding.fields[0]].astype(kind, copy=False)
        return np.stack([columns[field] for field in binding.fields], axis=1).astype(kind, copy=False)

    def _column(self, answer: Any, column: int | None, rows: int) -> Any:
        """Return one number a row out of what the graph answered."""
        if isinstance(answer, list):  # a table per row, by class: its columns are the classes in their order
            answer = self._unzipped(answer)
        fits = answer.size == _padded_rows(rows) if column is None else answer.ndim == 2 and column < answer.shape[1]
        if not fits or len(answer) != _padded_rows(rows):
            raise PackError("pack_graph_failed", pack=self._pack_id)
        return (answer.reshape(-1) if column is None else answer[:, column])[:rows]

    def _unzipped(self, answer: list[Mapping[Any, float]]) -> Any:
        classes = sorted(answer[0])
        try:
            return np.array([[row[name] for name in classes] for row in answer], dtype=np.float64)
        except KeyError as error:
            raise PackError("pack_graph_failed", pack=self._pack_id) from error


def look_at(graph: bytes, pack: str) -> GraphEnds:
    """Return the inputs and outputs of a graph; PackError ``pack_graph_unreadable`` when it cannot be loaded."""
    return _ends(_load(_load_runtime(), graph, pack))


def _parted(graph: bytes, wanted: Sequence[str], stable: Sequence[Stability], pack: str) -> tuple[bytes, bytes]:
    """Return the part of a graph that gives the numbers, and the one that gives the ends of other models."""
    try:
        return part_for(graph, wanted), part_for(graph, [tensor for each in stable for tensor in each.tensors])
    except (ValueError, IndexError, RecursionError) as error:
        raise PackError("pack_graph_unreadable", pack=pack) from error


def _load(runtime: ModuleType, graph: bytes, pack: str) -> Any:
    try:
        return _start(runtime, graph)
    except _failures_of(runtime) as error:
        code = "pack_took_too_much" if _lacks_memory(error) else "pack_graph_unreadable"
        raise PackError(code, pack=pack) from error


def _lacks_memory(error: Exception) -> bool:
    # onnxruntime has no kind of failure for it; the words are all it gives.
    return any(words in str(error) for words in _NO_MEMORY)


def _ends(session: Any) -> GraphEnds:
    return GraphEnds(tuple(map(_end, session.get_inputs())), tuple(map(_end, session.get_outputs())))


def _end(found: Any) -> End:
    shape = () if found.type.startswith(ZIP_MAP) else found.shape
    return End(found.name, found.type, tuple(size if isinstance(size, int) else None for size in shape))


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
