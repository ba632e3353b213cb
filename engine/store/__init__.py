"""The store: an encrypted clinic folder, its records and how they change.

Reading and writing are plain functions over an open :class:`Vault`; every write is one audited transaction.
"""

from engine.store.accounts import (
    Account,
    accounts,
    add_user,
    remove_user,
    rename_user,
    renew_recovery,
    set_passphrase,
    set_roles,
)
from engine.store.assessments import (
    AssessmentHead,
    SavedReport,
    assessments_of,
    latest_assessments,
    load_assessment,
    reports_of,
    save_assessments,
    save_report,
)
from engine.store.attached import (
    Reading,
    attach_file,
    attached_files,
    handed_out,
    held_files,
    read_attached,
    remove_attached,
)
from engine.store.clinic import ClinicFront, clinic_front, create_clinic, is_clinic, is_practice, open_clinic
from engine.store.clinic_packs import add_clinic_pack, clinic_packs, packs_folder, set_clinic_pack_state
from engine.store.conditions import load_conditions
from engine.store.deidentified import Approval, approve_export, keep_pseudonyms, load_pseudonyms
from engine.store.drafts import Draft, delete_draft, drafts, load_draft, save_draft
from engine.store.emergency import EmergencyReason, open_emergency
from engine.store.entries import apply_entries
from engine.store.export import VisitTable, export_visits
from engine.store.imports import (
    ImportSummary,
    WaitingRow,
    imports,
    latest_import,
    mark_rows_stored,
    reject_rows,
    waiting_rows,
    was_imported,
)
from engine.store.key_cost import dearer, measured_cost
from engine.store.key_turning import turn_key
from engine.store.lists import add_item, confirm_list, edit_item, end_item, item_history
from engine.store.model_signature import own_keys, sign_model
from engine.store.model_watch import (
    Said,
    month_looked_at,
    note_month,
    people_answered,
    predictions_of,
    save_predictions,
    save_verdict,
    without_prediction,
)
from engine.store.models import Agreement, add_model, approve_model, begin_shadow, kept_models, retire_model
from engine.store.observations import load_observations
from engine.store.passphrase import replace_passphrase
from engine.store.people import count_people, find_patients, known_people, load_patient, load_patients, people_numbered
from engine.store.permissions import Permission
from engine.store.person_edit import (
    IdentityValue,
    Merge,
    edit_identity,
    identity_history,
    merge_people,
    merges_of,
    unmerge_people,
)
from engine.store.record_imports import RecordCounts, apply_records, kept_items
from engine.store.records import PastMeasurement, load_record, load_records, value_history
from engine.store.recovery_key import RecoveryKey, parse_recovery_key
from engine.store.review_items import Review, ReviewKind
from engine.store.reviews import close_review, open_reviews
from engine.store.roles import EVERY_ROLE, Role
from engine.store.series import ArrivedReadings, add_readings, load_series, series_held
from engine.store.settings import (
    accept_packs,
    load_clinic,
    load_users,
    rename_clinic,
    trust_keys,
    trusted_keys,
    update_settings,
)
from engine.store.slot_files import same_name
from engine.store.slots import FLOOR, Cost, SlotKind
from engine.store.tries import Tries, every_try, forget_tries, read_tries, write_tries
from engine.store.two_people import Second, agreed_by_two
from engine.store.undo.take_back import undo_import
from engine.store.users import User
from engine.store.vault import Change, Vault
from engine.store.visit_edit import VisitMove, move_visit, remove_value, remove_visit, visit_moves
from engine.store.withdrawn import withdrawn_results

__all__ = [
    "EVERY_ROLE",
    "FLOOR",
    "Account",
    "Agreement",
    "Approval",
    "ArrivedReadings",
    "AssessmentHead",
    "Change",
    "ClinicFront",
    "Cost",
    "Draft",
    "EmergencyReason",
    "IdentityValue",
    "ImportSummary",
    "Merge",
    "PastMeasurement",
    "Permission",
    "Reading",
    "RecordCounts",
    "RecoveryKey",
    "Review",
    "ReviewKind",
    "Role",
    "Said",
    "SavedReport",
    "Second",
    "SlotKind",
    "Tries",
    "User",
    "Vault",
    "VisitMove",
    "VisitTable",
    "WaitingRow",
    "accept_packs",
    "accounts",
    "add_clinic_pack",
    "add_item",
    "add_model",
    "add_readings",
    "add_user",
    "agreed_by_two",
    "apply_entries",
    "apply_records",
    "approve_export",
    "approve_model",
    "assessments_of",
    "attach_file",
    "attached_files",
    "begin_shadow",
    "clinic_front",
    "clinic_packs",
    "close_review",
    "confirm_list",
    "count_people",
    "create_clinic",
    "dearer",
    "delete_draft",
    "drafts",
    "edit_identity",
    "edit_item",
    "end_item",
    "every_try",
    "export_visits",
    "find_patients",
    "forget_tries",
    "handed_out",
    "held_files",
    "identity_history",
    "imports",
    "is_clinic",
    "is_practice",
    "item_history",
    "keep_pseudonyms",
    "kept_items",
    "kept_models",
    "known_people",
    "latest_assessments",
    "latest_import",
    "load_assessment",
    "load_clinic",
    "load_conditions",
    "load_draft",
    "load_observations",
    "load_patient",
    "load_patients",
    "load_pseudonyms",
    "load_record",
    "load_records",
    "load_series",
    "load_users",
    "mark_rows_stored",
    "measured_cost",
    "merge_people",
    "merges_of",
    "month_looked_at",
    "move_visit",
    "note_month",
    "open_clinic",
    "open_emergency",
    "open_reviews",
    "own_keys",
    "packs_folder",
    "parse_recovery_key",
    "people_answered",
    "people_numbered",
    "predictions_of",
    "read_attached",
    "read_tries",
    "reject_rows",
    "remove_attached",
    "remove_user",
    "remove_value",
    "remove_visit",
    "rename_clinic",
    "rename_user",
    "renew_recovery",
    "replace_passphrase",
    "reports_of",
    "retire_model",
    "same_name",
    "save_assessments",
    "save_draft",
    "save_predictions",
    "save_report",
    "save_verdict",
    "series_held",
    "set_clinic_pack_state",
    "set_passphrase",
    "set_roles",
    "sign_model",
    "trust_keys",
    "trusted_keys",
    "turn_key",
    "undo_import",
    "unmerge_people",
    "update_settings",
    "value_history",
    "visit_moves",
    "waiting_rows",
    "was_imported",
    "withdrawn_results",
    "without_prediction",
    "write_tries",
]
