"""Where a silent answer may be found: in the file that is everything of one person, and in no other that goes out."""

from __future__ import annotations

from pathlib import Path

from engine.domain.ports import FixedClock
from engine.store import predictions_of
from engine.store.person_rows import person_rows
from engine.workflows.assess import assess_people
from engine.workflows.clinics import open_clinic
from engine.workflows.deidentify import Wanted, deidentify
from engine.workflows.models import add_draft, find_model, shadow
from tests.engine.workflows.trained import BEGAN, after, import_year, simulated, trained_folder
from tests.made_once import new_clinic

PASSPHRASE = "a passphrase for tests"


def test_silent_answers_are_in_the_persons_own_file_and_in_no_deidentified_one(tmp_path: Path) -> None:
    new_clinic(tmp_path / "clinic", "GBR", PASSPHRASE, FixedClock(BEGAN))
    with open_clinic(tmp_path / "clinic", PASSPHRASE, FixedClock(BEGAN)) as clinic:
        add_draft(clinic, trained_folder(tmp_path / "made", id="silent_one"))
        shadow(clinic, "silent_one")
    with open_clinic(tmp_path / "clinic", PASSPHRASE, FixedClock(after(0))) as clinic:
        import_year(clinic, simulated(60, 1.0), 0, tmp_path)
        assess_people(clinic)
        said = predictions_of(clinic.vault, find_model(clinic, "silent_one").ref)
        assert len(said) == 60
        written = deidentify(clinic, PASSPHRASE, tmp_path / "out.csv", Wanted(k=2), reason="a study")
        files = [written.file, written.dictionary, written.report_file]
        text = "".join(path.read_text(encoding="utf-8-sig") for path in files)
        assert "silent_one" not in text
        assert "model" not in text.splitlines()[0]
        assert not any(f"{each.number:.6f}"[:7] in text for each in said if each.number is not None)
        with clinic.vault.granting():
            person = str(clinic.vault.rows("SELECT id FROM patient LIMIT 1")[0][0])
        answers = person_rows(clinic.vault, person)["model_prediction"]
        assert isinstance(answers, dict)
        assert isinstance(answers["rows"], list)
        assert len(answers["rows"]) == 1
