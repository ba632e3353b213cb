"""What workers can do: kind -> module that does it, imported in the child only.

A module of a kind has ``handle(request, report) -> Message``; ``report(done, total)`` tells the parent how far it is.
The names are plain text because the rooms that do the work lie above this one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.workers.messages import Message

Report = Callable[[int, int], None]
Handler = Callable[[Message, Report], Message]

KINDS: Mapping[str, str] = {
    "probe": "engine.workers.probe",
    "read_file": "engine.intake.readers.child",
    "show_file": "engine.intake.files.show_child",
    "run_graph": "engine.risk.graph_child",
    "train": "engine.workflows.train_child",
}
