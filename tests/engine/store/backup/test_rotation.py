"""Which backups stay: whatever was made when, the newest of each day, week and month, and never fewer than two."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine.store.backup.rotation import DAYS, MONTHS, WEEKS, superfluous

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)
moments = st.lists(st.integers(0, 700 * 24), min_size=1, max_size=80, unique=True).map(
    lambda hours: {f"b{hour}": NOW - timedelta(hours=hour) for hour in hours}
)


def newest_of(made: dict[str, datetime]) -> str:
    return max(made, key=lambda name: made[name])


@given(moments)
def test_the_newest_of_each_of_the_last_days_weeks_and_months_stays(made: dict[str, datetime]) -> None:
    kept = made.keys() - set(superfluous(made, newest_of(made)))
    for most, period in (
        (DAYS, lambda moment: moment.date()),
        (WEEKS, lambda moment: moment.isocalendar()[:2]),
        (MONTHS, lambda moment: (moment.year, moment.month)),
    ):
        periods = sorted({period(moment) for moment in made.values()}, reverse=True)[:most]
        for wanted in periods:
            there = {name: moment for name, moment in made.items() if period(moment) == wanted}
            assert newest_of(there) in kept
    assert len(kept) <= DAYS + WEEKS + MONTHS + 1


@given(moments)
def test_the_last_two_stay_and_thinning_out_again_removes_nothing(made: dict[str, datetime]) -> None:
    gone = set(superfluous(made, newest_of(made)))
    left = {name: moment for name, moment in made.items() if name not in gone}
    assert set(sorted(made, key=lambda name: made[name])[-2:]) <= left.keys()
    assert superfluous(left, newest_of(left)) == []


@given(moments)
def test_the_one_just_verified_stays_also_where_the_clock_is_wrong(made: dict[str, datetime]) -> None:
    oldest = min(made, key=lambda name: made[name])
    assert oldest not in superfluous(made, oldest)


def test_a_clinic_that_was_closed_for_long_keeps_its_months() -> None:
    made = {f"m{n}": NOW - timedelta(days=90 * n) for n in range(10)}
    assert superfluous(made, "m0") == []
