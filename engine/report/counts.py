"""Risks as counts of people, rounded once, at the end.

From 1 of 100 up to 99 a risk is a whole number of 100, half up; under 1 of 100 the whole page counts in 1,000; under
1 of 1,000 and above 99 of 100 there are only words ("fewer than 1", "more than 99").
Source: printed-page rules of the product, after Fagerlin et al. 2011 (doi:10.1093/jnci/djr318).
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from engine.domain.report import Bound, Count
from engine.wording import Wording

HUNDRED = 100
THOUSAND = 1000


def rounded(value: float, decimals: int = 0) -> Decimal:
    """Return ``value`` rounded half up, as a person rounds its shortest written form."""
    return Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def denominator(risk: float) -> int:
    """Return whether a page that leads with this risk (fraction 0-1) counts in 100 or in 1,000 people."""
    return HUNDRED if Decimal(repr(float(risk))) * HUNDRED >= 1 else THOUSAND


def count(risk: float, out_of: int, wording: Wording) -> Count:
    """Return a risk (fraction 0-1) as people out of 100 or 1,000."""
    exact = Decimal(repr(float(risk))) * out_of
    if exact > out_of - 1:
        number = plain(out_of - 1, wording)
        return Count(out_of - 1, out_of, Bound.ABOVE, wording.say("report.count.more_than", number=number))
    whole = int(exact.quantize(Decimal(1), ROUND_HALF_UP))
    # Below 1 of 1,000 there are only words; a count in 100 that rounds to nobody gets the same words.
    if (out_of == THOUSAND and exact < 1) or whole == 0:
        return Count(1, out_of, Bound.BELOW, wording.say("report.count.fewer_than", number=plain(1, wording)))
    return Count(whole, out_of, Bound.EXACT, plain(whole, wording))


def complement(counted: Count, wording: Wording) -> str:
    """Return the words for everyone else: what is left of the shown whole number."""
    rest = plain(counted.out_of - counted.shown, wording)
    if counted.bound is Bound.BELOW:
        return wording.say("report.count.more_than", number=rest)
    if counted.bound is Bound.ABOVE:
        return wording.say("report.count.fewer_than", number=rest)
    return rest


def plain(number: int, wording: Wording) -> str:
    """Return a whole number as printed."""
    return f"{number:,}".replace(",", wording.say("report.count.separator"))
