"""Readings of devices: from cells as they were read to readings of a person that may be stored.

    reader (in a worker) -> RawReadings -> questions, times, units, checks -> DevicePlan

Readers of device files lie in ``engine.intake.readers``; its README says how to add one. Zones, orders of dates, units,
repeats, limits and whose readings they are need no word in a reader: they are worked out here, the same for all.
"""
