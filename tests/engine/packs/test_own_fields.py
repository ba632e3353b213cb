"""Fields that a pack brings itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.fields import load_dictionary
from engine.fields.hashed_text import TEXT_WIDTH, hash_texts
from engine.fields.plain_cells import PlainReader, plain
from engine.packs.manifest import OwnField, OwnKind, Words
from engine.packs.own_fields import dictionary_with, own_fields_fit, table_readers

LABEL = Words("Pain", "疼痛")
PAIN = OwnField("toy.pain", "Pain (0-2)", OwnKind.CATEGORY, LABEL, categories=("none", "some", "a lot"))
DOSE = OwnField("toy.dose", "dose", OwnKind.NUMBER, LABEL, unit="mg")
NOTES = tuple(OwnField(f"toy.note_{at}", "note", OwnKind.NUMBER, LABEL, hashed=at) for at in range(TEXT_WIDTH))


def test_they_stand_beside_the_fields_of_the_dictionary() -> None:
    dictionary = load_dictionary()
    more = dictionary_with((PAIN, DOSE), dictionary)
    assert more["toy.pain"].category_codes == ("none", "some", "a lot")
    assert more["toy.pain"].label("zh") == "疼痛"
    assert more["age"] is dictionary["age"]
    assert "toy.pain" not in dictionary
    assert dictionary_with((PAIN,), more) is more
    assert dictionary_with((), dictionary) is dictionary


@pytest.mark.parametrize(
    "fields",
    [
        (OwnField("other.dose", "dose", OwnKind.NUMBER, LABEL),),
        (OwnField("toy.dose", "dose", OwnKind.CATEGORY, LABEL),),
        (OwnField("toy.dose", "dose", OwnKind.NUMBER, LABEL, categories=("a",)),),
        (DOSE, OwnField("toy.second", "dose", OwnKind.NUMBER, LABEL)),
        (DOSE, DOSE),
        (OwnField("toy.pain", "p", OwnKind.CATEGORY, LABEL, categories=("a", "a")),),
        (OwnField("toy.note", "n", OwnKind.NUMBER, LABEL, hashed=TEXT_WIDTH),),
    ],
)
def test_what_does_not_fit_together_is_seen(fields: tuple[OwnField, ...]) -> None:
    assert own_fields_fit(["toy"], (PAIN, DOSE, *NOTES))
    assert own_fields_fit(["recalibrated_toy", "toy"], (PAIN, DOSE, *NOTES))
    assert not own_fields_fit(["toy"], fields)


def test_their_columns_of_a_table_are_read_as_people_write_them() -> None:
    readers = table_readers((PAIN, DOSE))
    ((name, reader),) = readers["Pain (0-2)"]
    assert name == "toy.pain"
    assert reader.read(["some", " a lot ", "NA", "terrible"]).tolist()[:2] == [1, 2]
    assert np.isnan(reader.read(["NA"])[0])
    assert np.isinf(reader.read(["terrible"])[0])
    ((_, numbers),) = readers["dose"]
    assert numbers.read(["１.5", "2e1"]).tolist() == [1.5, 20]
    assert np.isinf(numbers.read(["inf", "much"])).all()


@given(st.lists(st.text(max_size=40), min_size=1, max_size=8))
def test_a_text_is_read_place_by_place_as_it_was_counted(texts: list[str]) -> None:
    readers = table_readers(NOTES)["note"]
    read = np.stack([reader.read(texts) for _, reader in readers], axis=1)
    np.testing.assert_array_equal(read, hash_texts([plain(each) or None for each in texts]))


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_every_number_comes_back_as_it_was_written(values: list[float]) -> None:
    assert PlainReader().read([repr(each) for each in values]).tolist() == values
