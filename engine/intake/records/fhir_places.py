"""Where the resources of a FHIR file stand, and what a reference in it means. Nothing is ever fetched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.intake.records.fhir_values import Resource, mapping, moment, several, text

_NOTHING: Resource = {}
_BY_NUMBER = "Patient?identifier="


class Places:
    """The resources of one file by every name under which they may be referred to."""

    def __init__(self, resources: Iterable[tuple[int, str | None, Resource]]) -> None:
        """Take (place, ``fullUrl``, resource) of each."""
        self._places: dict[str, int] = {}
        self._resources: dict[int, Resource] = {}
        self._people: set[int] = set()
        self._numbered: dict[tuple[str | None, str], int | None] = {}
        for place, url, resource in resources:
            kind, own = resource.get("resourceType"), text(resource.get("id"))
            self._resources[place] = resource
            if kind == "Patient":
                self._people.add(place)
            for name in (url, f"{kind}/{own}" if own else None):
                if name:
                    self._places.setdefault(name, place)
            if kind == "Patient":
                self._note_numbers(resource, place)

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

    def place(self, reference: object) -> int | None:
        """Return the place of the resource that a reference means; None when it is not in this file."""
        target = text(mapping(reference).get("reference"))
        if target is None:
            number = mapping(mapping(reference).get("identifier"))
            return self._numbered.get((text(number.get("system")), text(number.get("value")) or ""))
        target = target.split("/_history/")[0]
        if target.startswith(_BY_NUMBER):  # a reference that asks for somebody by number
            system, _, value = target.removeprefix(_BY_NUMBER).rpartition("|")
            return self._numbered.get((system or None, value))
        found = self._places.get(target)
        if found is None and "://" in target:
            found = self._places.get("/".join(target.rsplit("/", 2)[-2:]))
        return found

    def resource(self, reference: object, holder: Resource) -> Resource:
        """Return the resource that a reference means, within its holder too; an empty one when it is not here."""
        target = text(mapping(reference).get("reference")) or ""
        if target.startswith("#"):
            inside = map(mapping, several(holder.get("contained")))
            return next((one for one in inside if one.get("id") == target[1:]), _NOTHING)
        place = self.place(reference)
        return _NOTHING if place is None else self._resources[place]

    def person(self, resource: Resource, holder: int) -> str | None:
        """Return the key of whom a resource at a place is about; what the reference says where that is nobody here."""
        for name in ("subject", "patient", "beneficiary", "individual", "for"):
            reference = resource.get(name)
            if isinstance(reference, dict):
                place = self.place(reference)
                if place in self._people:
                    return str(place)
                said = text(reference.get("reference"))
                inside = {key for key, _ in contained_people(resource, holder)}
                return f"{holder}{said}" if f"{holder}{said}" in inside else said
        return None

    def encounter_day(self, resource: Resource) -> tuple[str | None, str | None] | None:
        """Return when the encounter of a resource began; None when it is not in this file."""
        place = self.place(resource.get("encounter"))
        if place is None:
            return None
        day, time = moment(mapping(self._resources[place].get("period")).get("start"))
        return None if day is None else (day, time)

    def members(self, references: object) -> tuple[int, ...]:
        """Return the places of what a list of references means, as far as it is in this file."""
        found = (self.place(reference) for reference in several(references))
        return tuple(place for place in found if place is not None)


def contained_people(resource: Resource, place: int) -> Iterator[tuple[str, Resource]]:
    """Yield the patients that a resource holds within itself, each with their key."""
    for one in map(mapping, several(resource.get("contained"))):
        if one.get("resourceType") == "Patient" and text(one.get("id")):
            yield f"{place}#{one['id']}", one
