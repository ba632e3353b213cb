"""Sex, yes and no, smoking: words of many languages; numbers and doubtful words are asked about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from engine.domain.record import Value
from engine.fields import load_dictionary
from engine.intake.codes import code_key, parse_answer, read_codes
from engine.intake.lexicon import load_lexicon
from engine.intake.tables import CellKind

FIELDS = load_dictionary()


def read(
    field: str,
    cells: Sequence[str],
    legend: Mapping[str, str] | None = None,
    header: str = "",
    counts: Sequence[int] | None = None,
    kind: CellKind = CellKind.TEXT,
) -> tuple[dict[str, Value | None], dict[str, Value | None], set[str]]:
    """Return settled, doubtful and unreadable cells."""
    found = read_codes(
        FIELDS[field], cells, [kind] * len(cells), counts or [1] * len(cells), load_lexicon(), legend or {}, header
    )
    settled = {cells[position]: value for position, value in found.values.items()}
    doubtful = {cells[position]: value for position, value in found.doubtful.items()}
    return settled, doubtful, set(cells) - settled.keys() - doubtful.keys()


@pytest.mark.parametrize(
    "cells",
    [
        ["F", "M"], ["f", "m"], ["Female", "Male"], ["女", "男"], ["女性", "男性"],
        ["Mujer", "Hombre"], ["Femme", "Homme"],
        ["weiblich", "männlich"], ["W", "M"], ["Feminino", "Masculino"], ["Nữ", "Nam"], ["P", "L"],
        ["ｆｅｍａｌｅ", "MALE "],
    ],
)  # fmt: skip
def test_sexes_are_read_in_many_languages(cells: list[str]) -> None:
    assert read("sex", cells) == ({cells[0]: "F", cells[1]: "M"}, {}, set())


def test_the_letter_m_follows_the_letter_beside_it() -> None:
    assert read("sex", ["H", "M"])[0] == {"H": "M", "M": "F"}
    assert read("sex", ["H", "F"])[0] == {"H": "M", "F": "F"}
    assert read("sex", ["M"], header="Sex") == ({"M": "M"}, {}, set())
    assert read("sex", ["M"], header="Sexo")[1].keys() == {"M"}
    assert read("sex", ["V", "M"])[1] == {"V": "F", "M": "M"}


@pytest.mark.parametrize(
    ("field", "cells", "usual"),
    [
        ("sex", ["1", "2"], {"1": "M", "2": "F"}),
        ("sex", ["0", "1"], {"0": "F", "1": "M"}),
        ("sex", ["1.0", "2.0"], {"1.0": "M", "2.0": "F"}),
        ("diabetes", ["1", "0"], {"1": True, "0": False}),
        ("diabetes", ["1", "2"], {"1": True, "2": False}),
        ("smoker", ["1", "2", "3"], {"1": "never", "2": "former", "3": "current"}),
        ("smoker", ["0", "1", "2"], {"0": "never", "1": "former", "2": "current"}),
        ("smoker", ["0", "1"], {"0": "never", "1": "current"}),
        ("smoker", ["Yes", "No"], {"Yes": "current", "No": "never"}),
        ("smoker", ["non-smoker"], {"non-smoker": "never"}),
    ],
)
def test_numbers_and_doubtful_words_are_asked_about_with_their_usual_meaning(
    field: str, cells: list[str], usual: dict[str, Value]
) -> None:
    assert read(field, cells) == ({}, usual, set())


def test_a_legend_in_the_header_settles_numbers() -> None:
    legend = {"1": "从不", "2": "已戒", "3": "吸烟"}
    assert read("smoker", ["1", "2", "3"], legend) == ({"1": "never", "2": "former", "3": "current"}, {}, set())
    assert read("sex", ["1", "2"], {"1": "Male", "2": "Female"})[0] == {"1": "M", "2": "F"}
    assert read("diabetes", ["1", "2"], {"1": "是", "2": "否"})[0] == {"1": True, "2": False}


@pytest.mark.parametrize(
    "cells",
    [["Yes", "No"], ["Y", "N"], ["是", "否"], ["有", "无"], ["√", "×"], ["Sí", "No"], ["Oui", "Non"], ["Sim", "Não"],
     ["Ja", "Nein"], ["TRUE", "FALSE"], ["Có", "Không"], ["Ya", "Tidak"]],
)  # fmt: skip
def test_yes_and_no_are_read_in_many_languages(cells: list[str]) -> None:
    assert read("diabetes", cells) == ({cells[0]: True, cells[1]: False}, {}, set())


def test_answer_words_of_a_column_come_before_the_missing_words() -> None:
    assert read("cvd_history", ["有", "无", "不详", ""])[0] == {"有": True, "无": False, "不详": None, "": None}
    assert read("sex", ["女", "无"])[0] == {"女": "F", "无": None}


def test_a_strange_word_in_few_rows_is_unreadable_and_in_many_a_question() -> None:
    cells = ["Female", "Male", "Robot"]
    assert read("sex", cells, counts=[60, 40, 2])[2] == {"Robot"}
    assert read("sex", cells, counts=[60, 40, 30])[1] == {"Robot": None}


def test_errors_and_dates_of_a_spreadsheet_are_no_codes() -> None:
    assert read("diabetes", ["Yes"], kind=CellKind.ERROR) == ({}, {}, {"Yes"})
    assert read("diabetes", ["2024-01-01"], kind=CellKind.DATE)[2] == {"2024-01-01"}


def test_categories_of_any_field_are_known_by_code_and_label() -> None:
    cells = ["type1", "type2"]
    assert read("diabetes_type", cells)[0] == {"type1": "type1", "type2": "type2"}
    label = FIELDS["diabetes_type"].category_label("type2", "zh")
    assert read("diabetes_type", [label])[0] == {label: "type2"}


def test_answers_are_codes_of_the_field_and_nothing_else() -> None:
    assert parse_answer(FIELDS["sex"], "F") == "F"
    assert parse_answer(FIELDS["diabetes"], "true") is True
    assert parse_answer(FIELDS["diabetes"], False) is False
    assert parse_answer(FIELDS["sex"], None) is None
    for field, word in (("sex", "woman"), ("diabetes", "yes"), ("sex", True), ("smoker", 1.0)):
        with pytest.raises(ValueError, match="no code"):
            parse_answer(FIELDS[field], word)


def test_codes_compare_without_case_signs_and_decimals() -> None:
    assert code_key(" 1.0 ") == code_key("１") == "1"
    assert code_key("Ex-Smoker.") == code_key("ex smoker")
    assert code_key("√") == "√"
