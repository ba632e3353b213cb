"""Goals beside the boxes, as the engine gives them for this person, in the unit that the box shows."""

from __future__ import annotations

from desktop.i18n import Texts
from desktop.record.desk import FormDesk
from desktop.record.form import THIRD_FROM_MMHG, Box
from desktop.record.layout import PRESSURE, key_of
from desktop.record.mean_box import used
from desktop.units import PAIRS, written
from desktop.widgets.measurement_edit import Said
from engine.workflows.live import LiveGoal


def goal_of(desk: FormDesk, field: str) -> LiveGoal | None:
    """Return the goal of a field for this person, if the page has one."""
    if desk.live is None:
        return None
    return next((goal for goal in desk.live.goals if goal.field == field), None)


def goal_of_pressure(desk: FormDesk) -> LiveGoal | None:
    """Return the goal of the pressure, once a pressure is typed for the day of the form."""
    found = used(desk, PAIRS[PRESSURE][0])
    if found is None or desk.form is None or found.on != desk.form.day:
        return None
    return goal_of(desk, PAIRS[PRESSURE][0])


def pressure_said(desk: FormDesk, texts: Texts) -> list[Said]:
    """Say whether the mean is above its goal, and whether a third reading is needed."""
    form, said = desk.form, []
    if form is None:
        return []
    upper, lower = form.boxes[key_of(PRESSURE)].fields
    unit = form.boxes[key_of(PRESSURE)].unit
    goal = goal_of_pressure(desk)
    if goal is not None and goal.at_goal is False and goal.limit is not None:
        limits = [written(upper, goal.limit, unit)]
        if goal.second_limit is not None:
            limits.append(written(lower, goal.second_limit, unit))
        several = form.boxes[key_of(PRESSURE, 2)].filled
        key = "record.goal.mean_not_reached" if several else "record.goal.pressure_not_reached"
        said.append(Said(texts(key, goal="/".join(limits)), "warn"))
    first = form.boxes[key_of(PRESSURE)]
    if not first.filled and first.last is not None:
        day = texts.date(first.last.on)
        said.append(Said(texts("record.earlier_pressure", value=first.shown(first.last.values), day=day), "info"))
    difference = form.difference()
    if difference is not None:
        needed = difference >= THIRD_FROM_MMHG
        key = "record.goal.third_needed" if needed else "record.goal.third_not_needed"
        said.append(Said(texts(key, difference=written(upper, difference, unit)), "info"))
    return said


def value_said(desk: FormDesk, box: Box, texts: Texts) -> list[Said]:
    """Say that a single value is above or below its goal."""
    if desk.form is None or len(box.fields) > 1:
        return []
    field = box.fields[0]
    found, goal = used(desk, field.name), goal_of(desk, field.name)
    if found is None or goal is None or goal.at_goal is not False or found.on != desk.form.day:
        return []
    if not isinstance(found.value, (int, float)) or isinstance(found.value, bool):
        return []
    if goal.least is not None and found.value < goal.least:
        return [Said(texts("record.goal.below", goal=written(field, goal.least, box.unit)), "warn")]
    if goal.limit is None:
        return []
    return [Said(texts("record.goal.above", goal=written(field, goal.limit, box.unit)), "warn")]
