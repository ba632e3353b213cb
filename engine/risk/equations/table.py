"""The table of all packs (``PACKS.md``): how exactly each gives its published numbers, and what may be done with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np

from engine.domain.batch import FloatArray
from engine.fields import Dictionary
from engine.packs import Manifest
from engine.packs.cases import ReferenceCases, parse_cases
from engine.packs.manifest import Use
from engine.risk.equations.errors import EquationError
from engine.risk.predictors import Predictors
from engine.wording import Wording

_UNROUNDED = 1e-9  # the tolerance of expected numbers that nobody rounded
# Differences below are noise of the last bits, which varies between processors.
_NOISE = 1e-12
_COUNTRIES_NAMED = 3


def write_table(
    predictors: Predictors, vectors: Path, dictionary: Dictionary, wording: Wording, unexplained: Mapping[str, str]
) -> str:
    """Return the table as Markdown: every published pack of the library against all its people.

    Args:
        predictors: of the packs to list.
        vectors: the folder with ``<id>.csv``, test people with expected outputs.
        dictionary: the fields of the people.
        wording: the language of the table.
        unexplained: pack id -> why no good values are declared for it.

    Raises:
        EquationError: ``equation_unreadable`` when the people of a pack cannot be read.
        PackError: a pack cannot be read or run.
    """
    lines = [wording.say("equations.table.title"), "", wording.say("equations.table.intro"), ""]
    lines += [wording.say("equations.table.head"), "| --- | --- | ---: | ---: | ---: | ---: | --- | --- | --- |"]
    for pack in predictors.library.all():
        manifest = pack.manifest
        if manifest.training is not None:  # nobody published numbers of it; its card tells what it is worth
            continue
        cases = _cases(manifest, vectors, dictionary)
        found = list(_differences(cases, predictors, manifest))
        cells = (
            f"`{manifest.id}`",
            manifest.title.en,
            str(cases.people.rows),
            str(sum(len(difference) for difference, _ in found) + _texts(cases, predictors, manifest)),
            _largest(difference[tolerance <= _UNROUNDED] for difference, tolerance in found),
            _largest(difference[tolerance > _UNROUNDED] for difference, tolerance in found),
            manifest.licence.state.value,
            manifest.audience.value,
            _use(manifest, wording),
        )
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", wording.say("equations.table.left_out"), "", wording.say("equations.table.unexplained"), ""]
    lines += [f"- `{pack}`: {unexplained[pack]}" for pack in predictors.library.ids() if pack in unexplained]
    return "\n".join(lines) + "\n"


def _cases(manifest: Manifest, vectors: Path, dictionary: Dictionary) -> ReferenceCases:
    file = vectors / f"{manifest.id}.csv"
    try:
        return parse_cases(manifest, file.read_bytes(), dictionary)
    except OSError as error:
        raise EquationError("equation_unreadable", file.name) from error


def _differences(
    cases: ReferenceCases, predictors: Predictors, manifest: Manifest
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield for each output the differences from what was published, and the tolerances of these numbers.

    Raises:
        EquationError: ``equation_differs`` when one of them is beyond its tolerance, or no number.
    """
    outputs = predictors.get(manifest.id).predict(cases.people).outputs
    for name, expected in cases.numbers.items():
        given = ~np.isnan(expected)
        difference, tolerance = np.abs(outputs[name] - expected)[given], cases.tolerance[given]
        if not (difference <= tolerance).all():
            raise EquationError("equation_differs", f"{manifest.id}.{name}")
        yield difference, tolerance


def _texts(cases: ReferenceCases, predictors: Predictors, manifest: Manifest) -> int:
    """Return how many codes and bands were compared; raises as ``_differences`` where one is another."""
    results = predictors.get(manifest.id).predict(cases.people)
    checked = 0
    for row in range(cases.people.rows):
        answer = results.row(row)
        pairs = [(codes[row], answer.output(name)) for name, codes in cases.codes.items()]
        pairs.append((cases.bands[row], answer.bands.get("main")))
        for expected, found in pairs:
            if expected not in (None, found):
                raise EquationError("equation_differs", f"{manifest.id}, {row + 1}")
            checked += expected is not None
    return checked


def _largest(differences: Iterable[FloatArray]) -> str:
    """Return the largest difference in two digits; noise of the last bits as such, nothing where none was compared."""
    found = [float(each.max()) for each in differences if len(each)]
    if not found:
        return ""
    return f"{max(found):.1e}" if max(found) > _NOISE else f"< {_NOISE:.0e}"


def _use(manifest: Manifest, wording: Wording) -> str:
    countries = manifest.countries
    if manifest.use is Use.ON_DEMAND:
        return wording.say("equations.table.on_demand")
    if not countries:
        return wording.say("equations.table.routine")
    if len(countries) > _COUNTRIES_NAMED:
        return wording.say("equations.table.routine_many", count=len(countries))
    return wording.say("equations.table.routine_in", countries=", ".join(countries))
