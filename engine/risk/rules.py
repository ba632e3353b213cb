"""A manifest made ready to run: its expressions parsed, its codes turned into the positions of the Batch.

Two encodings of a category meet here. A Batch numbers the codes of a field as the dictionary lists them; a graph
numbers them as its manifest lists them. Everything in this room is in dictionary numbers until a graph is fed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.domain.batch import BoolArray, FloatArray
from engine.errors import PackError
from engine.expressions import (
    Comparison,
    Connective,
    Expression,
    ExpressionError,
    Name,
    Node,
    Not,
    Number,
    Text,
    Truth,
    evaluate,
    parse,
)
from engine.fields import Dictionary, Field, Kind
from engine.packs.manifest import BandScheme, Exclusion, Input, Manifest, Output, OutputRange, Range, Scalar
from engine.packs.own_fields import dictionary_with
from engine.risk.limits import FieldBounds, Limits, anywhere

Codes = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InputRule:
    """One input of a pack.

    ``codes`` are those of its value in formulas (empty: a number). ``table`` gives the mapped value by dictionary
    position, ``graph_positions`` the position that the graph uses; NaN where there is none.
    """

    input: Input
    field: Field
    limits: Limits | None
    transform: Expression | None
    required_when: Expression | None
    codes: Codes
    table: FloatArray | None
    graph_positions: FloatArray | None
    allowed: FloatArray | None
    default: float

    def formula_value(self, column: FloatArray) -> FloatArray:
        """Return the input as formulas see it, from its canonical column; absent values take the default."""
        if not np.isnan(self.default):
            column = np.where(np.isnan(column), self.default, column)
        return self.transformed(column)

    def transformed(self, column: FloatArray) -> FloatArray:
        """Return the canonical column in the unit of the equation; NaN stays NaN."""
        if self.table is not None:
            return look_up(self.table, column)
        if self.transform is not None:
            codes = {"x": self.field.category_codes} if self.field.kind is Kind.CATEGORY else {}
            return evaluate(self.transform, {"x": column}, len(column), codes)
        return column

    def for_graph(self, column: FloatArray) -> FloatArray:
        """Return the canonical column as the graph numbers it."""
        return column if self.graph_positions is None else look_up(self.graph_positions, column)


@dataclass(frozen=True, slots=True)
class ExclusionRule:
    """One exclusion: its position among all, and its condition over canonical fields."""

    position: int
    exclusion: Exclusion
    when: Expression


@dataclass(frozen=True, slots=True)
class OutputRule:
    """One output and, when it has one, the range of the field it depends on."""

    output: Output
    limits: Limits | None


@dataclass(frozen=True, slots=True)
class BandRule:
    """One band scheme with its conditions, over output names and input names."""

    scheme: BandScheme
    whens: tuple[Expression, ...]
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of a pack. ``fields`` are the canonical fields they look at, inputs first, in a stable order."""

    inputs: tuple[InputRule, ...]
    exclusions: tuple[ExclusionRule, ...]
    outputs: tuple[OutputRule, ...]
    bands: tuple[BandRule, ...]
    fields: Mapping[str, Field]
    formula_inputs: tuple[InputRule, ...]  # those that a condition or band names
    formula_codes: Mapping[str, Codes]  # name -> codes, of inputs and outputs that are texts in formulas
    field_codes: Mapping[str, Codes]  # canonical category -> codes
    bounds: FieldBounds  # of the fields


def make_rules(manifest: Manifest, dictionary: Dictionary) -> Rules:
    """Return the rules of a pack.

    Raises:
        PackError: ``pack_field_unknown`` for a field that the dictionary lacks or that no graph can take,
            ``pack_code_unknown`` for a code its field does not have, ``pack_manifest_contradiction`` for a category
            without its codes, ``pack_expression_wrong`` for an expression that cannot be read or evaluated.
    """
    fields = _fields(manifest, dictionary_with(manifest.fields, dictionary))
    inputs = tuple(_input_rule(each, fields[each.field], manifest.id) for each in manifest.inputs)
    exclusions = tuple(
        ExclusionRule(position, each, _parse(each.when, manifest.id))
        for position, each in enumerate(manifest.exclusions)
    )
    outputs = tuple(OutputRule(each, _limits(each.valid)) for each in manifest.outputs)
    bands = tuple(_band_rule(scheme, manifest.id) for scheme in manifest.bands)
    conditions = [rule.required_when.names for rule in inputs if rule.required_when is not None]
    named = frozenset[str]().union(*conditions, *(band.names for band in bands))
    rules = Rules(
        inputs=inputs,
        exclusions=exclusions,
        outputs=outputs,
        bands=bands,
        fields=fields,
        formula_inputs=tuple(rule for rule in inputs if rule.input.name in named),
        formula_codes=_formula_codes(inputs, outputs),
        field_codes={name: field.category_codes for name, field in fields.items() if field.kind is Kind.CATEGORY},
        bounds=FieldBounds(fields.values()),
    )
    _try_out(rules, manifest.id)
    return rules


def holds(when: Expression, columns: Mapping[str, FloatArray], rows: int, codes: Mapping[str, Codes]) -> BoolArray:
    """Return where a condition is true; where it is false or unknown it does not hold.

    The shapes that nearly all conditions have are answered without the general evaluation, which keeps apart false and
    unknown at a cost that matters over a million rows and over many packs for one person.
    """
    if isinstance(when.root, Truth):
        return np.full(rows, when.root.value)
    plain = _where(when.root, columns, codes, wanted=True)
    return evaluate(when, columns, rows, codes) == 1 if plain is None else plain


_COMPARE: Mapping[str, Callable[[FloatArray, float | FloatArray], BoolArray]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def _where(
    node: Node, columns: Mapping[str, FloatArray], codes: Mapping[str, Codes], *, wanted: bool
) -> BoolArray | None:
    """Return where a condition is true, or where it is false (not unknown); None for shapes that are not known here.

    Comparisons with NaN are false, so where a comparison holds both sides are known. ``and`` is true where both sides
    are and false where one is, whether the rest is known or not; ``or`` the other way round.
    """
    match node:
        case Not(operand=operand):
            return _where(operand, columns, codes, wanted=not wanted)
        case Name(name=name) if name in columns and name not in codes:
            return _flag(columns[name], wanted=wanted)
        case Comparison(left=Name(name=name)) if name in columns:
            return _compared(node, name, columns, codes, wanted=wanted)
        case Connective(operator=operator):
            first = _where(node.left, columns, codes, wanted=wanted)
            both = (operator == "and") == wanted
            if first is None or (both and not anywhere(first)):
                return first
            second = _where(node.right, columns, codes, wanted=wanted)
            return None if second is None else (np.logical_and if both else np.logical_or)(first, second)
    return None


def _flag(column: FloatArray, *, wanted: bool) -> BoolArray:
    if not wanted:
        no: BoolArray = column == 0
        return no
    yes: BoolArray = ~np.isnan(column)
    yes &= column != 0
    return yes


def _compared(
    node: Comparison, name: str, columns: Mapping[str, FloatArray], codes: Mapping[str, Codes], *, wanted: bool
) -> BoolArray | None:
    operator = node.operator if wanted else _OPPOSITE.get(node.operator, "")
    column, known = columns[name], codes.get(name, ())
    match node.right:
        case Text(value=value) if value in known and operator == "==":
            return np.equal(column, known.index(value))
        case Number(value=limit) if not known and operator in _COMPARE:
            return _COMPARE[operator](column, limit)
        case Name(name=other) if not known and other in columns and other not in codes and operator in _COMPARE:
            return _COMPARE[operator](column, columns[other])
    return None


def look_up(table: FloatArray, positions: FloatArray) -> FloatArray:
    """Return ``table`` at these positions; NaN stays NaN."""
    known = ~np.isnan(positions)
    return np.where(known, table[np.where(known, positions, 0).astype(np.intp)], np.nan)


def _formula_codes(inputs: Sequence[InputRule], outputs: Sequence[OutputRule]) -> Mapping[str, Codes]:
    found = {rule.input.name: rule.codes for rule in inputs if rule.codes}
    found.update({rule.output.name: rule.output.categories for rule in outputs if rule.output.categories})
    return found


def _fields(manifest: Manifest, dictionary: Dictionary) -> Mapping[str, Field]:
    names = [each.field for each in manifest.inputs]
    for when in (*(each.when for each in manifest.exclusions), *(each.when for each in manifest.alarms)):
        names += sorted(_parse(when, manifest.id).names)
    for output in manifest.outputs:
        names += output.requires
        names += [output.valid.field] if output.valid is not None else []
    found: dict[str, Field] = {}
    for name in names:
        if name not in dictionary or dictionary[name].kind is Kind.TEXT:
            raise PackError("pack_field_unknown", pack=manifest.id, field=name)
        found[name] = dictionary[name]
    return found


def _input_rule(each: Input, field: Field, pack: str) -> InputRule:
    if (field.kind is Kind.CATEGORY) != bool(each.categories):
        raise PackError("pack_manifest_contradiction", where="inputs.categories")
    if each.map is not None and not set(each.map) <= set(field.category_codes):
        raise PackError("pack_code_unknown", pack=pack, field=field.name)
    positions = None
    if each.categories != field.category_codes:
        positions = np.array(
            [each.categories.index(code) if code in each.categories else np.nan for code in field.category_codes],
            dtype=np.float64,
        )
    codes, table = _mapped(each, field) if each.map is not None else (_own_codes(each, field), None)
    return InputRule(
        input=each,
        field=field,
        limits=_limits(each.valid),
        transform=None if each.map is not None or each.transform.strip() == "x" else _parse(each.transform, pack),
        required_when=None if each.required_when is None else _parse(each.required_when, pack),
        codes=codes,
        table=table,
        graph_positions=positions,
        allowed=np.array([_encode(field, value, pack) for value in each.allowed]) if each.allowed else None,
        default=np.nan if each.default is None else _encode(field, each.default, pack),
    )


def _own_codes(each: Input, field: Field) -> Codes:
    return field.category_codes if field.kind is Kind.CATEGORY and each.transform.strip() == "x" else ()


def _mapped(each: Input, field: Field) -> tuple[Codes, FloatArray]:
    """Return the codes of the mapped values (empty: numbers), and the mapped value by dictionary position."""
    mapping = each.map or {}
    texts = tuple(dict.fromkeys(value for value in mapping.values() if isinstance(value, str)))
    table = [_position(mapping.get(code), texts) for code in field.category_codes]
    return texts, np.array(table, dtype=np.float64)


def _position(value: Scalar | None, texts: Codes) -> float:
    if value is None:
        return np.nan
    return float(texts.index(value)) if isinstance(value, str) else float(value)


def _encode(field: Field, value: Scalar, pack: str) -> float:
    number = field.encode(value)
    if not np.isfinite(number):
        raise PackError("pack_code_unknown", pack=pack, field=field.name)
    return number


def _limits(valid: Range | OutputRange | None) -> Limits | None:
    if valid is None:
        return None
    return Limits(valid.min, valid.max, valid.min_exclusive, valid.max_exclusive)


def _band_rule(scheme: BandScheme, pack: str) -> BandRule:
    whens = tuple(_parse(band.when, pack) for band in scheme.bands)
    return BandRule(scheme, whens, frozenset[str]().union(*(when.names for when in whens)))


def _parse(text: str, pack: str) -> Expression:
    try:
        return parse(text)
    except ExpressionError as error:
        raise PackError("pack_expression_wrong", pack=pack) from error


def _try_out(rules: Rules, pack: str) -> None:
    """Evaluate every expression over no rows: a wrong name or type shows now, not with the first patient."""
    nobody = np.empty(0, dtype=np.float64)
    canonical = dict.fromkeys(rules.fields, nobody)
    formula = {rule.input.name: nobody for rule in rules.inputs}
    outputs = {rule.output.name: nobody for rule in rules.outputs}
    try:
        for rule in rules.inputs:
            rule.transformed(nobody)
            if rule.required_when is not None:
                evaluate(rule.required_when, formula, 0, rules.formula_codes)
        for exclusion in rules.exclusions:
            evaluate(exclusion.when, canonical, 0, rules.field_codes)
        for band in rules.bands:
            for when in band.whens:
                evaluate(when, {**formula, **outputs}, 0, rules.formula_codes)
    except ExpressionError as error:
        raise PackError("pack_expression_wrong", pack=pack) from error
