"""What goes out to other systems: a person's record as an International Patient Summary."""

from engine.exchange.ips import Document, patient_summary

__all__ = ["Document", "patient_summary"]
