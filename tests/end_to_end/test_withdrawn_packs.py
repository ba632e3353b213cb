"""What a withdrawn pack said before is found again: whose, of which day, and when pages were made."""

from __future__ import annotations

from pathlib import Path

from tests.end_to_end.command import Clinic, check_refused, says

PACK = "who_cvd_2019_lab"
TABLE = (
    "patient_id,name,sex,birth_date,visit_date,sbp_mmhg,smoker,diabetes,total_cholesterol_mmol_l\n"
    "Q101,Ada Quill,F,1962-03-09,2024-01-15,148,current,false,6.1\n"
    "Q102,Ben Quill,M,1960-03-09,2024-01-16,138,never,false,5.2\n"
)


def test_results_and_pages_of_a_withdrawn_pack_are_listed_until_it_is_on_again(filled: Clinic, tmp_path: Path) -> None:
    (tmp_path / "more.csv").write_text(TABLE, encoding="utf-8")
    assert filled.run("import", tmp_path / "more.csv").code == 0
    assert filled.run("assess-all").code == 0
    assert filled.run("report", "--patient", "Q101", "--out", tmp_path / "out").code == 0
    assert says(filled.run("packs", "withdrawn").out.strip(), "cli.none_withdrawn")
    ended = filled.run("packs", "withdraw", PACK, "--reason", "wrong units\nin one table")
    assert ended.code == 0, ended.err
    found = filled.run("packs", "withdrawn", "--json").json
    assert [(each["patient_id"], each["visit_date"], each["pack"]) for each in found] == [
        ("Q101", "2024-01-15", PACK),
        ("Q102", "2024-01-16", PACK),
    ]
    assert [each["reason"] for each in found] == ["wrong units in one table"] * 2
    assert [len(each["pages"]) for each in found] == [1, 0]
    lines = filled.run("packs", "withdrawn").out.splitlines()
    assert len(lines) == 2
    assert all(says(line, "risk.withdrawn.line") for line in lines)
    assert "Q101" in lines[0]
    assert lines[1].endswith("none.")
    # It takes no part any more, and says so in the list of packs.
    assert PACK not in {each["pack"] for each in filled.run("assess-all", "--json").json["packs"]}
    listed = {pack["id"]: pack["state"] for pack in filled.run("packs", "--json").json}
    assert (listed[PACK], listed["bmi_class"]) == ("withdrawn", "on")
    assert filled.run("packs", "on", PACK).code == 0
    assert filled.run("packs", "withdrawn", "--json").json == []
    assert PACK in {each["pack"] for each in filled.run("assess-all", "--json").json["packs"]}


def test_a_pack_is_withdrawn_for_a_reason_and_must_be_there(filled: Clinic) -> None:
    check_refused(filled.run("packs", "withdraw", PACK, "--reason", " "), 2, "error.pack_reason_missing")
    check_refused(filled.run("packs", "withdraw", PACK, "--reason", "x" * 201), 2, "error.pack_reason_too_long")
    check_refused(filled.run("packs", "withdraw", "nowhere", "--reason", "why"), 6, "error.pack_unknown")
