"""Makes the table of plausible values from public surveys. Needed to make the table, never to use it.

The command is ``python -m engine.risk.plausible.making --data FOLDER [--check]``.
"""

from engine.risk.plausible.making.nhanes import SURVEYS, Survey, is_set_aside, read_survey

__all__ = ["SURVEYS", "Survey", "is_set_aside", "read_survey"]
