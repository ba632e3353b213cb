"""Archives that hold readings: accounts of scales, and the one long file of a phone, with what in them can harm."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from engine.domain.entries import KnownPerson
from tests.engine.intake.devices.reading import answer, plan, values_of

APPLE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE HealthData [
<!ELEMENT HealthData ANY>
{declared}]>
<HealthData locale="en_GB">
 <Me HKCharacteristicTypeIdentifierDateOfBirth="1960-02-03"/>
{records}
</HealthData>
"""


def _record(kind: str, value: str, unit: str, start: str = "2025-05-01 08:00:00 +0800", source: str = "Cuff") -> str:
    name = f"HKQuantityTypeIdentifier{kind}"
    return f'<Record type="{name}" sourceName="{source}" unit="{unit}" startDate="{start}" value="{value}"/>'


def _pair(upper: str, lower: str, **more: str) -> list[str]:
    halves = (("BloodPressureSystolic", upper), ("BloodPressureDiastolic", lower))
    return [_record(kind, value, "mmHg", **more) for kind, value in halves]


def apple(folder: Path, *records: str, declared: str = "", member: str = "apple_health_export/export.xml") -> Path:
    path = folder / "export.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, APPLE.format(declared=declared, records="\n".join(records)))
    return path


def _correlation(*inside: str, start: str = "2025-05-01 08:00:00 +0800") -> str:
    kind = "HKCorrelationTypeIdentifierBloodPressure"
    return "\n".join([f'<Correlation type="{kind}" sourceName="Cuff" startDate="{start}">', *inside, "</Correlation>"])


class TestWithings:
    def archive(self, folder: Path, **members: str) -> Path:
        path = folder / "data.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in members.items():
                archive.writestr(f"export/{name}.csv", text)
        return path

    def test_members_without_a_field_of_ours_are_passed_over(self, tmp_path: Path) -> None:
        path = self.archive(
            tmp_path,
            weight='Date,"Weight (lb)","Fat mass (lb)",Comments\n"2025-05-15 07:29:49",180.65,,\n',
            bp='Date,"Heart rate",Systolic,Diastolic,Comments\n'
            '"2025-05-09 07:09:12",73,144,86,\n"2025-05-08 07:23:57",73,,,\n',
            height='Date,"Height (m)",Comments\n"2024-01-04 10:11:12",1.68,\n',
            activities="date,steps\n2025-05-01,7088\n",
        )
        found = sorted((value.field, value.value) for value in values_of(plan(path)))
        expected = [("dbp_mmhg", 86), ("height_cm", 168), ("pulse_bpm", 73), ("pulse_bpm", 73), ("sbp_mmhg", 144)]
        assert found == [*expected, ("weight_kg", 81.9415)]

    def test_a_path_out_of_the_archive_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "data.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("../weight.csv", "Date,Weight (kg),Fat mass (kg)\n")
        assert answer(path).body["reason"] == "unsafe_archive"


class TestAppleHealth:
    def test_a_pressure_is_read_once_wherever_its_halves_stand(self, tmp_path: Path) -> None:
        pair = _pair("140", "90")
        found = plan(apple(tmp_path, *pair, _correlation(*pair)))
        assert (found.read, found.kept, [one.reason.value for one in found.set_aside]) == (2, 1, ["duplicate_reading"])

    def test_half_a_pressure_is_set_aside(self, tmp_path: Path) -> None:
        found = plan(
            apple(
                tmp_path, _pair("140", "90")[0], _correlation(_pair("120", "80")[1], start="2025-05-02 08:00:00 +0800")
            )
        )
        assert sorted(one.fields for one in found.set_aside) == [("dbp_mmhg",), ("sbp_mmhg",)]
        assert found.kept == 0

    def test_units_stand_with_each_record(self, tmp_path: Path) -> None:
        found = plan(
            apple(
                tmp_path,
                _record("BloodGlucose", "126", "mg/dL"),
                _record("BloodGlucose", "7.2", "mmol&lt;180.1558800000541&gt;/L", "2025-05-01 09:00:00 +0800"),
                _record("BodyMass", "163.0", "lb"),
                _record("BodyMass", "11", "blocks"),
                _record("HeartRate", "72", "count/min"),
                _record("StepCount", "500", "count"),
            )
        )
        assert sorted((one.field, one.value) for one in values_of(found)) == [
            ("pulse_bpm", 72),
            ("random_glucose_mmol_l", 6.9938),
            ("random_glucose_mmol_l", 7.2),
            ("weight_kg", 73.9356),
        ]
        assert [one.reason.value for one in found.set_aside] == ["unreadable_value"]
        assert dict(found.not_readings) == {"other_type": 1}

    def test_the_part_is_found_whatever_the_phone_calls_it(self, tmp_path: Path) -> None:
        for member in ("apple_health_export/导出.xml", "apple_health_export/exportación.xml", "データ.xml"):
            assert plan(apple(tmp_path, _record("HeartRate", "72", "count/min"), member=member)).kept == 1

    def test_a_birth_date_alone_settles_nothing_but_speaks_against_another(self, tmp_path: Path) -> None:
        path = apple(tmp_path, _record("HeartRate", "72", "count/min"))
        assert [one.answered for one in plan(path).questions] == [True]
        other = KnownPerson("bo", "P1", "Bo", "1971-01-01", None)
        assert [one.answered for one in plan(path, known=(other,)).questions] == [False]

    @pytest.mark.parametrize(
        "declared",
        [
            '<!ENTITY a "b">',
            '<!ENTITY % a "b">',
            '<!ENTITY a SYSTEM "neighbour.txt">',
            '<!ENTITY % a SYSTEM "http://example.org/x.dtd">%a;',
            '<!NOTATION n SYSTEM "viewer">',
        ],
    )
    def test_declarations_that_can_harm_are_refused(self, declared: str, tmp_path: Path) -> None:
        assert answer(apple(tmp_path, declared=declared)).body["reason"] == "unsafe_xml"

    def test_a_document_type_from_outside_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "export.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("export.xml", '<!DOCTYPE HealthData SYSTEM "x.dtd"><HealthData></HealthData>')
        assert answer(path).body["reason"] == "unsafe_xml"

    def test_a_part_that_breaks_off_is_damaged(self, tmp_path: Path) -> None:
        path = tmp_path / "export.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("export.xml", '<HealthData><Record type="a"')
        assert answer(path).body["reason"] == "damaged_file"

    def test_a_part_that_swells_is_refused(self, tmp_path: Path) -> None:
        path = apple(tmp_path, " " * (3 << 20))
        assert answer(path).body["reason"] == "unsafe_archive"
