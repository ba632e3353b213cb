"""The data dictionary: every quantity Lantern knows, with unit, limits, codes and labels."""

from engine.fields.derive import Derived, derive
from engine.fields.dictionary import Category, Derivation, Dictionary, Field, Kind, Scope, Unit, load_dictionary

__all__ = [
    "Category",
    "Derivation",
    "Derived",
    "Dictionary",
    "Field",
    "Kind",
    "Scope",
    "Unit",
    "derive",
    "load_dictionary",
]
