"""Files of people: sealed once, bound to the audit, gone with their person, found when lost, cut or altered."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.attached import FileKind, LeftOut, NewFile
from engine.domain.entries import IdentifiedEntries
from engine.errors import AccessError, InputError, StoreError, UsageError
from engine.store import (
    Reading,
    Role,
    User,
    Vault,
    attach_file,
    attached_files,
    merge_people,
    read_attached,
    remove_attached,
    unmerge_people,
)
from engine.store.audit.chain import Flaw
from engine.store.audit_log import verify_store
from engine.store.erasure.erase import Order, erase_person
from engine.store.key_turning import turn_key
from engine.store.sealed_files import FileKey, open_file, seal_file
from tests.engine.store.conftest import CHEAP, PASSPHRASE
from tests.engine.store.entering import ANN, PLAIN, new_file, store

Sheet = Callable[..., IdentifiedEntries]
BEN = {**ANN, "person": "ben", "patient_id": "P2", "name": "Ben Okri"}
MEGABYTE = 1 << 20
ORDER = Order(reason="Asked for it in writing", retention="none")


@pytest.fixture
def people(vault: Vault, sheet: Sheet) -> Vault:
    store(vault, sheet, [ANN, BEN])
    return vault


def attach(vault: Vault, file: NewFile, person: str = "ann") -> str:
    return attach_file(vault, person, file, actor="user-1")[0].id


def content_of(vault: Vault, file_id: str, person: str = "ann") -> bytes:
    return b"".join(read_attached(vault, person, file_id, Reading.VIEW))


def lying(vault: Vault) -> list[Path]:
    return sorted((vault.folder / "files").iterdir())


def test_a_file_is_kept_and_comes_back_as_it_was(people: Vault) -> None:
    kept, new = attach_file(
        people,
        "ann",
        new_file(day=date(2024, 3, 1), facts={"pages": 2}, left_out=(LeftOut.CAMERA, LeftOut.PLACE)),
        actor="user-1",
    )
    assert new
    assert (kept.name, kept.kind, kept.size, kept.day) == ("scan.pdf", FileKind.PDF, len(PLAIN), date(2024, 3, 1))
    assert (dict(kept.facts), kept.left_out) == ({"pages": 2}, (LeftOut.CAMERA, LeftOut.PLACE))
    assert kept.added_by == "Ada Okafor"
    assert attached_files(people, "ann") == (kept,)
    assert content_of(people, kept.id) == PLAIN
    assert attached_files(people, "ben") == ()


def test_a_file_without_a_day_has_the_day_it_was_attached(people: Vault) -> None:
    attach(people, new_file())
    assert attached_files(people, "ann")[0].day == people.clock.today()


def test_nothing_of_it_lies_readable_on_the_disk(people: Vault) -> None:
    attach(people, new_file(name="canary-name.pdf"))
    (sealed,) = lying(people)
    held = sealed.read_bytes()
    assert b"canary" not in held
    digest = hashlib.sha256(PLAIN).hexdigest()
    assert digest not in sealed.name
    assert bytes.fromhex(digest) not in held


def test_the_same_file_twice_is_kept_once_and_for_two_people_lies_once(people: Vault) -> None:
    first = attach(people, new_file())
    kept, new = attach_file(people, "ann", new_file(name="again.pdf"), actor="user-1")
    assert (kept.id, new) == (first, False)
    other = attach(people, new_file(), "ben")
    assert len(lying(people)) == 1
    assert content_of(people, other, "ben") == PLAIN
    with pytest.raises(UsageError, match="attached_unknown"):
        content_of(people, other, "ann")


def test_each_step_is_in_the_audit_without_a_word_of_the_file(people: Vault) -> None:
    file_id = attach(people, new_file(name="canary-name.pdf"))
    content_of(people, file_id)
    assert b"".join(read_attached(people, "ann", file_id, Reading.EXPORT)) == PLAIN
    remove_attached(people, "ann", file_id, "wrong canary person", actor="user-1")
    rows = people.ledger.database.rows("SELECT action, subjects, detail FROM audit WHERE action GLOB 'file.*'")
    assert [row[0] for row in rows] == ["file.attach", "file.view", "file.export", "file.remove"]
    assert all(file_id in detail and "ann" in subjects and "canary" not in detail for _, subjects, detail in rows)


def test_a_file_that_was_taken_off_is_shown_no_more_and_can_come_again(people: Vault) -> None:
    file_id = attach(people, new_file())
    with pytest.raises(UsageError, match="reason_needed"):
        remove_attached(people, "ann", file_id, "  ", actor="user-1")
    remove_attached(people, "ann", file_id, "belongs to somebody else", actor="user-1")
    assert attached_files(people, "ann") == ()
    with pytest.raises(UsageError, match="attached_unknown"):
        content_of(people, file_id)
    assert attach(people, new_file()) != file_id
    assert len(lying(people)) == 1


def test_who_may_not_see_records_sees_no_file(people: Vault) -> None:
    file_id = attach(people, new_file())
    people.user = User("user-1", "Ada Okafor", frozenset({Role.FRONT_DESK}))
    for refused in (
        lambda: attached_files(people, "ann"),
        lambda: content_of(people, file_id),
        lambda: attach(people, new_file(b"other")),
        lambda: remove_attached(people, "ann", file_id, "why", actor="user-1"),
    ):
        with pytest.raises(AccessError):
            refused()
    people.user = User("user-1", "Ada Okafor", frozenset(Role))


def test_a_file_goes_with_a_merged_record_and_comes_back_with_it(people: Vault) -> None:
    file_id = attach(people, new_file(), "ben")
    merge = merge_people(people, "ann", "ben", "user-1")
    assert [file.id for file in attached_files(people, "ann")] == [file_id]
    assert content_of(people, file_id, "ann") == PLAIN
    unmerge_people(people, merge, "user-1")
    assert attached_files(people, "ann") == ()


def test_an_erased_person_takes_their_files_along_but_not_those_of_others(people: Vault) -> None:
    attach(people, new_file(b"only Ann's"))
    attach(people, new_file(b"of both"))
    kept = attach(people, new_file(b"of both"), "ben")
    remove_attached(people, "ann", attach(people, new_file(b"taken off")), "wrong person", actor="user-1")
    assert len(lying(people)) == 3
    done = erase_person(people, "ann", ORDER, PASSPHRASE, floor=CHEAP)
    assert done.finished
    assert done.counts["attached"] == 3
    assert len(lying(people)) == 1
    assert content_of(people, kept, "ben") == b"of both"
    assert people.ledger.database.rows("SELECT count(*) FROM blob") == [(1,)]


def test_what_no_row_names_goes_with_the_next_erasure(people: Vault) -> None:
    attach(people, new_file(), "ben")
    (people.folder / "files" / ("0" * 64)).write_bytes(b"cut off before its row was written")
    (people.folder / "files" / ".half.part").write_bytes(b"half")
    erase_person(people, "ann", ORDER, PASSPHRASE, floor=CHEAP)
    assert len(lying(people)) == 1


def _lost(path: Path) -> None:
    path.unlink()


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _flipped(path: Path) -> None:
    held = bytearray(path.read_bytes())
    held[len(held) // 2] ^= 1
    path.write_bytes(bytes(held))


def _longer(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


@pytest.mark.untied
@pytest.mark.parametrize(
    ("harm", "flaw", "code"),
    [
        (_lost, Flaw.ATTACHED_MISSING, "attached_missing"),
        (_cut, Flaw.ATTACHED_ALTERED, "attached_damaged"),
        (_flipped, Flaw.ATTACHED_ALTERED, "attached_damaged"),
        (_longer, Flaw.ATTACHED_ALTERED, "attached_damaged"),
    ],
)
def test_a_lost_cut_or_altered_file_is_found_told_and_made_good_by_attaching_it_again(
    people: Vault, harm: Callable[[Path], None], flaw: Flaw, code: str
) -> None:
    file_id = attach(people, new_file())
    (sealed,) = lying(people)
    before = sealed.read_bytes()
    harm(sealed)
    found = verify_store(people)
    assert [(finding.flaw, finding.person) for finding in found.findings] == [(flaw, "ann")]
    assert not found.sound
    with pytest.raises(StoreError, match=code):
        content_of(people, file_id)
    assert attach(people, new_file()) == file_id
    assert sealed.read_bytes() == before
    assert verify_store(people).sound


def test_after_the_data_key_is_turned_new_files_have_another_key_and_old_ones_still_open(people: Vault) -> None:
    before = attach(people, new_file(b"before"))
    turn_key(people, PASSPHRASE, {"one_signature": 1, "reason": "somebody left"}, floor=CHEAP)
    after = attach(people, new_file(b"after"))
    again = attach(people, new_file(b"before"), "ben")
    assert content_of(people, before) == b"before"
    assert content_of(people, after) == b"after"
    assert content_of(people, again, "ben") == b"before"
    with people.granting():
        assert people.rows("SELECT secret, count(*) FROM blob GROUP BY secret") == [(1, 1), (2, 1)]
    assert len(lying(people)) == 2


def test_a_file_that_is_written_to_meanwhile_is_refused_and_leaves_nothing(people: Vault) -> None:
    other = hashlib.sha256(b"what it was").hexdigest()
    changing = NewFile("scan.pdf", FileKind.PDF, 11, other, other, lambda: iter([b"what it is now"]))
    with pytest.raises(InputError, match="file_changed"):
        attach(people, changing)
    assert lying(people) == []
    assert attached_files(people, "ann") == ()


def test_another_clinic_gives_the_same_content_another_name() -> None:
    digest = hashlib.sha256(PLAIN).hexdigest()
    assert FileKey.of(b"1" * 32, digest).name != FileKey.of(b"2" * 32, digest).name


@settings(max_examples=12, deadline=None)
@given(
    st.integers(-2, 2).map(lambda step: MEGABYTE + step) | st.integers(1, 3 * MEGABYTE) | st.just(2 * MEGABYTE),
    st.integers(50_000, 2 * MEGABYTE),
)
def test_any_content_in_any_pieces_is_sealed_alike_and_opens(
    tmp_path_factory: pytest.TempPathFactory, size: int, step: int
) -> None:
    folder = tmp_path_factory.mktemp("sealed")
    content = hashlib.shake_128(str(size).encode()).digest(size)
    digest = hashlib.sha256(content).hexdigest()
    key = FileKey.of(b"k" * 32, digest)
    pieces = (content[start : start + step] for start in range(0, size, step))
    sealed = seal_file(folder, key, pieces, digest, lambda count: b"r" * count)
    assert b"".join(open_file(folder, key, digest)) == content
    assert sealed == seal_file(folder, key, [content], digest, lambda count: b"s" * count)
    assert (folder / key.name).stat().st_size == sealed.size


def test_pieces_cannot_be_left_out_or_moved(tmp_path: Path) -> None:
    content = bytes(range(256)) * (3 * MEGABYTE // 256)
    digest = hashlib.sha256(content).hexdigest()
    key = FileKey.of(b"k" * 32, digest)
    seal_file(tmp_path, key, [content], digest, lambda count: b"r" * count)
    held = (tmp_path / key.name).read_bytes()
    head, wide = held[:8], MEGABYTE + 16
    pieces = [held[8 + wide * n : 8 + wide * (n + 1)] for n in range(3)]
    for order in ([0, 1], [1, 0, 2], [0, 2], [2], [0, 0, 1, 2]):
        (tmp_path / key.name).write_bytes(head + b"".join(pieces[n] for n in order))
        with pytest.raises(StoreError, match="attached_damaged"):
            list(open_file(tmp_path, key, digest))
