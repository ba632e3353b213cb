from __future__ import annotations

import numpy as np
import pytest

from engine.statistics.survival import kaplan_meier


def test_kaplan_meier_gives_the_textbook_numbers() -> None:
    # Remission in weeks under 6-mercaptopurine (Freireich 1963, Blood 21:699-716): survival 0.857 at 6, 0.448 at 23.
    weeks = np.array([6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35], dtype=float)
    relapse = np.array([1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]) > 0
    at_six, at_the_end = kaplan_meier(weeks, relapse, 6), kaplan_meier(weeks, relapse, 30)
    assert at_six is not None
    assert at_the_end is not None
    assert 1 - at_six.value == pytest.approx(6 / 7)
    assert 1 - at_the_end.value == pytest.approx(0.4482, abs=5e-5)
    # Greenwood's standard error at 23 weeks is 0.1346; on the log(-log) scale the interval is 0.188 to 0.680.
    assert [1 - at_the_end.high, 1 - at_the_end.low] == pytest.approx([0.188, 0.680], abs=1e-3)
    assert kaplan_meier(weeks, relapse, 36) is None


def test_kaplan_meier_without_an_event_or_with_nothing_else() -> None:
    years = np.array([1.0, 2.0, 3.0, 4.0])
    none = kaplan_meier(years, years < 0, 2.0)
    everybody = kaplan_meier(years, years > 0, 4.0)
    assert none is not None
    assert everybody is not None
    assert [none.value, none.low, none.high] == pytest.approx([0.0, 0.0, 1 - 0.025**0.25])
    assert (everybody.value, everybody.low, everybody.high) == (1.0, 1.0, 1.0)
