"""Fails when a room of the engine is tested below its floor. Argument: the JSON report of ``coverage``."""

import json
import sys
from collections import defaultdict
from pathlib import Path

# Per cent of statements and branches together. The rooms whose errors would reach a patient stand higher.
FLOOR = 85
HIGHER_FLOORS = {
    "engine/fields": 95,
    "engine/packs": 95,
    "engine/risk": 95,
    "engine/advice": 95,
    "engine/store": 95,
    "engine/intake/validate": 95,
}


def room_of(file: str) -> str:
    """Return what a file counts for: the longest entry of HIGHER_FLOORS that holds it, else its folder."""
    name = file.replace("\\", "/").removesuffix(".py")
    for room in sorted(HIGHER_FLOORS, key=len, reverse=True):
        if name == room or name.startswith(room + "/"):
            return room
    parts = name.split("/")
    # The files beside the folders are one room: none of them stands alone.
    return parts[0] if len(parts) == 2 and file.endswith(".py") else "/".join(parts[:2])


def main(report: Path) -> int:
    """Print a table of rooms and remove the report, so that it is never read twice; return 1 when a room is below."""
    if not report.exists():
        print("There is no report to read: the tests did not run to their end.")
        return 1
    covered: dict[str, int] = defaultdict(int)
    total: dict[str, int] = defaultdict(int)
    files = json.loads(report.read_text(encoding="utf-8"))["files"]
    report.unlink()
    for file, found in files.items():
        summary = found["summary"]
        covered[room_of(file)] += summary["covered_lines"] + summary["covered_branches"]
        total[room_of(file)] += summary["num_statements"] + summary["num_branches"]
    below = 0
    for room in sorted(room for room in total if total[room]):
        floor = HIGHER_FLOORS.get(room, FLOOR)
        percent = 100 * covered[room] / total[room]
        below += percent < floor
        print(f"{'ok   ' if percent >= floor else 'BELOW'}  {percent:5.1f} % of at least {floor} %  {room}")
    return int(below > 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
