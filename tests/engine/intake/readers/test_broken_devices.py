"""Device files with broken bytes: each ends in readings whose counts agree, or in a reason; nothing else happens."""

from __future__ import annotations

import random
import zipfile
from pathlib import Path

import pytest

from engine.intake.devices.planning import DeviceRequest, plan_readings
from engine.intake.devices.raw import read_readings
from engine.workers.messages import BrokenMessage, Message
from tests.engine.intake.devices.reading import ANN, TODAY, answer
from tests.engine.intake.readers.test_device_archives import apple
from tests.engine.intake.readers.test_devices import CLARITY, CONNECT, LIBRE, LIBRE_TITLE, MEDISANA, OMRON

SAMPLES = {
    "omron": [OMRON, *[f"Jan {day:02d} 2025,08:05,13{day % 10},80,60,-,-,-,-" for day in range(1, 29)]],
    "connect": [CONNECT, *[f"2025/03/{day:02d} 20:56,Asia/Tokyo,143,88,69,HEM" for day in range(1, 29)]],
    "medisana": [
        MEDISANA,
        *[f'"{day}.02.2025 - 08:00";"150 mmHg";"90 mmHg";"80 bpm";"0";"2";" "' for day in range(10, 29)],
    ],
    "libre": [
        LIBRE_TITLE,
        LIBRE.format("mmol/L"),
        *[f"F,S,{day}-05-2025 10:00,0,7.{day},,,,,,,,,,,,,," for day in range(10, 29)],
    ],
    "clarity": [
        CLARITY.format("mg/dL"),
        *[f'"9","2025-05-{day}T02:11:35","EGV","","","","i","12{day}","","","","","1","2"' for day in range(10, 29)],
    ],
    "diary": ["日期,时间,高压,低压,血糖", *[f"2025/3/{day},8:15,170,102,{day}" for day in range(1, 29)]],
    "zepp": ["date,time,heartRate", *[f"2025-05-{day:02d},00:00,57" for day in range(1, 29)]],
}  # fmt: skip
BITS = (b'"', b"\0", b",", b";", b"\r\n", b"\xff\xfe", b"9" * 30, b"1e999", b"-", b"<", b"nan", b"\xe5")


def broken(content: bytes, chance: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(chance.choice([1, 4, 40])):
        place = chance.randrange(len(data) + 1)
        match chance.randrange(4):
            case 0:
                data[place : place + 1] = bytes([chance.randrange(256)])
            case 1:
                del data[place : place + chance.randrange(1, 40)]
            case 2:
                data[place:place] = chance.choice(BITS)
            case _:
                start = chance.randrange(len(data) + 1)
                data[place:place] = data[start : start + chance.randrange(200)]
        data = data or bytearray(b"x")
    return bytes(data)


def check(path: Path) -> None:
    found = answer(path)
    assert found.type in {"readings", "table", "rejected"}
    if found.type != "readings":
        return
    plan = plan_readings(read_readings(found), DeviceRequest(patient="P1"), [ANN], TODAY)
    assert plan.rejection is not None or plan.read == plan.kept + len(plan.set_aside)


@pytest.mark.parametrize("name", SAMPLES)
def test_broken_text_ends_in_readings_or_a_reason(name: str, tmp_path: Path) -> None:
    chance = random.Random(name)
    content = "\r\n".join([*SAMPLES[name], ""]).encode()
    for _ in range(25):
        path = tmp_path / "file"
        path.write_bytes(broken(content, chance))
        check(path)


def test_a_broken_archive_ends_in_readings_or_a_reason(tmp_path: Path) -> None:
    chance = random.Random(7)
    scale = tmp_path / "scale.zip"
    with zipfile.ZipFile(scale, "w", zipfile.ZIP_DEFLATED) as archive:
        rows = "\n".join(f'"2025-05-{day:02d} 07:29:49",80.{day},,' for day in range(1, 29))
        archive.writestr("weight.csv", f'Date,"Weight (kg)","Fat mass (kg)",Comments\n{rows}\n')
    for whole in (scale, apple(tmp_path)):
        content = whole.read_bytes()
        for _ in range(40):
            path = tmp_path / "file"
            path.write_bytes(broken(content, chance))
            check(path)


def test_an_answer_that_does_not_hold_together_is_none(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text("\n".join(SAMPLES["zepp"]), encoding="utf-8")
    good = answer(path)
    for arrays in (
        (),
        good.arrays[:-1],
        (good.arrays[0][:-1], *good.arrays[1:]),
        (good.arrays[0] + 99, *good.arrays[1:]),
    ):
        with pytest.raises(BrokenMessage):
            read_readings(Message("readings", good.body, arrays))
    for name in ("kind", "parts", "hints", "warnings"):
        with pytest.raises(BrokenMessage):
            read_readings(Message("readings", {**good.body, name: 7}, good.arrays))
