"""Where the resources of a FHIR file stand, and what a reference in it means. Nothing is ever fetched.

A reference means what it would mean on the server that the resource came from: the same ``Patient/1`` may be somebody
else in another Bundle of the file, or under another address. Source: HL7 FHIR R4, Bundle, "Resolving references".
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from engine.intake.records.fhir_values import Resource, mapping, moment, several, text

_NOTHING: Resource = {}
_BY_NUMBER = "Patient?identifier="
_UUID = "urn:uuid:"
_UNIQUE = re.compile(r"[0-9A-Fa-f]{8}-?(?:[0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}")


@dataclass(frozen=True, slots=True)
class Entry:
    """A resource of a file. ``scope``: the Bundle it stands in. ``rank``: the last of several versions counts."""

    place: int
    scope: int
    url: str | None
    resource: Resource
    rank: int

    @property
    def name(self) -> str | None:
        """Kind and id: what others call it where it comes from."""
        own = text(self.resource.get("id"))
        return f"{self.resource.get('resourceType')}/{own}" if own else None

    @property
    def server(self) -> str | None:
        """The address below which it stands, where one is told."""
        if self.url is None or "://" not in self.url or self.name is None:
            return None
        return self.url.removesuffix(self.name) if self.url.endswith(self.name) else None

    @property
    def unique(self) -> bool:
        """Whether its id cannot be that of anything else."""
        return _UNIQUE.fullmatch(text(self.resource.get("id")) or "") is not None


class Places:
    """The resources of one file by every name under which they may be referred to."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        """Take the resources that count; older versions of them are left out."""
        self._entries = {entry.place: entry for entry in entries}
        self._urls: defaultdict[str, list[Entry]] = defaultdict(list)
        self._names: defaultdict[str, list[Entry]] = defaultdict(list)
        self._people = {entry.place for entry in entries if entry.resource.get("resourceType") == "Patient"}
        self._numbered: dict[tuple[str | None, str], int | None] = {}
        for entry in entries:
            if entry.url:
                self._urls[entry.url].append(entry)
            if entry.name:
                self._names[entry.name].append(entry)
                if entry.resource.get("id") and (entry.url is None or not entry.url.startswith("urn:")):
                    self._names[f"{_UUID}{entry.resource['id']}"].append(entry)
            if entry.place in self._people:
                self._note_numbers(entry.resource, entry.place)

    def _note_numbers(self, patient: Resource, place: int) -> None:
        """Note the numbers of a patient; one that two patients have means neither of them."""
        for number in map(mapping, several(patient.get("identifier"))):
            value = text(number.get("value"))
            if value is not None:
                key = (text(number.get("system")), value)
                self._numbered[key] = place if self._numbered.get(key, place) == place else None

    @property
    def people(self) -> int:
        """How many people the file is about."""
        return len(self._people)

    def place(self, reference: object, holder: int) -> int | None:
        """Return the place of the resource that a reference of another means; None when it is not in this file."""
        target = text(mapping(reference).get("reference"))
        if target is None:
            number = mapping(mapping(reference).get("identifier"))
            return self._numbered.get((text(number.get("system")), text(number.get("value")) or ""))
        target = target.split("/_history/")[0]
        if target.startswith(_BY_NUMBER):  # a reference that asks for somebody by number
            system, _, value = target.removeprefix(_BY_NUMBER).rpartition("|")
            return self._numbered.get((system or None, value))
        from_ = self._entries.get(holder)
        return self._named(target, from_)

    def _named(self, target: str, from_: Entry | None) -> int | None:
        server = from_.server if from_ is not None else None
        relative = "://" not in target and not target.startswith("urn:")
        for url in (target, f"{server}{target}" if relative and server else ""):
            if url in self._urls:
                return _one(self._urls[url], from_)
        if relative or target.startswith(_UUID):
            found = [each for each in self._names.get(target, ()) if _within(server, each)]
        else:
            name = "/".join(target.rsplit("/", 2)[-2:])
            found = [each for each in self._names.get(name, ()) if each.server is None or each.unique]
        return _one(found, from_)

    def resource(self, reference: object, holder: Resource, place: int) -> Resource:
        """Return the resource that a reference means, within its holder too; an empty one when it is not here."""
        target = text(mapping(reference).get("reference")) or ""
        if target.startswith("#"):
            inside = map(mapping, several(holder.get("contained")))
            return next((one for one in inside if one.get("id") == target[1:]), _NOTHING)
        found = self.place(reference, place)
        return _NOTHING if found is None else self._entries[found].resource

    def person(self, resource: Resource, holder: int) -> str | None:
        """Return the key of whom a resource at a place is about; what the reference says where that is nobody here."""
        for name in ("subject", "patient", "beneficiary", "individual", "for"):
            reference = resource.get(name)
            if isinstance(reference, dict):
                place = self.place(reference, holder)
                if place in self._people:
                    return str(place)
                said = text(reference.get("reference"))
                around = self._entries[holder].resource if holder in self._entries else resource
                inside = {key for key, _ in contained_people(around, holder)}
                return f"{holder}{said}" if f"{holder}{said}" in inside else said
        return None

    def encounter_day(self, resource: Resource, holder: int) -> tuple[str | None, str | None] | None:
        """Return when the encounter of a resource began; None when it is not in this file."""
        place = self.place(resource.get("encounter"), holder)
        if place is None:
            return None
        day, time = moment(mapping(self._entries[place].resource.get("period")).get("start"))
        return None if day is None else (day, time)

    def members(self, references: object, holder: int) -> tuple[int, ...]:
        """Return the places of what a list of references means, as far as it is in this file."""
        found = (self.place(reference, holder) for reference in several(references))
        return tuple(place for place in found if place is not None)


def _within(server: str | None, entry: Entry) -> bool:
    """Whether what stands on a server may mean an entry when it tells its kind and id."""
    return server is None or entry.server in {None, server} or entry.unique


def _one(found: Sequence[Entry], from_: Entry | None) -> int | None:
    """Return the only one that can be meant: of the same Bundle first, else the only one of the file."""
    near = [each for each in found if from_ is not None and each.scope == from_.scope]
    places = {each.place for each in near or found}
    return places.pop() if len(places) == 1 else None


def contained_people(resource: Resource, place: int) -> Iterator[tuple[str, Resource]]:
    """Yield the patients that a resource holds within itself, each with their key."""
    for one in map(mapping, several(resource.get("contained"))):
        if one.get("resourceType") == "Patient" and text(one.get("id")):
            yield f"{place}#{one['id']}", one


def outdated(entries: Sequence[Entry], deleted: Iterable[tuple[int, str, int]]) -> dict[int, str]:
    """Return place -> why for every resource whose later version, or whose removal, is in the same file.

    ``deleted``: scope, name and rank of what a history says was removed.
    """
    why: dict[int, str] = {}
    gone = {(scope, name): rank for scope, name, rank in deleted}
    same: defaultdict[object, list[Entry]] = defaultdict(list)
    alike: defaultdict[object, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.name is None:
            continue
        same[_version_key(entry)].append(entry)
        alike[entry.name, entry.scope].append(entry)
        if gone.get((entry.scope, entry.name), entry.rank) > entry.rank:
            why[entry.place] = "withdrawn"
    for versions in same.values():
        if len(versions) > 1 and not _two_people(versions):
            *older, last = sorted(versions, key=_age)
            why |= {one.place: "repeated" if _same(one, last) else "replaced" for one in older}
    for first, *others in alike.values():
        why |= {
            one.place: "repeated"
            for one in others
            if one.place not in why and first.place not in why and _same(one, first)
        }
    return why


def _version_key(entry: Entry) -> object:
    """Return what versions of one resource have in common."""
    if entry.unique:
        return entry.name
    if entry.server is not None:
        return entry.url
    if entry.url is None or mapping(entry.resource.get("meta")).get("versionId"):
        return entry.name, entry.scope
    return entry.url, entry.scope


def _age(entry: Entry) -> tuple[str, int, int]:
    meta = mapping(entry.resource.get("meta"))
    version = text(meta.get("versionId")) or ""
    return text(meta.get("lastUpdated")) or "", int(version) if version.isdecimal() else 0, entry.rank


def _same(one: Entry, other: Entry) -> bool:
    return {**one.resource, "meta": None} == {**other.resource, "meta": None}


def _two_people(versions: Sequence[Entry]) -> bool:
    """Whether one id was given to people who have neither name nor birth date in common."""
    first, *others = (each.resource for each in versions)
    if first.get("resourceType") != "Patient":
        return False
    return any(
        other.get("name") != first.get("name") and other.get("birthDate") != first.get("birthDate") for other in others
    )
