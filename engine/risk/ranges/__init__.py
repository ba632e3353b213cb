"""Answers where inputs are missing: a range over what the missing values could be, and which of them to find out first.

Only the manifest and the table of plausible values are used, so this works for any pack.
"""

from engine.risk.ranges.find import Ranges, find_ranges
from engine.risk.ranges.gaps import GROUPED_BY
from engine.risk.ranges.next_test import NextTests, find_next_tests

__all__ = ["GROUPED_BY", "NextTests", "Ranges", "find_next_tests", "find_ranges"]
