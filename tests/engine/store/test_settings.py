"""The clinic's settings and who made changes."""

from __future__ import annotations

from engine.store import Vault, accept_packs, load_clinic, rename_clinic, update_settings


def test_settings_are_added_changed_and_taken_away(vault: Vault) -> None:
    update_settings(vault, {"score2_region": "low", "country_iso3": "DEU", "china_north": False}, "user-1")
    assert load_clinic(vault).settings == {"country_iso3": "DEU", "score2_region": "low", "china_north": False}
    update_settings(vault, {"score2_region": None, "baseline_year": 2020.0}, "user-1")
    assert load_clinic(vault).settings == {"country_iso3": "DEU", "china_north": False, "baseline_year": 2020.0}


def test_earlier_settings_stay_in_the_history(vault: Vault) -> None:
    rename_clinic(vault, "Second name", "user-1")
    assert load_clinic(vault).name == "Second name"
    rows = vault._database.rows("SELECT value, ended IS NULL FROM setting WHERE name = 'clinic.name' ORDER BY key")
    assert rows == [('"Maple Lane Clinic"', 0), ('"Second name"', 1)]


def test_accepted_packs_replace_the_earlier_list(vault: Vault) -> None:
    accept_packs(vault, ["b", "a"], "user-1")
    accept_packs(vault, ["c"], "user-1")
    assert load_clinic(vault).accepted_packs == ("c",)


def test_a_change_of_settings_is_in_the_log(vault: Vault) -> None:
    update_settings(vault, {"score2_region": "low"}, "user-1")
    assert vault._database.one("SELECT action, detail FROM audit ORDER BY seq DESC LIMIT 1") == (
        "clinic.settings",
        '{"settings":"score2_region"}',
    )
