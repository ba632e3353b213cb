"""Every language says the same things, every error has its sentence, and no sentence is left over."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import desktop
import engine
from engine.resources import resources_folder
from engine.wording import LANGUAGES, load_wording

ENGLISH = load_wording("en")
OTHERS = [language for language in LANGUAGES if language != "en"]
SOURCE = Path(engine.__file__).parent
WINDOW = Path(desktop.__file__).parent
GLUE = {"separator", "sentence_gap"}  # what stands between two texts; nothing at all in Chinese
SAME_IN_CHINESE = {"doi", "LGPL", "Lantern", "English"}  # a language is named in itself
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_holds_the_same_files_keys_and_placeholders(language: str) -> None:
    other = load_wording(language)
    files = [{file.name for file in (resources_folder() / "i18n" / each).iterdir()} for each in ("en", language)]
    assert files[0] == files[1]
    assert other.keys() == ENGLISH.keys()
    for key in sorted(ENGLISH.keys()):
        assert other.placeholders(key) == ENGLISH.placeholders(key), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_empty_or_holds_a_placeholder_without_name(language: str) -> None:
    wording = load_wording(language)
    for key in sorted(wording.keys()):
        sentence = wording.say(key, **dict.fromkeys(wording.placeholders(key), 1))
        assert sentence.strip() or key.rpartition(".")[2] in GLUE or ".unit." in key, key
        assert all(name.isidentifier() for name in wording.placeholders(key)), key


def test_chinese_sentences_are_in_chinese() -> None:
    wording = load_wording("zh")
    for key in sorted(wording.keys()):
        sentence = wording.say(key, **dict.fromkeys(wording.placeholders(key), 1))
        words = set(re.findall(r"[A-Za-z]{2,}", sentence)) - SAME_IN_CHINESE
        assert CHINESE.search(sentence) or not words or ".unit." in key, f"{key} looks untranslated"


def test_every_error_of_the_world_has_its_sentence_with_the_details_it_carries() -> None:
    calls = list(_world_errors())
    assert calls
    for where, call, own_details in calls:
        code = call.args[0] if call.args else None
        if not isinstance(code, ast.Constant) or not isinstance(code.value, str):
            continue  # chosen elsewhere, by a name
        key = f"error.{code.value}"
        assert key in ENGLISH, f"{where}: no sentence for {code.value}"
        if not own_details and all(keyword.arg for keyword in call.keywords):
            details = {keyword.arg for keyword in call.keywords}
            assert ENGLISH.placeholders(key) <= details, f"{where}: {code.value} lacks a detail"


def test_no_sentence_is_left_over() -> None:
    exact, patterns = _words_of_the_program()
    unused = [
        key
        for key in sorted(ENGLISH.keys())
        if key not in exact
        and key.removeprefix("window.") not in exact  # the window says its own keys without their first word
        and not (key.startswith("error.") and key.removeprefix("error.") in exact)
        and not any(pattern.fullmatch(key) or pattern.fullmatch(key.removeprefix("window.")) for pattern in patterns)
    ]
    assert unused == []


@cache
def _trees() -> dict[str, ast.Module]:
    return {
        file.relative_to(SOURCE.parent).as_posix(): ast.parse(file.read_text(encoding="utf-8"))
        for file in sorted([*SOURCE.rglob("*.py"), *WINDOW.rglob("*.py")])
    }


def _world_errors() -> Iterator[tuple[str, ast.Call, bool]]:
    """Yield every place that makes an error of the world, and whether that kind of error fills in details itself."""
    kinds = {"WorldError": False}
    classes = [node for tree in _trees().values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    for _ in classes:  # until the deepest subclass is found
        for each in classes:
            bases = [base.id for base in each.bases if isinstance(base, ast.Name) and base.id in kinds]
            if bases:
                own = any(isinstance(item, ast.FunctionDef) and item.name == "__init__" for item in each.body)
                kinds[each.name] = own or kinds[bases[0]]
    for file, tree in _trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                if name in kinds:
                    yield f"{file}:{node.lineno}", node, kinds[name]


def _words_of_the_program() -> tuple[set[str], list[re.Pattern[str]]]:
    """Return the texts that the program holds, and patterns for those it puts together ("fields.{name}.label")."""
    exact: set[str] = set()
    patterns: list[re.Pattern[str]] = []
    for tree in _trees().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                exact.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                fixed = [str(part.value) if isinstance(part, ast.Constant) else None for part in node.values]
                known = "".join(part for part in fixed if part)
                if "." in known and len(known) >= 5:  # a bare "{a}.{b}" could be any key, so it proves nothing
                    patterns.append(re.compile("".join(".+" if part is None else re.escape(part) for part in fixed)))
    return exact, patterns
