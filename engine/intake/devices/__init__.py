"""Readings of devices: from cells as they were read to readings of a person that may be stored.

    reader (in a worker) -> RawReadings -> questions, times, units, checks -> DevicePlan

Readers of device files lie in ``engine.intake.readers``; a new one takes an hour. Copy the shortest, ``zepp.py``: name
the format, say under which column words it knows the time and the values, and list the module in
``readers/registry.py``. Then write a test with a few lines of a real file: what is read, what is set aside, and that no
other reader takes the file. Zones, orders of dates, units, repeats, limits and whose readings they are need no word in
a reader: they are worked out here, the same for all.
"""
