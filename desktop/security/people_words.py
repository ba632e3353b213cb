"""The people of a clinic in words: roles, and when somebody was here last."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from desktop.i18n import Texts
from engine.workflows.users import EVERY_ROLE, Role


def roles_words(roles: Iterable[Role], texts: Texts) -> str:
    """Return roles as people say them."""
    held = frozenset(roles)
    if held == EVERY_ROLE:
        return texts.wording.say("role.every")
    named = [texts.wording.say(f"role.{role.value}") for role in Role if role in held]
    return texts("security.comma").join(named)


def last_words(moment: datetime | None, now: datetime, texts: Texts) -> str:
    """Return when somebody was here last: today with the time, this year without the year."""
    if moment is None:
        return texts("security.people.never")
    then, today = moment.astimezone(), now.astimezone().date()
    if then.date() == today:
        return texts("security.people.today", time=texts.time(then))
    day = texts.date(then.date())
    return day.removesuffix(f" {today.year}").removeprefix(f"{today.year}年")
