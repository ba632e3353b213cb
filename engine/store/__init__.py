"""The store: an encrypted clinic folder, its records and how they change."""

from engine.store.clinic import create_clinic, is_clinic, is_practice, open_clinic
from engine.store.recovery_key import RecoveryKey, parse_recovery_key
from engine.store.settings import accept_packs, load_clinic, load_users, rename_clinic, update_settings
from engine.store.slots import FLOOR, Cost
from engine.store.users import User
from engine.store.vault import Change, Vault

__all__ = [
    "FLOOR",
    "Change",
    "Cost",
    "RecoveryKey",
    "User",
    "Vault",
    "accept_packs",
    "create_clinic",
    "is_clinic",
    "is_practice",
    "load_clinic",
    "load_users",
    "open_clinic",
    "parse_recovery_key",
    "rename_clinic",
    "update_settings",
]
