"""The program's own operations on files outside its store: reports, backups, restores, packs."""

from __future__ import annotations

import hashlib
from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path

from engine.domain.attached import FileKind, NewFile
from engine.domain.clinic_packs import PackOrigin
from engine.errors import EngineError
from engine.fields import load_dictionary
from engine.packs import OwnPacks, PackLibrary, PackParts, read_pack
from engine.report import ReportOptions
from engine.risk.predictors import Predictors
from engine.store import (
    Reading,
    Vault,
    apply_entries,
    attach_file,
    attached_files,
    clinic_packs,
    packs_folder,
    read_attached,
    remove_attached,
)
from engine.store.backup.files import missing_beside
from engine.store.backup.make import back_up
from engine.store.backup.manifest import backups_in
from engine.store.backup.open import opened_copy, unseal_backup
from engine.store.backup.restore import restore
from engine.store.blobs import sealed_files
from engine.workflows.clinic_packs import keep_pack
from engine.workflows.clinics import in_vault
from engine.workflows.reports import write_reports
from tests.reliability.clinics import ACTOR, CHEAP, CLOCK, PASSPHRASE, many, open_again
from tests.reliability.counts import SYSTEM
from tests.reliability.judging import in_order, judged, say, unsound
from tests.reliability.lantern import prepare
from tests.reliability.operations import STICK, Acknowledge, Operation, Verdict, Words

_ROWS = 25
_BACKUPS = 3
_PACKS = 3
_ATTACHED = 3


# Printing reports to files


def prepare_assessed(folder: Path) -> None:
    """Put a clinic into the folder whose people of interest are assessed already, in a process of its own."""
    from engine.workflows.assess import assess_people

    prepare(folder)
    (folder / "out").mkdir()
    with closing(open_again(folder / "clinic")) as vault:
        assess_people(in_vault(vault, CLOCK))


def report(folder: Path, acknowledge: Acknowledge) -> None:
    """Write the reports of two people."""
    with open_again(folder / "clinic") as vault:
        clinic = in_vault(vault, CLOCK, Predictors(_library(), load_dictionary()))
        for person in ("start0", "start1"):
            (written,) = write_reports(clinic, [person], ReportOptions("en"), folder / "out")
            digest = hashlib.sha256(written.path.read_bytes()).hexdigest()
            say(vault, acknowledge, f"{written.path.name} {digest}")


def judge_reports(folder: Path, done: Words) -> Verdict:
    """Each report that was acknowledged is there as it was, and remembered; no file is there by half."""

    def look(vault: Vault) -> str | None:
        files = {path.name: path.read_bytes() for path in (folder / "out").glob("*.pdf")}
        for line in done:
            name, digest = line.split()
            if hashlib.sha256(files.get(name, b"")).hexdigest() != digest:
                return "an acknowledged report is missing or another"
            if vault.rows("SELECT count(*) FROM report WHERE sha256 = ?", (digest,)) != [(1,)]:
                return "an acknowledged report is not remembered"
        if any(not content.rstrip().endswith(b"%%EOF") for content in files.values()):
            return "half a report"
        return in_order(vault)

    return judged(look, folder)


# Attaching files


def _file(number: int) -> NewFile:
    """Return a file of more than one piece; the last is one that somebody else has already."""
    content = hashlib.shake_128(f"file {number % (_ATTACHED - 1)}".encode()).digest(1_100_000 + number)
    content = content[:1_100_000]
    digest = hashlib.sha256(content).hexdigest()
    return NewFile(f"scan{number}.pdf", FileKind.PDF, len(content), digest, digest, lambda: iter([content]))


def attach_files(folder: Path, acknowledge: Acknowledge) -> None:
    """Attach files to people, one of them to two, and take one off."""
    with open_again(folder / "clinic") as vault:
        for number in range(_ATTACHED):
            file, _ = attach_file(vault, f"start{number}", _file(number), actor=ACTOR)
            say(vault, acknowledge, f"{number} {file.id}")
        for file in attached_files(vault, "start0"):
            remove_attached(vault, "start0", file.id, "a trial", actor=ACTOR)
        say(vault, acknowledge, "off")


def judge_attached(folder: Path, done: Words) -> Verdict:
    """Each file that was acknowledged is there whole, and what is there is whole; none is named that is not there."""
    told = dict(word.split() for word in done if word != "off")

    def look(vault: Vault) -> str | None:
        for number in range(_ATTACHED):
            person, wanted = f"start{number}", b"".join(_file(number).chunks())
            files = {file.id: file for file in attached_files(vault, person)}
            gone = number == 0 and (len(told) == _ATTACHED or "off" in done)
            if str(number) in told and told[str(number)] not in files and not gone:
                return "an acknowledged file is missing"
            for file_id in files:
                if b"".join(read_attached(vault, person, file_id, Reading.VIEW)) != wanted:
                    return "a file is another"
        sealed = vault.folder / "files"
        whole = {8 + 1_100_000 + 2 * 16}
        if sealed.is_dir() and any(path.stat().st_size not in whole for path in sealed.glob("[0-9a-f]*")):
            return "half a file"
        return in_order(vault)

    return judged(look, folder)


# Backing up, and restoring


def prepare_backed_up(folder: Path) -> None:
    """Put a clinic into the folder, and a stick with a backup of it."""
    prepare(folder)
    with open_again(folder / "clinic") as vault:
        back_up(vault, folder / STICK, "1")


def make_backups(folder: Path, acknowledge: Acknowledge) -> None:
    """Store a file and make a backup, three times."""
    with open_again(folder / "clinic") as vault:
        for number in range(_BACKUPS):
            apply_entries(vault, many(f"file{number}x", _ROWS), actor=ACTOR)
            attach_file(vault, f"start{number}", _file(number), actor=ACTOR)
            made = back_up(vault, folder / STICK, "1")
            say(vault, acknowledge, f"{made.backup.manifest.name} {number}")


def judge_backups(folder: Path, done: Words) -> Verdict:
    """Every backup that is one opens and holds what was stored before it; those acknowledged are there."""
    try:
        every = {each.manifest.name: each for each in backups_in(folder / STICK, "clinic-1")}
        held = {word.split()[0]: int(word.split()[1]) for word in done}
        # Older ones of the same day give way to newer ones, but never the last two; the newest may be whole already
        # when nobody was told of it yet.
        newest = max(every, key=lambda name: every[name].manifest.head.seq, default=None)
        last_two = list(dict.fromkeys([*held, newest]))[-2:]
        if not set(last_two) <= set(every):
            return Verdict("an acknowledged backup, or the one from before, is missing", detected=False)
        for name, backup in every.items():
            with opened_copy(unseal_backup(backup, PASSPHRASE, floor=CHEAP)) as copy:
                people = copy.rows("SELECT count(*) FROM patient WHERE id LIKE 'file%'")[0][0]
                files = sealed_files(copy)
            if missing_beside(backup, files) or (name in held and len(files) < min(held[name], 1) + 1):
                return Verdict("a backup lacks an attached file", detected=False)
            if people % _ROWS or (name in held and people < _ROWS * (held[name] + 1)):
                return Verdict("a backup lacks what was stored before it", detected=False)
    except EngineError as error:
        return Verdict(f"a backup does not open: {error.code}", detected=True)
    return judged(in_order, folder)


def prepare_to_restore(folder: Path) -> None:
    """Put a clinic into the folder, a backup of it, and what was stored since."""
    prepare_backed_up(folder)
    with open_again(folder / "clinic") as vault:
        apply_entries(vault, many("later", _ROWS), actor=ACTOR)


def restore_backup(folder: Path, acknowledge: Acknowledge) -> None:
    """Restore the backup into a new folder."""
    (backup,) = backups_in(folder / STICK, "clinic-1")
    restore(backup.copy, folder / "new", PASSPHRASE, CLOCK, reason="The disk broke", floor=CHEAP)
    acknowledge("restored")


def judge_restored(folder: Path, done: Words) -> Verdict:
    """The new clinic is not there or whole; the one from before and the backup are as they were."""
    before = judge_backups(folder, ())
    if not before.ok or not (done or (folder / "new").exists()):
        return before

    def look(vault: Vault) -> str | None:
        if vault.rows("SELECT count(*) FROM patient WHERE id LIKE 'later%'") != [(0,)]:
            return "the restored clinic holds what came later"
        return in_order(vault)

    return judged(look, folder, name="new")


# Keeping a pack


@cache
def _library() -> PackLibrary:
    """Return the packs that ship, read once for all trials."""
    library = PackLibrary.shipped()
    library.all()
    return library


def _parts(number: int) -> PackParts:
    """Return the parts of a pack of somebody else: every second one is a newer version of the one before."""
    shipped = _library().get("apri")
    manifest = replace(shipped.manifest, id=f"own_{number // 2}", version=f"1.{number}")
    return PackParts(manifest, shipped.read_graph(), shipped.read_card(), shipped.read_case_table().decode())


def keep_packs(folder: Path, acknowledge: Acknowledge) -> None:
    """Keep packs in the clinic, some in place of an earlier version."""
    with open_again(folder / "clinic") as vault:
        clinic = in_vault(vault, CLOCK, Predictors(_library(), load_dictionary()))
        for number in range(_PACKS):
            clinic = keep_pack(clinic, _parts(number), PackOrigin.FOREIGN)
            say(vault, acknowledge, str(number))


def judge_packs(folder: Path, done: Words) -> Verdict:
    """Each pack that the record keeps lies there whole in just that version; what was interrupted can be done again."""
    verdict = judged(lambda vault: _fault_of_packs(vault, len(done)) or in_order(vault), folder)
    if not verdict.ok:
        # What lies there in place of a kept pack is refused and stands in the list of damaged ones.
        return replace(verdict, detected=verdict.detected or str(verdict.fault).startswith("the folder"))
    try:
        keep_packs(folder, lambda word: None)
    except EngineError as error:
        return Verdict(f"cannot be kept again: {error.code}")
    return judged(lambda vault: _fault_of_packs(vault, _PACKS), folder)


def _fault_of_packs(vault: Vault, done: int) -> str | None:
    kept = {pack.ref.id: pack.ref for pack in clinic_packs(vault)}
    # Of each id: the newest version that was acknowledged, and the one that may have come after it.
    for pack_id in {f"own_{number // 2}" for number in range(done)}:
        if pack_id not in kept:
            return "an acknowledged pack is not in the record"
        numbers = [number for number in range(min(done + 1, _PACKS)) if f"own_{number // 2}" == pack_id]
        newest = max(number for number in numbers if number < done)
        if kept[pack_id].version not in {f"1.{number}" for number in numbers if number >= newest}:
            return "an acknowledged pack is an older one"
    own = OwnPacks(packs_folder(vault), {pack.ref.id: pack for pack in clinic_packs(vault)})
    for pack_id, ref in kept.items():
        try:
            found = read_pack(own.place(pack_id)).ref
        except EngineError as error:
            return f"the folder of a kept pack is no pack: {error.code}"
        if found != ref:
            return "the folder of a kept pack holds another"
    return None


OPERATIONS = (
    Operation("attach a file", SYSTEM, prepare, attach_files, judge_attached, repeatable=True, unsound=unsound),
    Operation("keep a pack", SYSTEM, prepare, keep_packs, judge_packs, repeatable=True, unsound=unsound),
    Operation("back up", SYSTEM, prepare_backed_up, make_backups, judge_backups, repeatable=True, unsound=unsound),
    Operation(
        "restore",
        SYSTEM,
        prepare_to_restore,
        restore_backup,
        judge_restored,
        repeatable=True,
        stands="store_not_empty",
        unsound=unsound,
    ),
    Operation("report", SYSTEM, prepare_assessed, report, judge_reports, repeatable=True, unsound=unsound),
)
