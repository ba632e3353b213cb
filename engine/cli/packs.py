"""``lantern packs``: those that ship and those of a clinic; make, check, add, sign and withdraw one."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from engine.cli.library import add_library, library_of
from engine.cli.options import Commands, Run, a_path, add_command, add_json, opened_store, whole_text
from engine.cli.output import DONE, PACK, emit_json, emit_table, language, say, sentence, warn, wording
from engine.domain.clinic_packs import PackOrigin, WithdrawnResult
from engine.fields import load_dictionary
from engine.packs import PackLibrary
from engine.signing import read_public_key
from engine.wording import Wording
from engine.workflows.clinic_packs import switch_pack, trust_key, withdraw, withdrawn_of
from engine.workflows.clinics import OpenClinic
from engine.workflows.foreign_packs import PackCheck, add_pack, begin_pack, check_pack, read_key, sign_pack
from engine.workflows.packs import PackSummary, damaged_packs, list_packs


def add_commands(commands: Commands, words: Wording) -> None:
    """Add the command and what can be done with a pack."""
    packs = add_command(commands, words, "packs", run_list)
    add_library(packs, words)
    add_json(packs, words)
    inner = packs.add_subparsers(dest="packs_command", metavar="WHAT")
    new = add_command(inner, words, "new", run_new, "packs_")
    new.add_argument("path", type=a_path, metavar="MODEL.onnx", help=words.say("cli.option.model"))
    new.add_argument("--out", type=a_path, required=True, metavar="DIR", help=words.say("cli.option.out"))
    check = add_command(inner, words, "check", run_check, "packs_")
    _add_path(check, words)
    add_json(check, words)
    sign = add_command(inner, words, "sign", run_sign, "packs_")
    _add_path(sign, words)
    sign.add_argument("--key", type=a_path, required=True, metavar="FILE", help=words.say("cli.option.private_key"))
    add = _in_clinic(inner, words, "add", run_add)
    _add_path(add, words)
    add_json(add, words)
    trust = _in_clinic(inner, words, "trust", run_trust)
    trust.add_argument("path", type=a_path, metavar="PUBLICKEY", help=words.say("cli.option.public_key"))
    for name, run in (("on", run_on), ("off", run_off)):
        _add_id(_in_clinic(inner, words, name, run), words)
    taken = _in_clinic(inner, words, "withdraw", run_withdraw)
    _add_id(taken, words)
    taken.add_argument("--reason", required=True, metavar="TEXT", help=words.say("cli.option.pack_reason"))
    add_json(_in_clinic(inner, words, "withdrawn", run_withdrawn), words)


def _in_clinic(commands: Commands, words: Wording, name: str, run: Run) -> argparse.ArgumentParser:
    parser = add_command(commands, words, name, run, "packs_")
    add_library(parser, words, required=True)
    return parser


def _add_path(parser: argparse.ArgumentParser, words: Wording) -> None:
    parser.add_argument("path", type=a_path, metavar="PATH", help=words.say("cli.option.pack_path"))


def _add_id(parser: argparse.ArgumentParser, words: Wording) -> None:
    parser.add_argument("id", metavar="ID", help=words.say("cli.option.pack_id"))


def run_list(options: argparse.Namespace) -> int:
    """Print the packs at hand, with licence state and version; with a clinic its own too, and which are off."""
    library = library_of(options)
    packs, damaged = list_packs(library), damaged_packs(library)
    if options.json:
        emit_json([*map(_document, packs), *({"id": each.id, "fault": sentence(each.error)} for each in damaged)])
        return DONE
    header = ["pack", "version", "licence", "digest", "title"]
    rows = [[pack.id, pack.version, pack.licence_state, pack.digest[:12], pack.title[language()]] for pack in packs]
    if options.store is not None:
        header[2:2] = ["origin", "state"]
        for row, pack in zip(rows, packs, strict=True):
            row[2:2] = [pack.origin.value, pack.state.value]
    emit_table(header, rows)
    for each in damaged:
        warn(wording().say("cli.pack_damaged", pack=each.id, reason=sentence(each.error)))
    return DONE


def run_new(options: argparse.Namespace) -> int:
    """Make a folder for an exported model, with what is to be filled in."""
    folder = begin_pack(options.path, options.out)
    say(wording().say("cli.pack_begun", folder=str(folder)))
    return DONE


def run_check(options: argparse.Namespace) -> int:
    """Say everything that is wrong with a pack, or that its cases are met."""
    return _tell(check_pack(options.path, load_dictionary(), PackLibrary.shipped()), options, "cli.pack_sound")


def run_add(options: argparse.Namespace) -> int:
    """Check a pack and keep it in the clinic."""
    with opened_store(options) as clinic:
        check, now = add_pack(clinic, options.path)
    kept = None if check.ref is None else now.library.kept(check.ref.id)
    apart = kept is not None and kept.origin is PackOrigin.FOREIGN
    return _tell(check, options, "cli.pack_added_apart" if apart else "cli.pack_added")


def run_sign(options: argparse.Namespace) -> int:
    """Check a pack and sign it."""
    options.json = False
    return _tell(sign_pack(options.path, options.key, load_dictionary()), options, "cli.pack_signed")


def run_trust(options: argparse.Namespace) -> int:
    """Trust packs that are signed with a key."""
    key = read_public_key(read_key(options.path))
    with opened_store(options) as clinic:
        trust_key(clinic, key)
    say(wording().say("cli.key_trusted", key=key))
    return DONE


def run_on(options: argparse.Namespace) -> int:
    """Let a pack speak again."""
    return _change(options, lambda clinic, pack: switch_pack(clinic, pack, on=True), "cli.pack_on")


def run_off(options: argparse.Namespace) -> int:
    """Switch a pack off; its parent speaks again."""
    return _change(options, lambda clinic, pack: switch_pack(clinic, pack, on=False), "cli.pack_off")


def run_withdraw(options: argparse.Namespace) -> int:
    """Take a pack out of use and flag what it said."""
    reason = whole_text(options.reason)
    return _change(options, lambda clinic, pack: withdraw(clinic, pack, reason), "cli.pack_withdrawn")


def run_withdrawn(options: argparse.Namespace) -> int:
    """Print the saved results of withdrawn packs and when pages of them were made."""
    with opened_store(options) as clinic:
        found = withdrawn_of(clinic)
    if options.json:
        emit_json([_withdrawn_document(each) for each in found])
        return DONE
    words = wording()
    for each in found:
        say(withdrawn_sentence(each, words))
    if not found:
        say(words.say("cli.none_withdrawn"))
    return DONE


def withdrawn_sentence(result: WithdrawnResult, words: Wording) -> str:
    """Return the sentence of one flagged result."""
    pages = [f"{made.made_at:%Y-%m-%d %H:%M}" for made in result.pages]
    return words.say(
        "risk.withdrawn.line",
        person=result.person_number or result.person_id,
        day=result.visit_date.isoformat(),
        pack=result.pack.id,
        version=result.pack.version,
        since=f"{result.since:%Y-%m-%d}",
        reason=result.reason,
        printed=", ".join(pages) or words.say("risk.withdrawn.never_printed"),
    )


def _change(options: argparse.Namespace, work: Callable[[OpenClinic, str], OpenClinic], key: str) -> int:
    pack = whole_text(options.id)
    with opened_store(options) as clinic:
        work(clinic, pack)
    say(wording().say(key, pack=pack))
    return DONE


def _tell(check: PackCheck, options: argparse.Namespace, key: str) -> int:
    """Tell how a check ended; every fault is a sentence."""
    if options.json:
        emit_json(_check_document(check))
        return PACK if check.faults else DONE
    for fault in check.faults:
        warn(sentence(fault))
    if check.ref is not None:
        say(wording().say(key, pack=check.ref.id, version=check.ref.version, digest=check.ref.digest[:12]))
        say(wording().say("cli.pack_cases", cases=check.cases, largest=f"{check.largest:.2g}"))
    return PACK if check.faults else DONE


def _check_document(check: PackCheck) -> dict[str, object]:
    faults = [{"code": fault.code, "sentence": sentence(fault)} for fault in check.faults]
    if check.ref is None:
        return {"faults": faults}
    ref = {"id": check.ref.id, "version": check.ref.version, "digest": check.ref.digest}
    return {**ref, "faults": faults, "cases": check.cases, "largest_difference": check.largest}


def _withdrawn_document(result: WithdrawnResult) -> dict[str, object]:
    return {
        "patient_id": result.person_number,
        "person": result.person_id,
        "visit_date": result.visit_date.isoformat(),
        "assessment": result.assessment_id,
        "pack": result.pack.id,
        "version": result.pack.version,
        "digest": result.pack.digest,
        "withdrawn": result.since.isoformat(),
        "reason": result.reason,
        "pages": [
            {
                "kind": made.kind,
                "made": made.made_at.isoformat(),
                "printed": [moment.isoformat() for moment in made.printed_at],
            }
            for made in result.pages
        ],
    }


def _document(pack: PackSummary) -> dict[str, object]:
    return {
        "id": pack.id,
        "version": pack.version,
        "digest": pack.digest,
        "title_en": pack.title["en"],
        "title_zh": pack.title["zh"],
        "licence_state": pack.licence_state,
        "licence_note": pack.licence_note,
        "on_by_default": pack.on_by_default,
        "inputs": list(pack.inputs),
        "outputs": list(pack.outputs),
        "citation": pack.citation,
        "doi": pack.doi,
        "origin": pack.origin.value,
        "state": pack.state.value,
        "fault": None,
    }
