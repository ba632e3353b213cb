"""The packs that ship: they are what the compiler makes, and the numbers of their own files are right."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from engine.domain.batch import Batch
from engine.fields import Dictionary, Kind, derive
from engine.fields.canonical import ColumnReader
from engine.packs import Pack, read_pack
from engine.packs.cases import read_cases
from engine.packs.manifest import LicenceState, PackKind, Use
from engine.resources import resources_folder
from engine.risk.equations import read_facts
from engine.risk.equations.__main__ import main
from engine.risk.predictor import Predictor
from engine.wording import load_wording

FACTS = read_facts(resources_folder() / "equations")
IDS = sorted(pack for pack, facts in FACTS.items() if facts.bundled)
# Every equation of the reference, and the one whose pack may not be bundled.
RESTRICTED = "stop_bang"
# Those that are on everywhere and lead pages, or fill a field for others.
LEADING = ["ckdepi_2021_cr", "findrisc", "kfre_4v", "who_cvd_2019_lab", "who_cvd_2019_nonlab"]


@pytest.fixture(params=IDS)
def pack(request: pytest.FixtureRequest, checkout: Path) -> Pack:
    return read_pack(checkout / "resources" / "models" / request.param)


def test_the_committed_packs_are_what_the_compiler_makes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--all", "--check"]) == 0
    said = load_wording("en")
    assert capsys.readouterr().out.splitlines() == [said.say("equations.command.same", pack=pack) for pack in IDS]


@pytest.mark.parametrize("file", ["model.onnx", "manifest.json", "CARD.md"])
def test_a_pack_that_differs_is_found_and_made_again(
    file: str, checkout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(checkout / "resources" / "models" / "ckdepi_2021_cr", tmp_path / "ckdepi_2021_cr")
    changed = tmp_path / "ckdepi_2021_cr" / file
    before = changed.read_bytes()
    changed.write_bytes(before + b" ")
    call = ["ckdepi_2021_cr", "--models", str(tmp_path)]
    assert main([*call, "--check"]) == 1
    assert file in capsys.readouterr().out
    assert main(call) == 0
    assert changed.read_bytes() == before
    assert main([*call, "--check"]) == 0


@pytest.mark.parametrize(
    "call",
    [
        ["score2", "--equations", "{folder}"],
        ["score2", "--models", "{folder}"],
        ["score2", "--cases-from", "{folder}"],
        ["score3"],
    ],
)
def test_what_cannot_be_read_is_told_in_a_sentence(
    call: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([part.format(folder=tmp_path) for part in call]) == 3
    said = capsys.readouterr()
    assert said.err.startswith("The equation file")
    assert said.err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_ids_or_all_but_not_both() -> None:
    for call in ([], ["score2", "--all"]):
        with pytest.raises(SystemExit) as end:
            main(call)
        assert end.value.code == 2


@pytest.mark.shared
def test_reference_cases_are_rows_of_the_reference_vectors(shared: Path, pack: Pack) -> None:
    vectors = (shared / "reference" / "vectors" / f"{pack.manifest.id}.csv").read_text(encoding="utf-8").splitlines()
    cases = pack.read_case_table().decode("utf-8").splitlines()
    assert cases[0] == vectors[0]
    assert set(cases) <= set(vectors)
    assert min(30, len(vectors) - 1) <= len(cases) - 1 <= 48


@pytest.mark.shared
def test_the_equation_files_are_those_of_the_reference(shared: Path, checkout: Path) -> None:
    reference = shared / "reference" / "equations"
    assert {*IDS, RESTRICTED} == {file.stem for file in reference.glob("*.json")} == FACTS.keys()
    for equation in IDS:
        file = equation_file(checkout, equation)
        assert file.read_bytes() == (reference / file.name).read_bytes()
        for table in file.parent.glob("*.csv"):
            assert table.read_bytes() == (reference / table.name).read_bytes()


def equation_file(checkout: Path, equation: str) -> Path:
    folder = checkout / "resources" / "equations"
    own = folder / equation
    return (own if own.is_dir() else folder) / f"{equation}.json"


def test_reference_cases_come_out_of_the_committed_graph(pack: Pack, graph_run: Any, dictionary: Dictionary) -> None:
    cases = read_cases(pack, dictionary)
    people = derive(cases.people, dictionary).batch
    run = graph_run(pack.read_graph())
    found = run.columns({field: people.column(field) for field in run.fields})
    checked = 0
    for output, expected in cases.numbers.items():
        given = ~np.isnan(expected)
        checked += int(given.sum())
        assert (np.abs(found[output] - expected)[given] <= cases.tolerance[given]).all(), output
    for output, codes in cases.codes.items():
        categories = pack.manifest.output(output).categories
        assert [categories[int(position)] for position in found[output]] == list(codes)
        checked += len(codes)
    assert checked >= people.rows >= 4


@pytest.mark.shared
def test_every_vector_comes_out_of_the_committed_graph(
    shared: Path, pack: Pack, graph_run: Any, dictionary: Dictionary
) -> None:
    with (shared / "reference" / "vectors" / f"{pack.manifest.id}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = {
        name: ColumnReader(dictionary[name]).read([row[name] for row in rows]) for name in rows[0] if name in dictionary
    }
    people = derive(Batch(len(rows), columns), dictionary).batch
    run = graph_run(pack.read_graph())
    found = run.columns({field: people.column(field) for field in run.fields})
    names = [output.name for output in pack.manifest.outputs if f"expected_{output.name}" in rows[0]]
    tolerance = np.array([float(row["tolerance"] or 0) for row in rows])
    for output in names:
        name = f"expected_{output}"
        if categories := pack.manifest.output(output).categories:
            assert [categories[int(position)] for position in found[output]] == [row[name] for row in rows]
            continue
        wanted = np.array([float(row[name] or "nan") for row in rows])
        far = ~np.isnan(wanted) & ~(np.abs(found[output] - wanted) <= tolerance)
        assert not far.any(), (output, np.flatnonzero(far)[:5])


@pytest.mark.parametrize("pack_id", LEADING)
def test_reference_cases_meet_every_condition_both_ways(
    pack_id: str, checkout: Path, plain_equation: Callable[[Path], Any], dictionary: Dictionary
) -> None:
    """Whatever condition can come out both ways for somebody does so among the cases of the pack."""
    pack = read_pack(checkout / "resources" / "models" / pack_id)
    equation = plain_equation(equation_file(checkout, pack_id))
    rows = list(csv.DictReader(pack.read_case_table().decode("utf-8").splitlines()))
    met = _trail(equation, [_person(row, dictionary) for row in rows])
    conditions = {text for text, _ in met}
    possible = _trail(equation, [_anybody(equation, dictionary, seed) for seed in range(2000)])
    assert conditions == {text for text, _ in possible}
    assert possible <= met


def _trail(equation: Any, people: Sequence[Mapping[str, Any]]) -> set[tuple[str, bool]]:
    return set().union(*(equation.answer(person).trail for person in people))


def _person(row: Mapping[str, str], dictionary: Dictionary) -> dict[str, Any]:
    person: dict[str, Any] = {}
    for name, cell in row.items():
        if name in dictionary and cell:
            kind = dictionary[name].kind
            person[name] = cell == "true" if kind is Kind.BOOLEAN else (float(cell) if kind is Kind.NUMBER else cell)
    return person


def _anybody(equation: Any, dictionary: Dictionary, seed: int) -> dict[str, Any]:
    chance = np.random.default_rng(seed)
    person: dict[str, Any] = {}
    for entry in equation.document["inputs"]:
        field = dictionary[entry["field"]]
        if field.kind is Kind.NUMBER:
            low, high = field.plausible_min or 0.0, field.plausible_max or 500.0
            valid = entry.get("valid") or {}
            if valid.get("outside") == "refuse":
                low, high = max(low, valid["min"] or low), min(high, valid["max"] or high)
            person[field.name] = float(chance.uniform(low, high))
        elif field.kind is Kind.BOOLEAN:
            person[field.name] = bool(chance.random() < 0.5)
        else:
            person[field.name] = str(chance.choice(field.category_codes))
    return person


def test_the_graph_says_what_it_is_and_is_float64_throughout(pack: Pack) -> None:
    model = onnx.load_model_from_string(pack.read_graph())
    manifest = pack.manifest
    assert model.doc_string.startswith(f"{manifest.id} {manifest.source_version}")
    assert model.doc_string.endswith(f"; doi:{manifest.citation.doi}") or manifest.citation.doi is None
    assert model.graph.name == manifest.id
    kinds = {tensor.data_type for tensor in model.graph.initializer}
    kinds |= {value.type.tensor_type.elem_type for value in (*model.graph.input, *model.graph.output)}
    kinds |= {attribute.i for node in model.graph.node if node.op_type == "Cast" for attribute in node.attribute}
    kinds -= {onnx.TensorProto.INT64}  # the shapes of loops
    assert kinds <= {onnx.TensorProto.DOUBLE, onnx.TensorProto.BOOL, onnx.TensorProto.INT32}
    assert "Gather" not in {node.op_type for node in model.graph.node}


def test_cards_tell_what_a_clinician_must_know(pack: Pack, dictionary: Dictionary) -> None:
    card = pack.read_card()
    manifest = pack.manifest
    told = [manifest.title.en, manifest.title.zh, manifest.citation.doi or manifest.citation.text]
    told += [manifest.licence.note, *(text.file for text in manifest.licence.files)]
    for words in (manifest.licence.credit, manifest.licence.notice):
        told += [] if words is None else [words.en, words.zh]
    told += [f"`{each.field}`" for each in manifest.inputs]
    told += [text for rule in manifest.exclusions for text in (rule.reason.en, rule.reason.zh)]
    told += [text for scheme in manifest.bands for band in scheme.bands for text in (band.label.en, band.label.zh)]
    told += [text for note in manifest.limits_notes for text in (note.en, note.zh)]
    told += [text for scheme in manifest.bands for text in (scheme.source.en, scheme.source.zh)]
    told += [dictionary[each.field].label("zh") for each in manifest.inputs]
    missing = [text for text in told if text not in card]
    assert not missing
    assert "None" not in card
    assert card.count("\n## ") == 2


def test_ranks_within_a_topic_differ_and_headlines_are_for_somebody(checkout: Path) -> None:
    manifests = [read_pack(checkout / "resources" / "models" / pack).manifest for pack in IDS]
    places = [(manifest.topic, manifest.rank) for manifest in manifests]
    assert len(set(places)) == len(places)
    for manifest in manifests:
        if manifest.headline_output is not None:
            assert manifest.output(manifest.headline_output).diagnostic is False
        assert (manifest.patient is not None) == (manifest.audience == "patient")
    assert [m.id for m in manifests if m.headline_output is None] == ["bmi_class"]


def test_licences_are_those_that_the_owners_gave(checkout: Path) -> None:
    manifests = [read_pack(checkout / "resources" / "models" / pack).manifest for pack in IDS]
    states = {state: {m.id for m in manifests if m.licence.state is state} for state in LicenceState}
    assert states[LicenceState.UNCLEAR] == {
        "china_par_2016", "framingham_2008_bmi", "framingham_2008_lab", "pce_2013", "plcom2012", "prevent", "score2",
        "score2_diabetes", "score2_op",
    }  # fmt: skip
    assert states[LicenceState.LGPL] == {"qrisk3_2017"}
    assert states[LicenceState.ATTRIBUTION] == {"globorisk", "news2", "who_cvd_2019_lab", "who_cvd_2019_nonlab"}
    assert all(m.licence.credit for m in manifests if m.licence.state in (LicenceState.LGPL, LicenceState.ATTRIBUTION))
    assert states[LicenceState.RESTRICTED_OPTIONAL] == set()


def test_the_lgpl_pack_lies_with_its_texts_and_its_notice_in_folders_of_its_own(checkout: Path) -> None:
    pack = read_pack(checkout / "resources" / "models" / "qrisk3_2017")
    source = checkout / "resources" / "equations" / "qrisk3_2017"
    assert {file.name for file in source.iterdir()} == {"qrisk3_2017.json", "LICENCE.txt", "NOTICE.txt"}
    licence, notice = (pack.read_licence_text(name) for name in ("LICENCE.txt", "NOTICE.txt"))
    assert licence == (source / "LICENCE.txt").read_text(encoding="utf-8")
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in licence
    assert "GNU GENERAL PUBLIC LICENSE" in licence
    words = pack.manifest.licence.notice
    assert words is not None
    assert words.en in " ".join(notice.split())


def test_titles_name_publications_and_no_mark_of_others(pack: Pack) -> None:
    titles = (pack.manifest.title.en, pack.manifest.title.zh)
    assert not [mark for mark in ("PREVENT", "QRISK", "STOP-BANG", "HeartScore") for text in titles if mark in text]


@pytest.mark.shared
def test_what_may_not_be_bundled_is_made_elsewhere_only(
    checkout: Path, shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reference = shared / "reference"
    call = [RESTRICTED, "--equations", str(reference / "equations"), "--cases-from", str(reference / "vectors")]
    assert main(call) == 3
    assert RESTRICTED in capsys.readouterr().err
    assert not (checkout / "resources" / "models" / RESTRICTED).exists()
    assert main([*call, "--models", str(tmp_path)]) == 0
    made = read_pack(tmp_path / RESTRICTED)
    assert made.manifest.licence.state is LicenceState.RESTRICTED_OPTIONAL


def test_a_pack_has_good_values_or_the_table_says_why_not(pack: Pack, checkout: Path) -> None:
    table = (checkout / "engine" / "risk" / "PACKS.md").read_text(encoding="utf-8")
    assert bool(pack.manifest.references) != (f"- `{pack.manifest.id}`: " in table)


def test_a_person_with_every_good_value_has_the_lowest_score_of_points(pack: Pack, dictionary: Dictionary) -> None:
    """Points add up from none, and the good values of scores on demand are those that score none."""
    manifest = pack.manifest
    output = manifest.headline_output
    if (manifest.kind, manifest.use) != (PackKind.POINTS, Use.ON_DEMAND) or output is None or not manifest.references:
        return
    people = read_cases(pack, dictionary).people
    good = {
        name: np.where(people.missing(name), np.nan, dictionary[name].encode(reference.value))
        for name, reference in manifest.references.items()
    }
    predictor = Predictor(pack, dictionary)
    own, best = (predictor.predict(each).outputs[output] for each in (people, people.with_columns(good)))
    compared = ~np.isnan(own) & ~np.isnan(best)
    assert compared.any()
    takes_off = people.column("alternative_diagnosis_likely") == 1  # the one answer that takes points off: two
    negative = np.where(takes_off, 2, 0)
    assert (best[compared] <= own[compared] + negative[compared]).all()


def test_good_values_are_plain_values_of_their_fields(pack: Pack, dictionary: Dictionary) -> None:
    for name, reference in pack.manifest.references.items():
        field = dictionary[name]
        number = field.encode(float(reference.value) if field.kind is Kind.NUMBER else reference.value)
        assert np.isfinite(number)
        assert field.kind is not Kind.NUMBER or (field.plausible_min or 0) <= number <= (field.plausible_max or np.inf)
        assert len(reference.source) > 20
