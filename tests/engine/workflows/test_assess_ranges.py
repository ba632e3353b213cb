"""``lantern assess --range`` and ``--pack auto``, and ``lantern next-test``: the tables they write."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.errors import UsageError
from engine.fields import load_dictionary
from engine.packs import PackLibrary
from engine.resources import resources_folder
from engine.workflows.assess_file import AssessFileSummary, Extras, assess_file

Run = Callable[..., tuple[AssessFileSummary, list[dict[str, str]]]]
WHO_LAB, WHO_OFFICE = "who_cvd_2019_lab", "who_cvd_2019_nonlab"
NAMES = "id,sex,age,sbp_mmhg,smoker,bmi_kg_m2,total_cholesterol_mmol_l,diabetes,cvd_history"
PEOPLE = {
    "full": "F,60,140,never,24,5.2,false,false",
    "no cholesterol": "F,60,140,never,24,,false,false",
    "neither": "F,60,140,never,,,false,false",
    "disease": "F,60,140,never,24,,false,true",
    "no age": "F,,140,never,24,5.2,false,false",
}
TABLE = "".join(f"{line}\n" for line in (NAMES, *(f"{name},{row}" for name, row in PEOPLE.items())))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def assess(pack: str, text: str, **extras: Any) -> tuple[AssessFileSummary, list[dict[str, str]]]:
        source, target = tmp_path / "in.csv", tmp_path / "out.csv"
        source.write_text(text, encoding="utf-8")
        summary = assess_file(pack, source, target, PackLibrary.shipped(), load_dictionary(), extras=Extras(**extras))
        written = target.read_bytes().decode("utf-8")
        return summary, list(csv.DictReader(io.StringIO(written, newline=""), strict=True))

    return assess


def test_where_a_value_is_missing_the_output_is_empty_and_its_range_is_filled(run: Run) -> None:
    summary, rows = run(WHO_LAB, TABLE, ranges=True, country="CHN")
    full, gap, neither, disease, no_age = rows
    assert (full["status"], full["reasons"], full["risk_10y.low"]) == ("ok", "", "")
    for row in (gap, neither):
        assert (row["risk_10y"], row["band"], row["status"]) == ("", "", "range")
        assert row["reasons"] == "total_cholesterol_mmol_l:missing"
        low, typical, high = (float(row[f"risk_10y.{end}"]) for end in ("low", "typical", "high"))
        assert 0 < low < typical < high < 1
        assert low < float(full["risk_10y"]) < high
    assert (disease["status"], disease["risk_10y.low"]) == ("refused", "")
    assert disease["reasons"] == "cvd_history:excluded;total_cholesterol_mmol_l:missing"
    assert (no_age["status"], no_age["reasons"]) == ("refused", "age:missing")
    assert (summary.rows, summary.ok, summary.ranged, summary.refused) == (5, 1, 2, 2)
    assert summary.reasons == {"cvd_history:excluded": 1, "total_cholesterol_mmol_l:missing": 1, "age:missing": 1}


def test_without_the_wish_for_a_range_nothing_changes(run: Run) -> None:
    summary, rows = run(WHO_LAB, TABLE, country="CHN")
    assert not [name for name in rows[0] if name.endswith((".low", ".typical", ".high"))]
    assert [row["status"] for row in rows] == ["ok", "refused", "refused", "refused", "refused"]
    assert summary.ranged == 0


def test_ranges_and_reasons_why_go_together(run: Run) -> None:
    rows = run(WHO_LAB, TABLE, ranges=True, explain=True, country="CHN")[1]
    assert rows[0]["reference"]
    assert rows[1]["risk_10y.low"]
    assert not rows[1]["reference"]


def test_a_pack_without_numbers_or_for_clinicians_alone_gives_no_range(run: Run) -> None:
    assert [row["status"] for row in run("bmi_class", "age\n40\n", ranges=True)[1]] == ["refused"]
    acute = run("qsofa", "age,respiratory_rate_per_min,altered_mentation\n50,20,false\n", ranges=True)[1]
    assert [(row["status"], row["score.low"]) for row in acute] == [("refused", "")]


def test_china_starts_with_who_east_asia_and_the_variant_without_the_laboratory(run: Run) -> None:
    summary, rows = run("auto", TABLE, country="CHN")
    assert [row["pack"] for row in rows] == [WHO_LAB, WHO_OFFICE, WHO_LAB, WHO_LAB, WHO_LAB]
    assert [row["status"] for row in rows] == ["ok", "ok", "refused", "refused", "refused"]
    regions = f"{NAMES},gbd_region\n" + "".join(f"{name},{row},east_asia\n" for name, row in PEOPLE.items())
    for pack, place in ((WHO_LAB, 0), (WHO_OFFICE, 1)):
        assert rows[place]["risk_10y"] == run(pack, regions)[1][place]["risk_10y"]
    assert {each.ref.id: each.rows for each in summary.packs} == {WHO_LAB: 4, WHO_OFFICE: 1}


def test_a_row_says_what_kept_the_better_tool_from_speaking(run: Run) -> None:
    summary, rows = run("auto", TABLE, country="CHN")
    full, office, neither, disease, no_age = rows
    assert (full["status"], full["reasons"]) == ("ok", "")
    assert (office["pack"], office["status"]) == (WHO_OFFICE, "ok")
    assert office["reasons"] == "total_cholesterol_mmol_l:missing"
    assert neither["reasons"] == "total_cholesterol_mmol_l:missing"
    assert disease["reasons"] == "cvd_history:excluded;total_cholesterol_mmol_l:missing"
    assert no_age["reasons"] == "age:missing"
    # What is counted stays what refused.
    assert sum(summary.reasons.values()) == 4
    assert run("auto", TABLE, country="CHN", ranges=True)[1][1]["reasons"] == "total_cholesterol_mmol_l:missing"


def test_a_tool_that_is_not_for_the_person_is_no_better_one(run: Run) -> None:
    """Whom the first tool excludes gets the next one's number, and nothing is said to be missing."""
    header = "country_iso3,sex,age,sbp_mmhg,smoker,total_cholesterol_mmol_l,hdl_mmol_l,diabetes,cvd_history"
    text = f"{header}\nFRA,M,75,140,never,5.2,1.3,false,false\nFRA,M,60,140,never,5.2,,false,false\n"
    older, gap = run("auto", text, with_unclear=True)[1]
    assert (older["pack"], older["status"], older["reasons"]) == ("score2_op", "ok", "")
    assert (gap["pack"], gap["status"], gap["reasons"]) == (WHO_LAB, "ok", "hdl_mmol_l:missing")


def test_the_tool_that_is_chosen_explains_itself(run: Run) -> None:
    rows = run("auto", TABLE, country="CHN", explain=True)[1]
    lab, office = rows[0], rows[1]
    assert (lab["pack"], office["pack"]) == (WHO_LAB, WHO_OFFICE)
    for row in (lab, office):
        added = [float(cell) for name, cell in row.items() if name.startswith("contribution.") and cell]
        assert added
        assert sum(added) == pytest.approx(float(row["risk_10y"]) - float(row["reference"]), abs=1e-12)
    assert lab["contribution.total_cholesterol_mmol_l"]
    assert not lab["contribution.bmi_kg_m2"]
    assert office["contribution.bmi_kg_m2"]
    assert not office["contribution.total_cholesterol_mmol_l"]
    assert not any(cell for name, cell in rows[4].items() if name.startswith("contribution."))
    alone = run(WHO_LAB, TABLE, country="CHN", explain=True)[1][0]
    assert {name: lab[name] for name in alone} == alone


@pytest.mark.parametrize("unclear", [True, False])
def test_also_with_packs_of_unclear_licence_china_starts_with_who(run: Run, unclear: bool) -> None:
    rows = run("auto", TABLE, country="CHN", with_unclear=unclear)[1]
    assert rows[0]["pack"] == WHO_LAB


def test_a_range_is_given_only_where_no_tool_has_a_number(run: Run) -> None:
    rows = run("auto", TABLE, country="CHN", ranges=True)[1]
    assert [(row["pack"], row["status"]) for row in rows[:3]] == [
        (WHO_LAB, "ok"),
        (WHO_OFFICE, "ok"),
        (WHO_LAB, "range"),
    ]
    assert rows[2]["risk_10y.low"]
    assert rows[2]["reasons"] == "total_cholesterol_mmol_l:missing"


def test_packs_of_unclear_licence_speak_only_when_asked(run: Run) -> None:
    header = "country_iso3,sex,age,sbp_mmhg,smoker,total_cholesterol_mmol_l,hdl_mmol_l,diabetes,cvd_history"
    text = f"{header}\nFRA,M,60,140,never,5.2,1.3,false,false\nCHN,M,60,140,never,5.2,1.3,false,false\n"
    assert [row["pack"] for row in run("auto", text)[1]] == [WHO_LAB, WHO_LAB]
    summary, rows = run("auto", text, with_unclear=True)
    assert [row["pack"] for row in rows] == ["score2", WHO_LAB]
    assert [row["status"] for row in rows] == ["ok", "ok"]
    notes = {each.ref.id: each.licence_note for each in summary.packs}
    assert notes["score2"]
    assert notes[WHO_LAB] is None


def test_a_row_keeps_its_own_country_and_region(run: Run) -> None:
    text = f"{NAMES},country_iso3,gbd_region\n" + "".join(
        f"x,{PEOPLE['full']},{place}\n" for place in ("IND,", ",", ",south_asia", "IND,south_asia")
    )
    rows = run(WHO_LAB, text, country="CHN")[1]
    assert rows[0]["risk_10y"] == rows[2]["risk_10y"] == rows[3]["risk_10y"] != rows[1]["risk_10y"]


def test_another_outcome_has_its_own_tools(run: Run) -> None:
    header = "sex,age,bmi_kg_m2,active_30min_daily,vegetables_daily,on_bp_treatment,high_glucose_history"
    text = f"{header},family_history_diabetes,diabetes\nF,50,27,true,true,false,false,none,false\n"
    (row,) = run("auto", text, outcome="diabetes", ranges=True)[1]
    assert (row["pack"], row["status"], row["reasons"]) == ("findrisc", "range", "waist_cm:missing")
    assert float(row["score.low"]) <= float(row["score.typical"]) <= float(row["score.high"])


@pytest.mark.parametrize(
    ("pack", "extras", "code"),
    [
        ("auto", {"outcome": "luck"}, "outcome_unknown"),
        ("auto", {"outcome": "cvd", "country": "ZZZ"}, "country_unknown"),
        (WHO_LAB, {"country": "Atlantis"}, "country_unknown"),
        (WHO_LAB, {"outcome": "cvd"}, "outcome_without_auto"),
        (WHO_LAB, {"with_unclear": True}, "outcome_without_auto"),
        (WHO_LAB, {"output": "risk_10y"}, "output_without_explain"),
        (WHO_LAB, {"next_test": True, "output": "luck"}, "output_unknown"),
    ],
)
def test_what_does_not_exist_or_go_together_is_refused(run: Run, pack: str, extras: dict[str, Any], code: str) -> None:
    with pytest.raises(UsageError) as refused:
        run(pack, TABLE, **extras)
    assert refused.value.code == code


def test_an_outcome_whose_packs_all_wait_for_a_licence_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "score2").symlink_to(resources_folder() / "models" / "score2")
    (source := tmp_path / "in.csv").write_text(TABLE, encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        assess_file("auto", source, tmp_path / "out.csv", PackLibrary([folder]), load_dictionary())
    assert refused.value.code == "outcome_off"


def test_a_damaged_pack_leaves_the_others_to_choose_from(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    (folder / WHO_LAB).mkdir(parents=True)
    (folder / WHO_LAB / "manifest.json").write_text("{}", encoding="utf-8")
    (folder / WHO_OFFICE).symlink_to(resources_folder() / "models" / WHO_OFFICE)
    (source := tmp_path / "in.csv").write_text(TABLE, encoding="utf-8")
    summary = assess_file(
        "auto", source, tmp_path / "out.csv", PackLibrary([folder]), load_dictionary(), extras=Extras(country="CHN")
    )
    assert [each.ref.id for each in summary.packs] == [WHO_OFFICE]


def test_the_next_test_is_named_with_what_it_takes_away(run: Run) -> None:
    header = "sex,age,sbp_mmhg,smoker,on_bp_treatment,total_cholesterol_mmol_l,hdl_mmol_l,diabetes"
    text = (
        f"{header}\nM,45,140,never,false,,,false\nF,65,140,never,false,,,false\n"
        "M,45,140,never,false,5.2,,false\nM,45,140,never,false,5.2,1.3,false\nM,99,140,never,false,,,false\n"
    )
    summary, rows = run("framingham_2008_lab", text, next_test=True)
    first, second, single, nothing, old = rows
    assert {first["next_test"], second["next_test"]} == {"total_cholesterol_mmol_l", "hdl_mmol_l"}
    shares = dict(part.split("=") for part in first["tests"].split(";"))
    assert first["next_test.removes"] == shares[first["next_test"]] == max(shares.values(), key=float)
    assert (single["next_test"], single["next_test.removes"]) == ("hdl_mmol_l", "1")
    assert (nothing["next_test"], nothing["status"]) == ("", "ok")
    assert (old["next_test"], old["status"]) == ("", "refused")
    assert (summary.ok, summary.ranged, summary.refused) == (1, 3, 1)


def test_the_next_test_of_the_chosen_tool_is_that_of_the_first_that_could_speak(run: Run) -> None:
    rows = run("auto", TABLE, next_test=True, country="CHN")[1]
    assert [(row["pack"], row["next_test"]) for row in rows[:3]] == [
        (WHO_LAB, ""),
        (WHO_LAB, "total_cholesterol_mmol_l"),  # the variant without it has a number, but this tool comes first
        (WHO_LAB, "total_cholesterol_mmol_l"),
    ]
