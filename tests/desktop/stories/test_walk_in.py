"""J2: somebody walks in. Nine fields from the keyboard, no dialog, the number after each, the sheet at the end."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from desktop.preview.presenter import PreviewPresenter
from tests.desktop.stories.conftest import FACTOR, Desk

UPDATE_SECONDS, PAGE_SECONDS, WHOLE_SECONDS = 0.1, 10.0, 100.0
NAMES = {"en": "Ann Marsh", "zh": "王秀英"}
SEX = {"en": "F", "zh": "1"}  # a segment takes the letter its answer begins with, or its place
YES, NO = "2", "1"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_walk_in_is_nine_fields_from_the_keyboard_and_ends_at_the_sheet(
    practice_desk: Callable[[str], Desk], language: str
) -> None:
    desk = practice_desk(language)
    hands = desk.hands
    with hands.step("unlock"):
        desk.unlock_practice()
    before = hands.keystrokes
    with hands.step("a new patient"):
        hands.key("Ctrl+N")
        hands.until(lambda: record(desk).form is not None and hands.focus() != "", "no form")
        hands.idle()
    fields = fill(desk, language)
    with hands.step("Ctrl+P to the sheet"):
        hands.key("Ctrl+P")
        hands.until(lambda: preview(desk).drawn is not None, "no sheet")
    hands.idle()
    hands.remark(f"{fields} fields, {hands.keystrokes - before} keystrokes from Ctrl+N to the sheet")
    assert fields == 9
    assert hands.dialogs == []
    assert hands.clicks == 0
    assert preview(desk).name == NAMES[language]
    assert preview(desk).count > 0
    assert hands.seconds["Ctrl+P to the sheet"] < FACTOR * PAGE_SECONDS
    assert sum(hands.seconds.values()) < WHOLE_SECONDS


def fill(desk: Desk, language: str) -> int:
    """Type the nine fields; look that the number follows each one it depends on."""
    hands, texts = desk.hands, desk.texts
    typed = [
        ("name", NAMES[language], False), ("number", "", False), ("born", "1961", False), ("sex", SEX[language], False),
        ("phone", "", False), ("village", "", False),
        ("pressure 1", "158/94", True), ("pressure 2", "146/90", True),
    ]  # fmt: skip
    seen: list[str] = []
    for name, text, moves in typed:
        enter(desk, name, text, moves=moves)
        if text:
            seen.append(name)
    # The first two differ by 12: the third box is there now, and only now.
    assert hands.focus().startswith(texts("record.pressure.3"))
    enter(desk, "pressure 3", "150/92", moves=True)
    while (box := record(desk).desk.focus.partition("#")[0]) in ANSWERS or box in SKIPPED:
        text = ANSWERS.get(box, "")
        enter(desk, box, text, moves=box in MOVING)
        if text:
            seen.append(box)
        if {"height_cm", "weight_kg"} <= set(seen):
            break
    assert record(desk).desk.live is not None
    return len(seen)


ANSWERS = {"smoker": YES, "diabetes": NO, "height_cm": "158", "weight_kg": "66"}
MOVING = {"smoker", "weight_kg"}
SKIPPED = {"on_bp_treatment", "cvd_history", "prior_mi", "prior_stroke", "statin"}


def enter(desk: Desk, name: str, text: str, *, moves: bool) -> None:
    """Type one field and go on; where the number depends on it, wait until it is there."""
    hands, live = desk.hands, record(desk).desk
    before = live.live
    with hands.step(name):
        if text:
            hands.type(text)
            if moves:
                hands.until(lambda: live.live is not None and live.live is not before, f"no number after {name}")
        hands.key("Return")
    hands.idle()


def record(desk: Desk):  # type: ignore[no-untyped-def]  # the presenter of the record, to read from
    """What the record knows."""
    assert desk.app.work is not None
    return desk.app.work.record


def preview(desk: Desk) -> PreviewPresenter:
    """What the preview knows."""
    assert desk.app.work is not None
    return desk.app.work.preview
