"""The inputs and outputs of a graph, and whether they are those that a manifest speaks of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.errors import PackError
from engine.packs.manifest import Binding, Dtype, Manifest

NOT_IN_TABLE = "not_in_table."
ZIP_MAP = "seq(map("  # scikit-learn's exporter gives probabilities as a table per row
_TENSORS: Mapping[Dtype, str] = {Dtype.FLOAT64: "tensor(double)", Dtype.FLOAT32: "tensor(float)"}
# A class label is a whole number.
_NUMBERS = frozenset({"tensor(double)", "tensor(float)", "tensor(int64)", "tensor(int32)"})
_PROBABILITIES = frozenset({"seq(map(int64,tensor(float)))", "seq(map(string,tensor(float)))"})

Shape = tuple[int | None, ...]  # None: any size


@dataclass(frozen=True, slots=True)
class End:
    """One input or output tensor; ``type`` as onnxruntime writes it, such as ``tensor(float)``."""

    name: str
    type: str
    shape: Shape

    @property
    def numbers_a_row(self) -> int | None:
        """How many numbers it has for each row; None where the graph does not say."""
        if self.type in _PROBABILITIES or len(self.shape) > 2:
            return None
        return 1 if len(self.shape) == 1 else self.shape[1] if self.shape else None


@dataclass(frozen=True, slots=True)
class GraphEnds:
    """All inputs and outputs of a graph."""

    inputs: tuple[End, ...]
    outputs: tuple[End, ...]


def faults_of(manifest: Manifest, ends: GraphEnds) -> Iterator[PackError]:
    """Yield what does not fit between a manifest and the ends of its graph.

    ``pack_tensor_missing`` (the manifest names one that the graph does not have), ``pack_tensor_unbound`` (an input
    that no field goes into), ``pack_tensor_kind`` (another type of number), ``pack_tensor_rows`` (made for a fixed
    number of people), ``pack_tensor_columns`` (another number of values a person).
    """
    yield from _faults_of_inputs(manifest, {each.name: each for each in ends.inputs})
    yield from _faults_of_outputs(manifest, {each.name: each for each in ends.outputs})


def _faults_of_inputs(manifest: Manifest, inputs: Mapping[str, End]) -> Iterator[PackError]:
    for name in sorted(set(inputs) - {binding.tensor for binding in manifest.graph.inputs}):
        yield _fault("pack_tensor_unbound", manifest, name)
    for binding in manifest.graph.inputs:
        if binding.tensor not in inputs:
            yield _fault("pack_tensor_missing", manifest, binding.tensor)
        elif code := _input_fault(binding, inputs[binding.tensor]):
            yield _fault(code, manifest, binding.tensor)


def _faults_of_outputs(manifest: Manifest, outputs: Mapping[str, End]) -> Iterator[PackError]:
    wanted = [(output.tensor or output.name, output.column) for output in manifest.outputs]
    stable = [output.stability for output in manifest.outputs if output.stability is not None]
    wanted += [(tensor, None) for each in stable for tensor in each.tensors]
    tables = [NOT_IN_TABLE + field for field in manifest.graph.not_in_table]
    for name in dict.fromkeys([*(name for name, _ in wanted), *tables]):
        if name not in outputs:
            yield _fault("pack_tensor_missing", manifest, name)
    for name, column in wanted:
        if name in outputs and (code := _output_fault(column, outputs[name])):
            yield _fault(code, manifest, name)
    for name in tables:
        if name in outputs and (outputs[name].type != "tensor(bool)" or _columns_fault(None, outputs[name].shape)):
            yield _fault("pack_tensor_kind", manifest, name)


def _fault(code: str, manifest: Manifest, tensor: str) -> PackError:
    return PackError(code, pack=manifest.id, tensor=tensor)


def _input_fault(binding: Binding, end: End) -> str | None:
    """What is wrong when a tensor does not take any number of rows and as many columns as fields are bound to it."""
    if end.type != _TENSORS[binding.dtype]:
        return "pack_tensor_kind"
    if not end.shape or end.shape[0] is not None:
        return "pack_tensor_rows"
    if len(end.shape) == 1:
        return None if len(binding.fields) == 1 else "pack_tensor_columns"
    fits = len(end.shape) == 2 and end.shape[1] in (None, len(binding.fields))
    return None if fits else "pack_tensor_columns"


def _output_fault(column: int | None, end: End) -> str | None:
    if end.type in _PROBABILITIES:
        return None if column is not None else "pack_tensor_columns"
    if end.type not in _NUMBERS:
        return "pack_tensor_kind"
    return _columns_fault(column, end.shape)


def _columns_fault(column: int | None, shape: Shape) -> str | None:
    if column is None:
        fits = len(shape) == 1 or (len(shape) == 2 and shape[1] in (None, 1))
    else:
        fits = len(shape) == 2 and (shape[1] is None or column < shape[1])
    return None if fits else "pack_tensor_columns"
