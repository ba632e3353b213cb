"""Printed reports: compose (what the pages say) and typeset (how they look)."""

from engine.report.alarms import alarms, may_alarm
from engine.report.case import ReportOptions
from engine.report.compose import compose
from engine.report.document import document_images, typeset_document
from engine.report.join import PdfJoiner
from engine.report.live_tools import ToolWords
from engine.report.pdf_lock import lock_pdf
from engine.report.recovery import recovery_images, recovery_sheet, typeset_recovery
from engine.report.topics import place
from engine.report.typeset import page_count, page_images, typeset, typeset_each, typeset_many

__all__ = [
    "PdfJoiner",
    "ReportOptions",
    "ToolWords",
    "alarms",
    "compose",
    "document_images",
    "lock_pdf",
    "may_alarm",
    "page_count",
    "page_images",
    "place",
    "recovery_images",
    "recovery_sheet",
    "typeset",
    "typeset_document",
    "typeset_each",
    "typeset_many",
    "typeset_recovery",
]
