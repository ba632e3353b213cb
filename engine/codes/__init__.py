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
from engine.codes.maps import RecordMaps, load_maps
from engine.codes.medicines import RecognisedMedicine, recognise_medicine
from engine.codes.systems import code_system
from engine.codes.ucum import ratio

__all__ = [
    "CheckCode",
    "Codes",
    "ConditionCode",
    "Ingredient",
    "MedicineClass",
    "RecognisedMedicine",
    "RecordMaps",
    "RelativeCode",
    "Term",
    "code_system",
    "fields_by_loinc",
    "icd10_category",
    "load_codes",
    "load_maps",
    "ratio",
    "recognise_medicine",
]
