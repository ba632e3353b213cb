"""J2: somebody walks in. Nine fields from the keyboard, no dialog, the answer follows each, the sheet at the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from desktop.widgets.risk_number import RiskNumber
from tests.desktop.stories.conftest import FACTOR, Desk, busy_machine

UPDATE_SECONDS, PAGE_SECONDS, WHOLE_SECONDS = 0.1, 10.0, 100.0
NAMES = {"en": "Ann Marsh", "zh": "王秀英"}


@dataclass(frozen=True)
class Stop:
    """A box that the cursor comes to with Enter, what is typed there, and what still keeps the number away then."""

    box: str
    text: str = ""
    lacks: int | None = None  # None: nothing at the right depends on it
    counts: bool = True  # among the nine; the third pressure is for those whose first two differ, tests are for later


def stops(language: str) -> tuple[Stop, ...]:
    """Every box in the order in which Enter goes through the form; empty ones are passed over."""
    return (
        Stop("name#1", NAMES[language]), Stop("patient_id#1"), Stop("birth_date#1", "1961", lacks=5),
        Stop("sex#1", "2", lacks=4), Stop("phone#1"), Stop("village#1"),
        Stop("pressure#1", "158/94", lacks=3), Stop("pressure#2", "146/90", lacks=3),
        Stop("pressure#3", "150/92", lacks=3, counts=False),
        Stop("smoker#1", "3", lacks=2), Stop("diabetes#1", "1", lacks=1),
        Stop("cvd_history#1"), Stop("on_bp_treatment#1"), Stop("on_statin#1"),
        Stop("height_cm#1", "158", lacks=1), Stop("weight_kg#1", "66", lacks=0),
        Stop("total_cholesterol_mmol_l#1", "6.4", lacks=0, counts=False),
    )  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_walk_in_is_nine_fields_from_the_keyboard_and_ends_at_the_sheet(
    practice_desk: Callable[[str], Desk], language: str
) -> None:
    desk = practice_desk(language)
    hands = desk.hands
    with hands.step("unlock"):
        desk.unlock_practice()
    people = everybody(desk)
    before = hands.keystrokes
    with hands.step("a new patient"):
        desk.new_patient()
    for stop in stops(language):
        enter(desk, stop)
    slowest = max(hands.seconds[answer(stop)] for stop in stops(language) if stop.lacks is not None)
    with hands.step("Ctrl+P to the sheet"):
        hands.key("Ctrl+P")
        hands.until(lambda: desk.work.preview.drawn is not None, "no sheet")
    hands.idle()
    fields = sum(stop.counts and bool(stop.text) for stop in stops(language))
    hands.remark(f"{fields} fields, {hands.keystrokes - before} keystrokes from Ctrl+N to the sheet")
    hands.remark(f"slowest answer {1000 * slowest:.0f} ms after the last key of a field")
    assert fields == 9
    assert hands.dialogs == []
    assert hands.clicks == 0
    assert slowest < FACTOR * UPDATE_SECONDS or busy_machine()
    assert (desk.work.preview.name, everybody(desk)) == (NAMES[language], people + 1)
    assert desk.work.preview.count == 2
    sheet = desk.work.preview.sheet
    assert sheet is not None
    assert sheet.lead is not None  # the page holds a number too
    assert hands.seconds["Ctrl+P to the sheet"] < FACTOR * PAGE_SECONDS
    assert sum(hands.seconds.values()) < WHOLE_SECONDS


def enter(desk: Desk, stop: Stop) -> None:
    """Type one field where the cursor is and go on with Enter; what stands at the right follows the last key."""
    hands, live = desk.hands, desk.work.record.desk
    assert live.focus == stop.box, f"the cursor is in {live.focus} and not in {stop.box}"
    with hands.step(stop.box):
        hands.type(stop.text[:-1])
    hands.idle()
    before = live.live
    with hands.step(answer(stop)):
        hands.type(stop.text[-1:])
        hands.until(lambda: stop.lacks is None or live.live is not before, f"no answer after {stop.box}")
    if stop.lacks is not None:
        assert live.live is not None
        assert live.live.lead is not None
        assert len(live.live.lead.reasons) == stop.lacks, live.live.lead.reasons
        assert shown_number(desk).isdigit() is (stop.lacks == 0)
    with hands.step(f"Enter in {stop.box}"):
        hands.key("Return")
    hands.idle()


def answer(stop: Stop) -> str:
    """Return the name of the step from the last key to what stands at the right."""
    return f"last key of {stop.box}"


def shown_number(desk: Desk) -> str:
    """Return the figures that stand at the right; nothing where there is none."""
    return next((each.number for each in desk.hands.seen(RiskNumber)), "")


def everybody(desk: Desk) -> int:
    """Return how many people the list knows."""
    panel = desk.work.people.panel
    assert panel is not None
    return len(panel)
