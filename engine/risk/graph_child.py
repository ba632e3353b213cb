"""The worker kind ``run_graph``: a graph of unknown makers runs here, within the limits of the worker.

``look`` tells the ends of a graph, ``open`` loads it with its manifest, ``run`` answers for people. What the pack does
wrong comes back as ``fault``, so that one bad question does not end the worker.
"""

from __future__ import annotations

from engine.errors import PackError
from engine.packs.foreign import check_foreign
from engine.packs.manifest import Manifest
from engine.risk.session import GraphSession, look_at
from engine.workers.kinds import Report
from engine.workers.messages import Message

_loaded: list[GraphSession] = []  # the one graph of this process


def handle(request: Message, report: Report) -> Message:
    """Answer one request."""
    try:
        return _answer(request)
    except PackError as error:
        return Message("fault", {"code": error.code, "details": dict(error.details)})


def _answer(request: Message) -> Message:
    if request.type == "run":
        fields, rows = request.body["fields"], request.body["rows"]
        columns = dict(zip(fields, request.arrays, strict=True))
        answer = _loaded[0].run(columns, rows, stability=request.body["stability"])
        beside = [end for pair in answer.stability.values() for end in pair]
        return Message("answer", {}, (*answer.outputs.values(), *answer.not_in_table.values(), *beside))
    graph, pack = request.arrays[0].tobytes(), request.body["pack"]
    check_foreign(graph, pack)
    if request.type == "look":
        ends = look_at(graph, pack)
        return Message(
            "ends",
            {
                "inputs": [[each.name, each.type, each.shape] for each in ends.inputs],
                "outputs": [[each.name, each.type, each.shape] for each in ends.outputs],
            },
        )
    _loaded[:] = [GraphSession(Manifest.from_json(request.body["manifest"]), graph)]
    return Message("opened")
