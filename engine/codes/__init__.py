"""Code lists of the record: conditions, medicines, checks, relatives; ICD-10 and LOINC as data."""

from engine.codes.catalogue import (
    CheckCode,
    Codes,
    ConditionCode,
    Ingredient,
    MedicineClass,
    RelativeCode,
    Term,
    fields_by_loinc,
    icd10_category,
    load_codes,
)
from engine.codes.medicines import RecognisedMedicine, recognise_medicine

__all__ = [
    "CheckCode",
    "Codes",
    "ConditionCode",
    "Ingredient",
    "MedicineClass",
    "RecognisedMedicine",
    "RelativeCode",
    "Term",
    "fields_by_loinc",
    "icd10_category",
    "load_codes",
    "recognise_medicine",
]
