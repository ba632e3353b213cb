"""Backups: made by anybody who has the clinic open, opened by administrators and the recovery key alone."""
