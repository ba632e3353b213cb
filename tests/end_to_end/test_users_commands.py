"""The commands about who may use a clinic, as typed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.wording import load_wording
from tests.end_to_end.command import HEADER, PASSPHRASE, PEOPLE, SECRETS, Ended, check_refused, lantern

ROLES = ("administrator", "clinician", "front_desk", "auditor")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    (tmp_path / "ada.txt").write_text(PASSPHRASE)
    folder = tmp_path / "clinic"
    made = lantern(
        "create", "--store", folder, "--passphrase-file", tmp_path / "ada.txt", "--name", "Maple", "--country", "GBR",
        "--recovery-out", tmp_path / "sheet.txt", "--json",
    )  # fmt: skip
    assert made.code == 0, made.err
    return folder


@pytest.fixture
def ask(store: Path) -> Callable[..., Ended]:
    """Runs a command on the clinic as somebody, whose passphrase stands in a file of that name."""

    def run(*words: object, by: str = "ada", **options: str) -> Ended:
        named = [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", value)]
        return lantern(*words, "--store", store, "--passphrase-file", store.parent / f"{by}.txt", *named)

    return run


def one_time(ended: Ended, store: Path, name: str) -> None:
    assert ended.code == 0, ended.err
    (store.parent / f"{name}.txt").write_text(ended.json["one_time_passphrase"])


def test_somebody_comes_works_and_leaves(store: Path, ask: Callable[..., Ended]) -> None:
    (listed,) = ask("users", "list", "--json").json
    assert (listed["name"], listed["roles"], listed["change_first"]) == ("", list(ROLES), False)
    owner = listed["id"]
    assert ask("users", "rename", owner, "--name", "Ada Okafor").out == (
        "Ada Okafor: Administrator, Clinician, Front desk, Auditor\n"
    )

    made = ask("users", "add", "Ben Li", "--role", "clinician", "--role", "front_desk", "--json", user="Ada Okafor")
    one_time(made, store, "ben")
    assert made.json["roles"] == ["clinician", "front_desk"]
    assert ask("users", "list", user="Ada Okafor").out.splitlines()[1] == (
        "Ben Li: Clinician, Front desk. Has not chosen a passphrase yet."
    )
    unsaid = ask("patients")
    assert (unsaid.code, "--user" in unsaid.err) == (2, True)

    first = ask("patients", by="ben", user="Ben Li")
    assert (first.code, first.out) == (7, "")
    assert "Change it first" in first.err
    missing = ask("users", "password", by="ben", user="Ben Li")
    assert (missing.code, "--new-passphrase-file" in missing.err) == (2, True)
    (store.parent / "own.txt").write_text("a staple of his own")
    changed = ask("users", "password", "--json", by="ben", user="Ben Li", new_passphrase_file=store.parent / "own.txt")
    assert (changed.code, changed.json["changed"]) == (0, True)
    assert ask("patients", by="ben", user="Ben Li").code == 4
    assert ask("patients", by="own", user="ben li").json == []

    denied = ask("users", "remove", "Ada Okafor", by="own", user="Ben Li")
    assert (denied.code, denied.out) == (7, "")
    assert "role" in denied.err
    role = ask("users", "role", "Ben Li", "--role", "auditor", "--json", user="Ada Okafor")
    assert role.json["roles"] == ["auditor"]
    assert ask("patients", by="own", user="Ben Li").code == 7

    again = ask("users", "password", "Ben Li", "--json", user="Ada Okafor")
    one_time(again, store, "ben")
    assert ask("users", "list", by="ben", user="Ben Li").code == 0
    assert ask("patients", by="own", user="Ben Li").code == 4

    unsaid = ask("users", "remove", "Ben Li", "--rotate", user="Ada Okafor")
    assert (unsaid.code, "reason" in unsaid.err) == (2, True)
    removed = ask("users", "remove", "Ben Li", "--rotate", "--reason", "He left", user="Ada Okafor")
    assert removed.code == 0, removed.err
    assert "copies and backups from before" in removed.out
    assert ask("users", "list", "--json").json == [
        {"id": owner, "name": "Ada Okafor", "roles": list(ROLES), "change_first": False}
    ]
    assert ask("patients", by="ben", user="Ben Li").code == 4
    assert ask("patients").json == []


def test_removal_without_a_new_key_says_what_still_opens(store: Path, ask: Callable[..., Ended]) -> None:
    owner = ask("users", "list", "--json").json[0]["id"]  # an owner without a name is called by this
    one_time(ask("users", "add", "Ben", "--role", "clinician", "--json"), store, "ben")
    removed = ask("users", "remove", "Ben", "--json", user=owner)
    assert removed.json["key_rotated"] is False
    assert "--rotate" in removed.json["remark"]


def test_a_passphrase_that_stood_in_a_file_is_not_shown(store: Path, ask: Callable[..., Ended]) -> None:
    chosen = store.parent / "ben.txt"
    chosen.write_text("a word to begin with")
    owner = ask("users", "list", "--json").json[0]["id"]
    added = ask("users", "add", "Ben", "--role", "clinician", new_passphrase_file=str(chosen))
    assert added.code == 0, added.err
    assert "a word to begin with" not in added.out
    assert "Ben" in added.out
    again = ask("users", "password", "Ben", "--json", user=owner, new_passphrase_file=str(chosen))
    assert (again.code, again.json["one_time_passphrase"]) == (0, None)
    assert ask("users", "list", by="ben", user="Ben").code == 0
    drawn = ask("users", "password", "Ben", user=owner)
    one_time = drawn.out.splitlines()[1]
    (store.parent / "drawn.txt").write_text(one_time)
    assert ask("users", "list", by="drawn", user="Ben").code == 0


@pytest.mark.parametrize(
    "words", [("remove", "Max"), ("role", "Max", "--role", "auditor"), ("password", "Max")], ids=lambda words: words[0]
)
def test_access_of_an_administrator_is_not_taken_by_one_alone(
    store: Path, ask: Callable[..., Ended], words: tuple[str, ...]
) -> None:
    owner = ask("users", "list", "--json").json[0]["id"]
    ask("users", "rename", owner, "--name", "Ada")
    for name in ("Max", "Eve"):
        one_time(ask("users", "add", name, "--role", "administrator", "--json", user="Ada"), store, "once")
        (store.parent / f"{name}.txt").write_text(f"the passphrase of {name}")
        changed = ask("users", "password", by="once", user=name, new_passphrase_file=store.parent / f"{name}.txt")
        assert changed.code == 0, changed.err
    check_refused(ask("users", *words, user="Ada", reason="Because"), 7, "cli.error.access_second_administrator")
    check_refused(ask("users", *words, user="Ada", second="Eve"), 2, "error.second_half_named")
    agreed = ask("users", *words, user="Ada", second="Eve", second_passphrase_file=store.parent / "Eve.txt")
    assert agreed.code == 0, agreed.err
    assert ask("review", "--json", user="Ada").json == []


def test_of_two_administrators_one_removes_the_other_with_a_reason_that_somebody_looks_at(
    store: Path, ask: Callable[..., Ended]
) -> None:
    owner = ask("users", "list", "--json").json[0]["id"]
    ask("users", "rename", owner, "--name", "Ada")
    for name, role in (("Max", "administrator"), ("Dee", "auditor")):
        one_time(ask("users", "add", name, "--role", role, "--json", user="Ada"), store, "once")
        (store.parent / f"{name}.txt").write_text(f"the passphrase of {name}")
        ask("users", "password", by="once", user=name, new_passphrase_file=store.parent / f"{name}.txt")
    assert ask("users", "remove", "Max", user="Ada", reason="He left the country").code == 0
    listed = ask("review", user="Ada").out
    assert all(word in listed for word in ("Ada", "Max", "He left the country"))
    (item,) = ask("review", "--json", by="Dee", user="Dee").json
    own = ask("review", item["id"], user="Ada", reason="It was right")
    check_refused(own, 7, "error.access_review_own")
    check_refused(ask("review", item["id"], by="Dee", user="Dee"), 2, "error.reason_needed")
    closed = ask("review", item["id"], by="Dee", user="Dee", reason="I called him; it is so")
    assert (closed.code, len(closed.out.splitlines())) == (0, 2)
    assert ask("review", "--json", by="Dee", user="Dee").json == []


def test_a_missing_reason_is_told_and_stands_in_the_log_and_in_the_review(
    store: Path, ask: Callable[..., Ended]
) -> None:
    owner = ask("users", "list", "--json").json[0]["id"]
    ask("users", "rename", owner, "--name", "Ada")
    one_time(ask("users", "add", "Max", "--role", "administrator", "--json", user="Ada"), store, "once")
    removed = ask("users", "remove", "Max", user="Ada")
    assert (removed.code, "--reason" in removed.err) == (0, True)
    (item,) = ask("review", "--json", user="Ada").json
    assert load_wording("en").say("cli.no_reason") in str(item)
    assert [each["name"] for each in ask("users", "list", "--json").json] == ["Ada"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_log_says_whom_and_what_and_no_codes(
    store: Path, ask: Callable[..., Ended], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = ask("users", "list", "--json").json[0]["id"]
    ask("users", "rename", owner, "--name", "Ada Okafor")
    for name, role in (("Max Ito", "administrator"), ("Dee Brand", "auditor")):
        one_time(ask("users", "add", name, "--role", role, "--json", user="Ada Okafor"), store, "once")
        (store.parent / f"{name}.txt").write_text(f"the passphrase of {name}")
        ask("users", "password", by="once", user=name, new_passphrase_file=store.parent / f"{name}.txt")
    rows = store.parent / "March.csv"
    rows.write_text(HEADER + PEOPLE)
    assert ask("import", rows, user="Ada Okafor").code == 0
    ask("users", "role", "Max Ito", "--role", "clinician", user="Ada Okafor", reason="Sees patients now")
    for _ in range(2):
        assert ask("patients", by="once", user="Max Ito").code == 4
    assert ask("consent", "--patient", "Q001", "--give", "care", user="Ada Okafor").code == 0
    monkeypatch.setenv("LANTERN_LANGUAGE", language)
    entries = ask("audit", "--json", user="Ada Okafor").json["entries"]
    about = {entry["action"]: entry["about"] for entry in entries}
    told = {"en": ("Administrator", "Clinician"), "zh": ("管理员", "临床人员")}[language]
    assert "March.csv" in about["entry.import"]
    assert all(word in about["user.roles"] for word in ("Max Ito", *told, "Sees patients now"))
    assert about["user.roles"].index(told[0]) < about["user.roles"].index(told[1])  # before, then after
    assert all(word in about["unlock.failed_tries"] for word in ("Max Ito", "2"))
    assert about["consent.record"].startswith("Q001 Zebulon Quillfeather")
    table = ask("audit", user="Ada Okafor").out
    assert not re.search(r"[0-9a-f]{16}", table), "an id that says nothing to a person"
    assert "clinician+" not in table
    by_dee = ask("audit", by="Dee Brand", user="Dee Brand")
    assert all(word in by_dee.out for word in ("Ada Okafor", "Max Ito"))
    assert not SECRETS.search(by_dee.out), "an auditor hears of no patient"
    assert "March.csv" not in by_dee.out
    assert "Q001" in ask("audit", "--patient", "Q001", by="Dee Brand", user="Dee Brand").out  # as they typed it
    words = ("--reason", "Asked in writing", "--retention-basis", "mistake")
    assert ask("erase-patient", "--patient", "Q001", *words, user="Ada Okafor").code == 0
    after = ask("audit", "--json", user="Ada Okafor")
    assert not re.search("Quillfeather|Zebulon|Q001", after.out)
    assert len(after.json["entries"]) > len(entries)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("remove", "Nobody"), 2),
        (("role", "Nobody", "--role", "auditor"), 2),
        (("add", "Eve", "--role", "king"), 2),
        (("add", "Eve"), 2),
        (("add", " ", "--role", "auditor"), 2),
        (("rename",), 2),
        ((), 2),
    ],
)
def test_what_cannot_be_done_is_told_in_one_sentence(
    ask: Callable[..., Ended], words: tuple[str, ...], code: int
) -> None:
    ended = ask("users", *words)
    assert (ended.code, ended.out) == (code, "")
    assert len(ended.err.splitlines()) == 1
