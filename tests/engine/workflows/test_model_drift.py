"""The monthly watch in a real store under a fake clock: steady months, a cuff that reads too high, open items."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from engine.domain.models import DriftKind, DriftLook, ModelStage
from engine.domain.ports import FixedClock
from engine.errors import UsageError
from engine.fields import load_dictionary
from engine.packs.input_summary import InputSummary
from engine.store import ReviewKind
from engine.wording import load_wording
from engine.workflows import reviews
from engine.workflows.assess import assess_people
from engine.workflows.clinics import OpenClinic, open_clinic
from engine.workflows.import_files import ImportRequest, import_file
from engine.workflows.model_drift import is_due, last_whole_month, parse_month, watch
from engine.workflows.model_words import drift_lines
from engine.workflows.models import add_draft, find_model, pack_of, retire, shadow
from tests.engine.workflows.trained import HEADER, trained_folder
from tests.made_once import new_clinic

PASSPHRASE = "a passphrase for tests"
START = datetime(2025, 3, 1, 9, tzinfo=UTC)
PEOPLE = 80


def at(month: int) -> FixedClock:
    """The second day of a month of 2025."""
    return FixedClock(datetime(2025, month, 2, 9, tzinfo=UTC))


def came(folder: Path, month: int, higher: float = 0.0, people: int = PEOPLE) -> Path:
    """Write visits of a month, of other people than in any month before."""
    random = np.random.default_rng(month)
    rows = [
        f"D{month:02d}{n:03d},Fictional {month:02d}{n:03d},{'MF'[n % 2]},{1950 + n % 25}-05-01,"
        f"{date(2025, month, 2 + n % 26)},{random.normal(135 + higher, 15):.0f},never,false\n"
        for n in range(people)
    ]
    table = folder.parent / f"month-{month}.csv"
    table.write_text(HEADER + "".join(rows), encoding="utf-8")
    return table


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A clinic with visits of January and February in which a model is in shadow from March on."""
    new_clinic(tmp_path / "clinic", "GBR", PASSPHRASE, FixedClock(START))
    with open_clinic(tmp_path / "clinic", PASSPHRASE, FixedClock(START)) as clinic:
        for month in (1, 2):
            import_file(clinic, came(tmp_path / "clinic", month), ImportRequest())
        add_draft(clinic, trained_folder(tmp_path / "made"))
        shadow(clinic, "toy", threshold=0.2)
    return tmp_path / "clinic"


def month_over(folder: Path, month: int, higher: float = 0.0, people: int = PEOPLE) -> DriftLook:
    """Let a month pass, and look at it on the second day of the next."""
    with open_clinic(folder, PASSPHRASE, at(month + 1)) as clinic:
        import_file(clinic, came(folder, month, higher, people), ImportRequest())
        (found,) = watch(clinic).looks
        return found


def items(clinic: OpenClinic) -> list[str]:
    return [each.reason for each in reviews.waiting(clinic) if each.kind is ReviewKind.DRIFT]


def test_a_steady_month_warns_of_nothing_and_is_looked_at_once(folder: Path) -> None:
    found = month_over(folder, 3)
    assert (found.month, found.people, found.enough, found.against) == (date(2025, 3, 1), PEOPLE, True, "clinic")
    assert found.warnings == ()
    assert {each.field for each in found.inputs} >= {"age", "sbp_mmhg", "smoker"}
    with open_clinic(folder, PASSPHRASE, at(4)) as clinic:
        assert not is_due(clinic)
        assert watch(clinic, only_due=True).looks == ()
        assert items(clinic) == []


def test_a_cuff_that_reads_too_high_moves_inputs_and_alerts_and_leaves_one_item(folder: Path) -> None:
    month_over(folder, 3)
    found = month_over(folder, 4, higher=45)
    assert found.warnings == (DriftKind.INPUTS, DriftKind.ALERTS)
    assert [each.field for each in found.inputs if each.shifted] == ["sbp_mmhg"]
    assert found.alerts is not None
    assert found.alerts_before is not None
    assert found.alerts.low > found.alerts_before
    with open_clinic(folder, PASSPHRASE, at(5)) as clinic:
        watch(clinic)  # again: no second item
        assert items(clinic) == ["inputs alerts"]
        (item,) = reviews.waiting(clinic)
        for language in ("en", "zh"):
            words = load_wording(language)
            told = reviews.sentence(item, words, str, {}, str)
            assert "2025-04" in told
            assert words.say("watch.todo.inputs") in told
            lines = list(drift_lines(found, load_dictionary(), words))
            assert any(words.say("watch.todo.alerts") in line for line in lines)
        reviews.close(clinic, item.id, "the cuff was replaced")
        assert items(clinic) == []


def test_a_month_of_few_people_says_so_and_compares_nothing(folder: Path) -> None:
    found = month_over(folder, 3, higher=60, people=10)
    assert (found.people, found.enough, found.inputs, found.alerts, found.warnings) == (10, False, (), None, ())
    assert any("30" in line for line in drift_lines(found, load_dictionary(), load_wording("en")))


def test_the_people_that_a_pack_was_trained_on_come_first(folder: Path, tmp_path: Path) -> None:
    summary = InputSummary("sbp_mmhg", (100.0,), (0.5, 0.5), 0.0, 400)
    with open_clinic(folder, PASSPHRASE, FixedClock(START)) as clinic:
        retire(clinic, "toy", "a new version")
        add_draft(clinic, trained_folder(tmp_path / "second", version="2.0.0", input_summaries=(summary,)))
        shadow(clinic, "toy")
        assert pack_of(clinic, find_model(clinic, "toy@2.0.0")).manifest.input_summaries == (summary,)
    found = month_over(folder, 3)
    assert (found.against, [each.field for each in found.inputs]) == ("pack", ["sbp_mmhg"])
    assert found.warnings == (DriftKind.INPUTS,)
    assert found.alerts is not None  # at the threshold of its training, for nobody named another
    assert found.alerts_before is None  # this is its first month


def test_whoever_assesses_everybody_has_the_month_looked_at(folder: Path) -> None:
    with open_clinic(folder, PASSPHRASE, at(4)) as clinic:
        import_file(clinic, came(folder, 3, higher=60), ImportRequest())
        assert is_due(clinic)
        assess_people(clinic)
        assert not is_due(clinic)
        assert items(clinic) == ["inputs"]


def test_a_folder_that_was_altered_is_a_fault_and_stops_nobody(folder: Path) -> None:
    with open_clinic(folder, PASSPHRASE, at(4)) as clinic:
        import_file(clinic, came(folder, 3, people=5), ImportRequest())
        manifest = pack_of(clinic, find_model(clinic, "toy")).folder / "manifest.json"
        manifest.write_text("{}", encoding="utf-8")
        assert assess_people(clinic).people
        found = watch(clinic)
        assert (found.looks, list(found.faults)) == ((), ["toy 1.0.0"])
        assert find_model(clinic, "toy").stage is ModelStage.SHADOW


def test_only_a_month_that_is_over_is_looked_at(folder: Path) -> None:
    assert last_whole_month(date(2025, 1, 31)) == date(2024, 12, 1)
    assert parse_month(" 2025-03 ") == date(2025, 3, 1)
    for wrong in ("2025", "2025-13", "May", ""):
        with pytest.raises(UsageError, match="model_month"):
            parse_month(wrong)
    with (
        open_clinic(folder, PASSPHRASE, FixedClock(START + timedelta(days=3))) as clinic,
        pytest.raises(UsageError, match="model_month"),
    ):
        watch(clinic, date(2025, 3, 1))
