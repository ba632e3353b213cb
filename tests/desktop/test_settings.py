"""What the window remembers survives anything that may happen to its file."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.settings import IDLE_MINUTES, LANGUAGES, LOOKS, PAPERS, TEXT_SIZES, UNIT_SYSTEMS, Settings, SettingsFile

SETTINGS = st.builds(
    Settings,
    language=st.sampled_from(LANGUAGES),
    sheet_language=st.sampled_from(("screen", *LANGUAGES)),
    look=st.sampled_from(LOOKS),
    text_size=st.sampled_from(TEXT_SIZES),
    units=st.sampled_from(UNIT_SYSTEMS),
    paper=st.sampled_from(PAPERS),
    tight_rows=st.booleans(),
    idle_minutes=st.sampled_from(IDLE_MINUTES),
    printer=st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    clinic=st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    unit_choices=st.dictionaries(st.text("abc", min_size=1), st.text("mg/dL")),
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)


@given(SETTINGS)
def test_what_was_chosen_comes_back(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> None:
    file = SettingsFile(tmp_path_factory.mktemp("settings") / "settings.json")
    file.save(settings)
    assert file.load() == settings


@given(st.dictionaries(st.sampled_from([*asdict(Settings()), "unknown"]), ANYTHING))
def test_whatever_stands_in_the_file_the_settings_are_usable(
    tmp_path_factory: pytest.TempPathFactory, content: dict[str, object]
) -> None:
    path = tmp_path_factory.mktemp("settings") / "settings.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    found = SettingsFile(path).load()
    assert found.language in LANGUAGES
    assert found.text_size in TEXT_SIZES
    assert found.idle_minutes in IDLE_MINUTES
    assert isinstance(found.tight_rows, bool)
    SettingsFile(path).save(found)
    assert SettingsFile(path).load() == found


@pytest.mark.parametrize("content", [b"", b"{", b"[1, 2]", b"\xff\xfe\x00", b"null"])
def test_a_damaged_file_gives_the_defaults_and_the_first_language(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(content)
    assert SettingsFile(path, "zh").load() == Settings(language="zh")


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "settings.json")
    file.save(Settings(language="zh"))
    (tmp_path / "settings.json").unlink()
    (tmp_path / "settings.json").mkdir()
    with pytest.raises(OSError):  # noqa: PT011 - which one depends on the system
        file.save(Settings())
    assert os.listdir(tmp_path) == ["settings.json"]
