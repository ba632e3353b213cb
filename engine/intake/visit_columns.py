"""Columns that count: which of several visits side by side, or of several readings, a column belongs to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from engine.intake.headers import JOIN, HeaderReading, read_header
from engine.intake.roles import Role

_ORDINALS = {"first": "1st", "second": "2nd", "third": "3rd", "fourth": "4th"}
_ORDINAL = re.compile(rf"\b({'|'.join(_ORDINALS)})\b", re.IGNORECASE)
_SECOND = re.compile(r"\bsecond\b", re.IGNORECASE)
_CHINESE_FIRST = re.compile(r"首次|初次")
_CHINESE_SECOND = re.compile(r"第\s*[二2]\s*次")


def counted(headers: Sequence[str]) -> list[str]:
    """Write "first" as a number in headers of which another says "second"; alone it means an earlier visit."""
    if any(_SECOND.search(header) for header in headers):
        headers = [_ORDINAL.sub(lambda match: _ORDINALS[match.group(1).casefold()], header) for header in headers]
    if any(_CHINESE_SECOND.search(header) for header in headers):
        headers = [_CHINESE_FIRST.sub("第1次", header) for header in headers]
    return list(headers)


def number_visits(roles: Sequence[Role]) -> list[Role]:
    """Give columns of several visits the number of theirs, where the dates of visits are numbered or grouped."""
    return _by_dates(_by_groups(roles))


def _by_dates(roles: Sequence[Role]) -> list[Role]:
    """Take numbers behind several visit dates as visits: "visit date 2" belongs to "SBP 2"."""
    dates = [role for role in roles if role.target == "visit_date"]
    numbers = [role.said.visit or role.said.reading for role in dates]
    if len(numbers) < 2 or None in numbers or len(set(numbers)) < len(numbers):
        return list(roles)
    return [
        replace(role, said=replace(role.said, visit=role.said.reading, reading=None))
        if role.said.visit is None and role.said.reading in numbers
        else role
        for role in roles
    ]


def _by_groups(roles: Sequence[Role]) -> list[Role]:
    """Number the group titles of a header of two rows that each have a visit date: "Spring / SBP", "Autumn / SBP"."""
    groups: dict[str, int | None] = {}
    for role in roles:
        group, name = _parts(role)
        if group and read_header(name).target == "visit_date":
            groups.setdefault(group, role.said.visit)
    places = {group: place for place, group in enumerate(groups, 1)}
    if len(groups) < 2 or any(visit not in {None, places[group]} for group, visit in groups.items()):
        return list(roles)
    return [_in_group(role, places[_parts(role)[0]]) if _parts(role)[0] in places else role for role in roles]


def _parts(role: Role) -> tuple[str, str]:
    group, _, name = role.header.rpartition(JOIN)
    return group, name


def _in_group(role: Role, visit: int) -> Role:
    said = role.said if role.said.visit is not None else read_header(_parts(role)[1])
    if said.target is None:
        return role
    said = HeaderReading() if said.earlier else replace(said, visit=visit, unit=said.unit or role.said.unit)
    target = None if said.offered else said.target
    return replace(role, said=said, target=target, suggested=said.target if said.offered else role.suggested)
