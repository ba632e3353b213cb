"""The places of the program in the order of the day, and who is offered which."""

from __future__ import annotations

from desktop.widgets.rail import Place
from engine.workflows.clinics import OpenClinic
from engine.workflows.users import Permission, may

PLACES = (
    Place("patients", "people"),
    Place("import", "import"),
    Place("batch", "printer"),
    Place("models", "layers"),
    Place("studio", "flask"),
    Place("security", "shield", at_foot=True),
    Place("preferences", "settings", at_foot=True),
)
# What a role needs, one of these, for a place to be of any use; a place without it is not offered.
_NEEDS = {
    "patients": (Permission.PEOPLE_READ,),
    "import": (Permission.RECORD_WRITE,),
    "batch": (Permission.REPORT,),
    "models": (Permission.RECORD_READ, Permission.CLINIC_CHANGE),
    "studio": (Permission.RECORD_READ, Permission.CLINIC_CHANGE),
}


def offered(clinic: OpenClinic, code: str) -> bool:
    """Whether who is here may use a place."""
    return code not in _NEEDS or any(may(clinic, permission) for permission in _NEEDS[code])
