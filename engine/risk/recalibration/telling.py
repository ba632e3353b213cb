"""A look at a pack against outcomes, in words: for the card, the command and the screen."""

from __future__ import annotations

from engine.domain.recalibration import CalibrationGroup, Estimate, Fit, Reason, Recalibration, Scale
from engine.wording import Wording

_LONG_MONTHS = 240


def verdict(found: Recalibration, wording: Wording) -> str:
    """Return what is changed and why, in two or three sentences."""
    said = wording.say(f"recalibration.verdict.{found.verdict}")
    return wording.say("recalibration.verdict_with_reason", verdict=said, reason=reason(found, wording))


def reason(found: Recalibration, wording: Wording) -> str:
    """Return why, with what is lacking and how long that takes."""
    values: dict[str, object] = {"events": found.events, "needed": found.events_needed}
    if found.reason in (Reason.FEW_EVENTS, Reason.RATIO_SLOPE_LATER):
        values["wait"] = wait(found.months_more, wording)
    return wording.say(f"recalibration.reason.{found.reason}", **values)


def facts(found: Recalibration, wording: Wording) -> list[str]:
    """Return the figures, one a line."""
    fits = [(key, fit) for key, fit in (("before", found.before), ("after", found.after)) if fit is not None]
    return [
        _say(wording, "people", people=found.people, events=found.events),
        *_followed(found, wording),
        *(_say(wording, key, **_fit(fit, wording)) for key, fit in fits),
        *_change(found, wording),
    ]


def facts_beside_figures(found: Recalibration, wording: Wording) -> list[str]:
    """Return the facts without counts, ratios and slopes, for a place where those stand as figures."""
    return [*_followed(found, wording), *_change(found, wording)]


def _followed(found: Recalibration, wording: Wording) -> list[str]:
    lines = []
    if found.person_years is not None and found.median_followed_years is not None:
        told = {"person_years": f"{found.person_years:.0f}", "median": f"{found.median_followed_years:.1f}"}
        lines.append(_say(wording, "years", **told, when=when(found, wording)))
    if found.left_out:
        lines.append(_say(wording, "left_out", reasons=left_out(found, wording)))
    return lines


def _change(found: Recalibration, wording: Wording) -> list[str]:
    lines = []
    if found.before is not None and found.before.distance is not None:
        lines.append(_distance(found.before.distance, found.after, wording))
    if found.changed:
        lines.append(formula(found, wording))
    return lines


def formula(found: Recalibration, wording: Wording) -> str:
    """Return how a new risk follows from the old one."""
    key = "changed_hazard" if found.scale is Scale.HAZARD else "changed_odds"
    return _say(wording, key, intercept=f"{found.intercept:.6f}", slope=f"{found.slope:.6f}")


def table(found: Recalibration, wording: Wording) -> tuple[list[str], list[list[str]]]:
    """Return head and rows of the picture: people by risk, lowest first."""
    head = ("group", "people", "events", "observed", "before", "after")
    rows = [_row(place, group, wording) for place, group in enumerate(found.groups, start=1)]
    columns = len(head) if found.after is not None else len(head) - 1
    return [wording.say(f"recalibration.table.{name}") for name in head[:columns]], [row[:columns] for row in rows]


def read_at(found: Recalibration, wording: Wording) -> str | None:
    """Return at how many years the picture is read; None where no time counts."""
    years = found.compared_at_years
    return None if years is None else _say(wording, "read_at", years=f"{years:.1f}")


def when(found: Recalibration, wording: Wording) -> str:
    """Return between which days the people were followed."""
    if found.first_day is None or found.last_day is None:
        return wording.say("recalibration.when_unknown")
    return wording.say("recalibration.when", first=found.first_day.isoformat(), last=found.last_day.isoformat())


def _say(wording: Wording, key: str, **values: object) -> str:
    return wording.say(f"recalibration.fact.{key}", **values)


def wait(months: int | None, wording: Wording) -> str:
    """Return how long it takes until there are enough events."""
    if months is None:
        return wording.say("recalibration.wait.unknown")
    key = "long" if months > _LONG_MONTHS else "one_month" if months == 1 else "months"
    return wording.say(f"recalibration.wait.{key}", months=months)


def left_out(found: Recalibration, wording: Wording) -> str:
    """Return who was left out and why; empty where nobody was."""
    parts = [
        _say(wording, "left_out_part", count=count, reason=wording.say(f"recalibration.left_out.{why}"))
        for why, count in sorted(found.left_out.items())
    ]
    return wording.say("cli.list_gap").join(parts)


def _fit(fit: Fit, wording: Wording) -> dict[str, str]:
    unknown = wording.say("recalibration.unknown")
    return {
        "ratio": _interval(fit.observed_to_expected, wording),
        "slope": unknown if fit.slope is None else _interval(fit.slope, wording),
    }


def _interval(estimate: Estimate, wording: Wording) -> str:
    numbers = {"value": estimate.value, "low": estimate.low, "high": estimate.high}
    return wording.say("recalibration.and_interval", **{name: f"{number:.2f}" for name, number in numbers.items()})


def _distance(before: float, after: Fit | None, wording: Wording) -> str:
    if after is None or after.distance is None:
        return _say(wording, "distance_before", before=_percent(before, wording))
    return _say(wording, "distance", before=_percent(before, wording), after=_percent(after.distance, wording))


def _row(place: int, group: CalibrationGroup, wording: Wording) -> list[str]:
    unknown = wording.say("recalibration.unknown")
    observed = unknown
    if group.observed is not None:
        numbers = {"value": group.observed.value, "low": group.observed.low, "high": group.observed.high}
        shown = {name: f"{100 * number:.1f}" for name, number in numbers.items()}
        observed = wording.say("recalibration.percent_interval", **shown)
    after = unknown if group.after is None else _percent(group.after, wording)
    return [str(place), str(group.people), str(group.events), observed, _percent(group.before, wording), after]


def _percent(fraction: float, wording: Wording) -> str:
    return wording.say("recalibration.percent", value=f"{100 * fraction:.1f}")
