"""The first start: countries, the plan, the key on paper before there is a clinic, the passphrase."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.domain.ports import FixedClock
from engine.errors import PassphraseError, UsageError
from engine.packs import PackLibrary
from engine.store import RecoveryKey
from engine.wording import LANGUAGES, load_wording
from engine.workflows.clinics import open_clinic
from engine.workflows.setup import (
    ClinicRequest,
    PassphraseAdvice,
    check_passphrase,
    check_typed_back,
    countries,
    create,
    describe_country,
    new_recovery_key,
    passphrase_advice,
    plan_clinic,
    recovery_images,
    recovery_sheet,
)

CLOCK = FixedClock(datetime(2026, 11, 23, 9, 30, tzinfo=UTC))
PASSPHRASE = "a passphrase for tests"
KEY = RecoveryKey("K7QX2M4TWPJ8RYG64HTMC9XK6RBN8ZFE")


def test_every_country_can_be_chosen_in_both_languages() -> None:
    every = countries()
    assert len(every) > 190
    assert len({country.iso3 for country in every}) == len(every)
    china = next(country for country in every if country.iso3 == "CHN")
    assert (china.en, china.zh) == ("China", "中国")


def test_a_country_says_which_model_leads_and_for_which_ages() -> None:
    choice = describe_country("cn")
    assert (choice.iso3, choice.labels["zh"]) == ("CHN", "中国")
    lead = choice.lead
    assert lead is not None
    manifest = PackLibrary.shipped().get("who_cvd_2019_lab").manifest
    age = next(each.valid for each in manifest.inputs if each.field == "age")
    assert age is not None
    assert (lead.id, lead.age_min, lead.age_max) == (manifest.id, age.min, age.max)
    assert lead.title == {"en": manifest.title.en, "zh": manifest.title.zh}
    assert lead.horizon_years == 10


def test_what_a_country_leaves_open_can_be_chosen() -> None:
    choice = describe_country("MEX")
    assert choice.open_fields == ("score2_region", "kfre_region")
    kidney = next(region for region in choice.regions if region.field == "kfre_region")
    assert kidney.value is None
    assert {each.code for each in kidney.choices} == {"north_america", "other"}
    assert all(each.labels["en"] and each.labels["zh"] for each in kidney.choices)
    assert describe_country("MEX", {"kfre_region": "other"}).open_fields == ("score2_region",)
    with pytest.raises(UsageError, match="country_unknown"):
        describe_country("ZZZ")


def test_where_every_leading_model_needs_a_region_none_is_promised() -> None:
    assert describe_country("SMR").lead is None
    lead = describe_country("SMR", {"gbd_region": "western_europe"}).lead
    assert lead is not None
    assert lead.id == "who_cvd_2019_lab"


def test_a_plan_makes_nothing_and_refuses_what_creating_would(tmp_path: Path) -> None:
    folder = tmp_path / "clinic"
    plan = plan_clinic(ClinicRequest(folder, "  Maple\nLane ", "ca", owner_name=" Ada\tOkafor"))
    assert (plan.name, plan.owner_name, plan.settings["country_iso3"]) == ("Maple Lane", "Ada Okafor", "CAN")
    for request, code in (
        (ClinicRequest(folder, " ", "CAN"), "clinic_name_empty"),
        (ClinicRequest(folder, "x" * 121, "CAN"), "clinic_name_too_long"),
        (ClinicRequest(folder, "Maple", "CAN", owner_name="x" * 81), "owner_name_too_long"),
        (ClinicRequest(folder, "Maple", "nowhere"), "country_unknown"),
        (ClinicRequest(folder, "Maple", "CAN", {"gbd_region": "moon"}), "setting_value"),
    ):
        with pytest.raises(UsageError, match=code):
            plan_clinic(request)
    assert list(tmp_path.iterdir()) == []


def test_the_key_on_paper_opens_the_clinic_that_is_made_after_it(tmp_path: Path) -> None:
    key = new_recovery_key()
    created = create(
        ClinicRequest(tmp_path / "clinic", "Maple", "GBR", owner_name="Ada"), PASSPHRASE, CLOCK, recovery_key=key
    )
    assert created.recovery_key == key.text
    with open_clinic(tmp_path / "clinic", key.text, CLOCK) as clinic:
        assert clinic.vault.user.id == "recovery"  # a sheet is nobody
        assert clinic.vault._database.rows("SELECT name FROM user") == [("Ada",)]


def test_a_key_typed_back_is_held_against_the_sheet() -> None:
    check_typed_back(KEY, KEY.text)
    check_typed_back(KEY, KEY.signs.lower())
    rows = KEY.text.splitlines()
    for text, code, row in (
        ("", "recovery_key_shape", None),
        ("\n".join([rows[0], rows[1][:-1] + "2", *rows[2:]]), "recovery_key_row", 2),
        (KEY.signs[:-1] + "A", "recovery_key_row", 4),  # without row checks only the sheet itself tells
        (new_recovery_key().text, "recovery_key_other", None),
    ):
        with pytest.raises(PassphraseError, match=code) as caught:
            check_typed_back(KEY, text)
        assert caught.value.details.get("row") == row


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("aaaaaaaaaaaaaaaaaaaa", PassphraseAdvice.REPEATED),
        ("        ", PassphraseAdvice.REPEATED),
        ("1234567890123456", PassphraseAdvice.DIGITS),
        ("１９９０－０１－２３", PassphraseAdvice.DIGITS),
        ("Password2026!", PassphraseAdvice.COMMON),
        ("p@ssw0rd", PassphraseAdvice.COMMON),
        ("P@55w0rd", PassphraseAdvice.COMMON),
        ("qwertyuiop", PassphraseAdvice.COMMON),
        ("我爱你123456", PassphraseAdvice.COMMON),
        ("maple lane 1", PassphraseAdvice.CLINIC_NAME),
        ("MapleLane2026", PassphraseAdvice.CLINIC_NAME),
        ("three words ok", PassphraseAdvice.SHORT),
        ("maple lane grows blue kettles", None),
        ("correct horse battery staple", None),
    ],
)
def test_advice_names_the_weakest_side(text: str, advice: PassphraseAdvice | None) -> None:
    assert passphrase_advice(text, "Maple Lane") is advice


def test_every_advice_has_its_sentence() -> None:
    for language in LANGUAGES:
        for advice in PassphraseAdvice:
            assert load_wording(language).say(advice.key, advised=15)


def test_eight_signs_are_the_least() -> None:
    for text in ("", "seven77", "1234567"):
        with pytest.raises(UsageError, match="passphrase_too_short"):
            check_passphrase(text)
    check_passphrase("eight888")
    with pytest.raises(UsageError, match="passphrase_too_short"):
        check_passphrase("e\u0301" * 7)  # fourteen code points, seven signs


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sheet_of_a_new_key_is_one_page(language: str) -> None:
    sheet = recovery_sheet("Maple Lane", KEY, CLOCK, language)
    assert sheet.rows == KEY.rows
    assert KEY.signs[:4] not in repr(sheet)
    assert len(recovery_images(sheet, 40)) == 1
