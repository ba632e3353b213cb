"""A pressure diary that a family keeps in a spreadsheet, with Chinese headers: day, time, both pressures, and more.

Every column must be one that such a diary has; a table that says anything else is a table of patients.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.intake.devices.raw import Role, readings_message
from engine.intake.readers.device_rows import (
    ARM,
    CLOCK,
    DATE,
    DEVICE,
    IGNORED,
    LOWER,
    PERSON,
    PULSE,
    TIME,
    UPPER,
    Known,
    Layout,
    Plan,
    Planned,
    find_place,
    read_text,
    split_header,
    value,
)
from engine.intake.readers.plugin import Answer, Format, Look
from engine.intake.text import fold, has_cjk, header_key
from engine.workers.kinds import Report
from engine.workers.messages import Message

FORMAT = Format("home_pressure_zh_csv", Answer.READINGS)
_WORDS: dict[str, Known] = {}
for _known, _words in (
    (DATE, ("日期", "测量日期", "測量日期", "测压日期", "记录日期")),
    (CLOCK, ("时间", "時間", "时刻", "测量时间", "測量時間", "测压时间", "记录时间", "钟点")),
    (TIME, ("日期时间", "测量日期时间", "日期和时间")),
    (UPPER, ("收缩压", "收縮壓", "高压", "高壓", "上压", "血压高压", "sbp")),
    (LOWER, ("舒张压", "舒張壓", "低压", "低壓", "下压", "血压低压", "dbp")),
    (PULSE, ("脉搏", "脈搏", "心率", "脉率", "心跳")),
    (value("random_glucose_mmol_l"), ("血糖", "血糖值", "指尖血糖", "随机血糖")),
    (value("weight_kg"), ("体重", "體重")),
    (value("height_cm"), ("身高",)),
    (ARM, ("左右手", "左右臂", "手臂", "测量手臂", "测量部位", "臂别", "哪只手", "左手右手", "左右")),
    (PERSON, ("成员", "家庭成员", "成員", "姓名", "谁", "家人", "被测者", "测量人", "使用者", "用户", "名字")),
    (DEVICE, ("设备", "血压计", "机型", "型号", "仪器")),
    (IGNORED, ("备注", "備註", "备注说明", "说明", "症状", "用药", "服药", "序号", "编号", "状态", "时段", "心情")),
):
    _WORDS.update(dict.fromkeys(map(header_key, _words), _known))


def _plan(header: Sequence[str]) -> Plan | None:
    """Return the columns when all of them are those of a diary."""
    planned = []
    for index, text in enumerate(header):
        key, unit = split_header(text)
        if not key:
            continue
        known = _WORDS.get(key)
        if known is None:
            return None
        planned.append(Planned(index, fold(text), known, unit))
    roles = {one.known.role for one in planned}
    fields = {one.known.field for one in planned}
    named = any(has_cjk(one.header) for one in planned)
    # A single "time" column may well hold the day too.
    timed = Role.TIME in roles or Role.CLOCK in roles
    if not (named and timed and {"sbp_mmhg", "dbp_mmhg"} <= fields):
        return None
    return tuple(planned) if Role.DATE in roles or Role.TIME in roles else tuple(_timed(one) for one in planned)


def _timed(one: Planned) -> Planned:
    return Planned(one.index, one.header, TIME, one.unit) if one.known is CLOCK else one


LAYOUT = Layout(_WORDS, frozenset(), plan=_plan)


def recognises(look: Look) -> bool:
    """Whether the file has the columns of a diary and no others."""
    return find_place(look, LAYOUT) is not None


def read(look: Look, report: Report) -> Message:
    """Read the file."""
    return readings_message(read_text(look, LAYOUT, FORMAT.kind, report)[0])
