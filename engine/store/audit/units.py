"""What is sealed: every table that says something of a person or of the clinic, its rows grouped by who owns them.

A *unit* is a table; its rows with one owner (a person, a visit, ...) make one *leaf*. Numbers of units stand in seals
and are never given to another table. A column that a later schema adds goes to the end of ``columns``: where it is
null, a leaf stays what it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.store.values import VISIT_SHIFT


class Owner(StrEnum):
    """Through which table the owner of a leaf leads to a person."""

    PATIENT = "patient"
    VISIT = "visit"
    ASSESSMENT = "assessment"
    REPORT = "report"
    SERIES = "series"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Unit:
    """A table and how its rows are grouped.

    ``key``: the column that leads to the owner. ``shift``: the owner is ``key >> shift`` (packed keys). ``order``: how
    many of ``columns``, from the first on, put the rows of one owner in order.
    """

    number: int
    table: str
    key: str
    columns: tuple[str, ...]
    owner: Owner = Owner.NOBODY
    shift: int = 0
    order: int = 1

    @property
    def owner_sql(self) -> str:
        """The owner of a row."""
        return f"{self.key} >> {self.shift}" if self.shift else self.key

    def of_owners(self) -> str:
        """The condition that finds the rows of ``wanted.value``."""
        key = f"{self.table}.{self.key}"
        if not self.shift:
            return f"{key} = wanted.value"
        return f"{key} >= wanted.value << {self.shift} AND {key} < (wanted.value + 1) << {self.shift}"


def _unit(number: int, table: str, key: str, columns: str, owner: Owner = Owner.NOBODY, order: int = 1) -> Unit:
    return Unit(number, table, key, tuple(columns.split()), owner, order=order)


_VALUE = "number text row change written qualifier conversion"
_AGAIN = "row number text written qualifier conversion"
_CONFIRMED = "medicines_confirmed_date conditions_confirmed_date allergies_confirmed_date checks_confirmed_date"

MEASUREMENT = Unit(
    6, "measurement", "key", tuple(f"key {_VALUE}".split()), Owner.VISIT, VISIT_SHIFT
)  # read by columns, see digests

UNITS: tuple[Unit, ...] = (
    _unit(
        1,
        "patient",
        "key",
        "id root search patient_id name birth_date sex phone address village room consent_date"
        f" {_CONFIRMED} change ended",
        Owner.PATIENT,
    ),
    _unit(
        2,
        "attribute",
        "patient",
        "field value first_on last_on row change last_change written ended",
        Owner.PATIENT,
        order=2,
    ),
    _unit(3, "visit", "key", "id patient day row change written ended", Owner.VISIT),
    _unit(4, "visit_move", "visit", "key from_patient from_day to_patient to_day change", Owner.VISIT),
    _unit(5, "merge", "absorbed", "key id survivor change ended", Owner.PATIENT),
    MEASUREMENT,
    Unit(7, "measurement_past", "key", tuple(f"past key {_VALUE} ended".split()), Owner.VISIT, VISIT_SHIFT),
    _unit(8, "condition", "patient", "key id code certainty onset end_date note change ended", Owner.PATIENT),
    _unit(
        9,
        "medicine",
        "patient",
        "key id text ingredient classes dose_text start stop change ended",
        Owner.PATIENT,
    ),
    _unit(
        10,
        "allergy",
        "patient",
        "key id substance severity certainty ingredient_or_class reaction change ended",
        Owner.PATIENT,
    ),
    _unit(11, "relative", "patient", "key id relation condition age_at_onset deceased change ended", Owner.PATIENT),
    _unit(12, "health_check", "patient", "key id code status done_on result change ended", Owner.PATIENT),
    _unit(13, "answer", "visit", "key id question value change ended", Owner.VISIT),
    # The content of an assessment is bound by its digest: reading it back would double the price of saving one.
    _unit(
        14,
        "assessment",
        "key",
        "id patient visit day made_at program_version headline_pack sha256 change",
        Owner.ASSESSMENT,
    ),
    _unit(
        15,
        "assessment_result",
        "assessment",
        "pack version digest status output number category band",
        Owner.ASSESSMENT,
    ),
    _unit(16, "assessment_head", "assessment", "patient visit day pack output number band missing", Owner.ASSESSMENT),
    _unit(17, "report", "key", "id assessment kind language paper pages sha256 made_at change", Owner.REPORT),
    _unit(18, "parked_row", "key", "import row visit_group digest problems cells state decided"),
    _unit(
        19,
        "import",
        "key",
        "id kind received_at file_name file_sha256 sheet rows_read rows_new rows_updated rows_repeated rows_parked"
        " rows_rejected change ended",
    ),
    _unit(20, "import_column", "import", "field reading header position conversion rule set_for_file texts", order=2),
    _unit(22, "conversion", "key", "unit_from unit_to factor shift"),
    _unit(23, "field", "key", "name"),
    _unit(24, "setting", "key", "name value change ended"),
    _unit(25, "user", "key", "id name role change ended"),
    _unit(26, "store", "one", "id created_at epoch"),
    _unit(
        27,
        "clinic_pack",
        "key",
        "id version digest origin parent parent_version parent_digest added_by added_at state since reason change"
        " ended",
    ),
    _unit(28, "assessment_range", "assessment", "pack output low typical high", Owner.ASSESSMENT, order=2),
    _unit(29, "consent", "patient", "key id kind state day way guardian notice note change ended", Owner.PATIENT),
    _unit(30, "erasure", "key", "id persons reason retention basis counts digest notice seals change"),
    # The readings themselves are bound by their digest, as an assessment is.
    _unit(
        32,
        "series_block",
        "key",
        "patient import measure format method device first_at last_at readings sha256 change ended",
        Owner.SERIES,
    ),
    _unit(33, "kept_items", "patient", "key import content change ended", Owner.PATIENT),
    Unit(34, "measurement_again", "key", tuple(f"key change {_AGAIN}".split()), Owner.VISIT, VISIT_SHIFT, order=3),
    _unit(35, "identity_given", "patient", "change content", Owner.PATIENT),
    _unit(36, "item_again", "patient", "id change list cells", Owner.PATIENT, order=2),
    _unit(40, "blob_key", "key", "secret change"),
    # The files themselves lie beside the database and are bound by their digests.
    _unit(41, "blob", "key", "name secret size sha256 plain_size plain_sha256 change"),
    _unit(
        42,
        "attached",
        "patient",
        "key id blob kind name day facts left_out came_sha256 change ended reason",
        Owner.PATIENT,
    ),
    _unit(43, "model", "key", "id version digest origin change"),
    _unit(44, "model_stage", "key", "model stage since outcome threshold second one_signature reason change ended"),
    _unit(45, "model_prediction", "visit", "key model output number made_at change", Owner.VISIT),
    _unit(46, "model_verdict", "key", "model made_at verdict reasons figures change"),
    _unit(47, "kept_pack", "key", "digest blob change"),
)

BY_TABLE = {unit.table: unit for unit in UNITS}
BY_NUMBER = {unit.number: unit for unit in UNITS}

# Tables that are not sealed, and why.
UNSEALED = {
    "audit": "it is the chain itself",
    "change": "each row is compared with its entry of the chain",
    "seal": "each row is bound by its entry of the chain",
    "import_row": "tells a row of a file that comes again; says nothing of a person",
    "row_again": "tells a row of a file that comes again, as import_row does",
    "parked_again": "tells a row of a file that comes again",
    "kept_again": "tells by digests what a file says again",
    "series_again": "tells which readings a file holds again; the readings are sealed",
    "draft": "work in hand, no record",
    "unscrubbed": "work that is left to do, no record",
    "migration": "written where nobody has signed in yet; the anchor keeps the schema",
}

# How the owner of a leaf leads to the id of a person.
PERSON_OF = {
    Owner.PATIENT: "SELECT id FROM patient WHERE key = ?",
    Owner.VISIT: "SELECT patient.id FROM visit JOIN patient ON patient.key = visit.patient WHERE visit.key = ?",
    Owner.ASSESSMENT: "SELECT patient.id FROM assessment JOIN patient ON patient.key = assessment.patient"
    " WHERE assessment.key = ?",
    Owner.SERIES: "SELECT patient.id FROM series_block JOIN patient ON patient.key = series_block.patient"
    " WHERE series_block.key = ?",
    Owner.REPORT: "SELECT patient.id FROM report JOIN assessment ON assessment.key = report.assessment"
    " JOIN patient ON patient.key = assessment.patient WHERE report.key = ?",
}
