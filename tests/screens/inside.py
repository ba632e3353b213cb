"""Steps to the look inside a network: a lesson on a table of a hundred people, trained in the studio itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from desktop.studio.answers import TABLE
from desktop.studio.state import INSIDE
from tests.screens.stage import Stage, wait_until

_HEADS = {
    "en": ("age_years", "systolic_mmhg", "bmi", "stroke"),
    "zh": ("年龄", "收缩压", "体重指数", "卒中"),
}
_PEOPLE = 100


def inside(stage: Stage, *, epoch: int = 214, digits: bool = False) -> None:
    """Show a step of some epoch, drawn or with all digits."""
    stage.work.go("studio")
    studio = stage.work.studio
    if studio.inside.inside is None:
        _train(stage)
        studio.look_inside()
        wait_until(lambda: studio.inside.inside is not None, "run")
    elif studio.step != INSIDE:
        studio.look_inside()
    looking = studio.inside
    looking.go_epoch(epoch - 1)
    looking.go(looking.number + 2)
    looking.choose_person(4)
    if looking.as_digits is not digits:
        looking.turn_digits()


def _train(stage: Stage) -> None:
    studio, heads = stage.work.studio, _HEADS[stage.language]
    random = np.random.default_rng(4)
    age, pressure = random.uniform(35, 80, _PEOPLE).round(), random.normal(138, 18, _PEOPLE).round()
    mass = random.normal(26, 4, _PEOPLE).round(1)
    odds = (age - 57) / 13 + (pressure - 138) / 18 + 0.15 * (mass - 26) + 0.6 * random.normal(size=_PEOPLE)
    people = zip(age, pressure, mass, (odds > 0).astype(int), strict=True)
    rows = [heads, *((f"{a:g}", f"{p:g}", f"{m:g}", str(ill)) for a, p, m, ill in people)]
    file = stage.home / "lesson.csv"
    file.write_text("".join(f"{','.join(line)}\n" for line in rows), encoding="utf-8")
    studio.asking.choose(source=TABLE)
    studio.asking.open_table(file)
    wait_until(lambda: studio.asking.table is not None and not studio.asking.busy, "table")
    studio.asking.choose_column(heads[-1])
    studio.asking.choose(textbook=True)
    studio.check()
    wait_until(lambda: studio.checking.seen is not None, "look")
    seen = studio.checking.seen
    assert seen is not None
    studio.checking.seen = replace(seen, wish=replace(seen.wish, bootstraps=4))
    studio.train()
    wait_until(lambda: studio.in_hand is not None and not studio.busy, "network")
