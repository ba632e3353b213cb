"""``lantern --self-test`` and ``lantern --version``: is this program whole, and which one is it?"""

from __future__ import annotations

import argparse

from engine.cli.output import DONE, INTERNAL, emit_json, say, wording
from engine.domain.ports import SystemClock
from engine.wording import Wording
from engine.workflows.clinics import program_version
from engine.workflows.self_test import Step, self_test


def add_options(parser: argparse.ArgumentParser, words: Wording) -> None:
    """Add what may stand instead of a command."""
    instead = parser.add_mutually_exclusive_group()
    for name, run in (("self-test", run_self_test), ("version", run_version)):
        sentence = words.say(f"self_test.option.{name.replace('-', '_')}")
        instead.add_argument(f"--{name}", dest="run", action="store_const", const=run, help=sentence)
    parser.add_argument("--json", action="store_true", help=words.say("cli.option.json"))


def run_version(options: argparse.Namespace) -> int:
    """Print name and version."""
    if options.json:
        emit_json({"version": program_version()})
    else:
        say(f"lantern {program_version()}")
    return DONE


def run_self_test(options: argparse.Namespace) -> int:
    """Print one line per step as it ends; the exit code says whether all went well."""
    steps: list[Step] = []
    for step in self_test(SystemClock()):
        steps.append(step)
        if not options.json:
            say(_line(step))
    well = all(step.ok for step in steps)
    if options.json:
        emit_json({"version": program_version(), "ok": well, "steps": [_document(step) for step in steps]})
    else:
        say(wording().say("self_test.passed" if well else "self_test.failed", version=program_version()))
    return DONE if well else INTERNAL


def _line(step: Step) -> str:
    title = wording().say(f"self_test.step.{step.name}")
    facts = ", ".join(f"{name} {fact}" for name, fact in step.facts.items())
    found = f": {step.fault or facts}" if step.fault or facts else ""
    return f"{'ok    ' if step.ok else 'FAILED'}  {step.seconds:5.1f} s  {title}{found}"


def _document(step: Step) -> dict[str, object]:
    return {
        "step": step.name,
        "ok": step.ok,
        "seconds": round(step.seconds, 3),
        "fault": step.fault,
        "facts": dict(step.facts),
    }
