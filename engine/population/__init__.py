"""The clinic's people as a whole: what may be told of them to others without telling who they are."""

from engine.population.columns import Alteration, Column
from engine.population.deidentify import Deidentified, LeftOutColumn, Prepared, deidentify, prepare
from engine.population.pseudonyms import draw_pseudonyms
from engine.population.report import report_document, shown
from engine.population.rules import Rules, Step, Treatment, load_rules, tightened

__all__ = [
    "Alteration",
    "Column",
    "Deidentified",
    "LeftOutColumn",
    "Prepared",
    "Rules",
    "Step",
    "Treatment",
    "deidentify",
    "draw_pseudonyms",
    "load_rules",
    "prepare",
    "report_document",
    "shown",
    "tightened",
]
