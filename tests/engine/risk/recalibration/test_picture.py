from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from engine.domain.recalibration import Recalibration
from engine.domain.results import PackRef
from engine.risk.recalibration.fit import Parameters
from engine.risk.recalibration.follow_up import FollowUp
from engine.risk.recalibration.judge import Followed, judge
from engine.risk.recalibration.picture import draw
from engine.risk.recalibration.rules import load_rules
from engine.wording import LANGUAGES, load_wording
from tests.engine.risk.recalibration.simulated import people_followed

SVG = "{http://www.w3.org/2000/svg}"


def looked_at(people: FollowUp) -> Recalibration:
    return judge(Followed(people), PackRef("parent", "1", "ab"), "risk", load_rules())


def parsed(found: Recalibration, language: str = "en") -> ElementTree.Element:
    return ElementTree.fromstring(draw(found, load_wording(language)))  # noqa: S314 - our own picture


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_group_stands_before_and_after_with_what_was_observed(language: str) -> None:
    found = looked_at(people_followed(np.random.default_rng(1), 4000, Parameters(-0.8)))
    picture = parsed(found, language)
    assert len(picture.findall(f"{SVG}circle")) == len(found.groups) + 1  # and one in the key
    words = [text.text for text in picture.iter(f"{SVG}text")]
    for key in ("table.before", "table.after", "picture.told", "picture.observed"):
        assert load_wording(language).say(f"recalibration.{key}") in words


def test_a_place_on_the_page_is_the_number() -> None:
    found = looked_at(people_followed(np.random.default_rng(1), 4000, Parameters(-0.8)))
    picture = parsed(found)
    top = max(int(text.text or "") for text in picture.iter(f"{SVG}text") if (text.text or "").isdigit())
    marks = picture.findall(f"{SVG}circle")[:-1]
    for mark, group in zip(marks, found.groups, strict=True):
        assert group.observed is not None
        assert group.after is not None
        assert (float(mark.attrib["cx"]) - 80) / 420 * top == pytest.approx(100 * group.after, abs=0.02 * top)
        assert (480 - float(mark.attrib["cy"])) / 420 * top == pytest.approx(100 * group.observed.value, abs=0.02 * top)


def test_nothing_is_drawn_outside_the_frame() -> None:
    high = people_followed(np.random.default_rng(1), 4000, Parameters(1.2))
    for line in parsed(looked_at(high)).findall(f"{SVG}line"):
        assert all(60 <= float(line.attrib[name]) <= 500.1 for name in ("x1", "x2", "y1", "y2"))


def test_without_a_change_there_are_only_the_risks_before() -> None:
    found = looked_at(people_followed(np.random.default_rng(1), 200, Parameters()))
    assert parsed(found).findall(f"{SVG}circle") == []


def test_without_people_the_frame_is_empty() -> None:
    nothing = np.empty(0)
    found = looked_at(FollowUp(nothing, nothing, nothing > 0, 10.0))
    assert len(parsed(found).findall(f"{SVG}rect")) == 2
    assert draw(replace(found, groups=()), load_wording("en")) == draw(found, load_wording("en"))
