"""Reading catalogues, and finding a broken one at once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import BugError, InputError
from engine.wording import LANGUAGES, Wording, catalogue, load_wording

read = catalogue.load_wording.__wrapped__  # without the memory of the first answer


@pytest.fixture
def sentences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of English sentences in place of the shipped ones."""
    folder = tmp_path / "i18n" / "en"
    folder.mkdir(parents=True)
    monkeypatch.setattr(catalogue, "resources_folder", lambda: tmp_path)
    catalogue.load_room.cache_clear()
    yield folder
    catalogue.load_room.cache_clear()  # no later test reads these


def test_a_sentence_is_found_by_its_dotted_key_and_filled(sentences: Path) -> None:
    (sentences / "shop.toml").write_text('[shop.door]\nopen = "{name} opens at {hour:02d}."\n', encoding="utf-8")
    wording = read("en")
    assert wording.say("shop.door.open", name="{0}", hour=7) == "{0} opens at 07."
    assert wording.keys() == {"shop.door.open"}
    assert wording.placeholders("shop.door.open") == {"name", "hour"}
    assert "shop.door.open" in wording
    assert "shop.door" not in wording


def test_a_missing_sentence_or_value_is_our_fault(sentences: Path) -> None:
    (sentences / "shop.toml").write_text('[shop]\nopen = "at {hour}"\n', encoding="utf-8")
    for key, values in (("shop.closed", {}), ("shop.open", {"minute": 5})):
        with pytest.raises(BugError, match="sentence_missing"):
            read("en").say(key, **values)


def test_the_same_key_in_two_files_is_our_fault(sentences: Path) -> None:
    (sentences / "shop.toml").write_text('[shop]\nopen = "a"\n', encoding="utf-8")
    shutil.copy(sentences / "shop.toml", sentences / "till.toml")
    with pytest.raises(BugError, match="sentence_twice"):
        read("en")


def test_an_unknown_language_is_our_fault() -> None:
    with pytest.raises(BugError, match="language_unknown"):
        load_wording("fr")


def test_an_error_becomes_its_sentence_with_its_details() -> None:
    wording = Wording("en", {"error.file_missing": "There is no file {file}."})
    assert wording.error(InputError("file_missing", file="a.csv")) == "There is no file a.csv."


def test_the_shipped_sentences_are_read_once() -> None:
    for language in LANGUAGES:
        assert load_wording(language) is load_wording(language)
        assert load_wording(language).language == language
