"""What a person asked for appears whole or not at all, and takes the place of nothing but a plain file."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from engine.errors import InputError
from engine.workflows.files import check_outside_clinics, make_folder, whole_file


def write(path: Path, content: bytes = b"new") -> None:
    with whole_file(path) as file:
        file.write(content)


def _write_half(path: Path) -> None:
    with whole_file(path) as file:
        file.write(b"half")
        raise KeyboardInterrupt


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        write(path)
    return caught.value.code


def test_a_plain_file_is_made_or_replaced(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    write(path, b"first")
    write(path, b"second")
    assert path.read_bytes() == b"second"
    assert os.listdir(tmp_path) == ["out.csv"]


def test_a_folder_is_not_replaced(tmp_path: Path) -> None:
    assert refused(tmp_path) == "output_not_a_file"
    assert refused(Path()) == "output_not_a_file"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps pipes apart from files")
def test_a_pipe_or_device_is_not_replaced(tmp_path: Path) -> None:
    # A pipe stands for every special file, and lies in a folder of this test: a device of the system is never tried,
    # since a fault here would take it from the whole machine.
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (tmp_path / "link").symlink_to(pipe)
    assert refused(pipe) == "output_not_a_file"
    assert refused(tmp_path / "link") == "output_not_a_file"
    assert pipe.is_fifo()
    assert sorted(os.listdir(tmp_path)) == ["link", "pipe"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights that are rarely given there")
def test_a_link_stays_and_the_file_it_names_is_written(tmp_path: Path) -> None:
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_bytes(b"old")
    link.symlink_to(real)
    write(link)
    assert link.is_symlink()
    assert real.read_bytes() == b"new"


def test_work_that_fails_leaves_the_earlier_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        _write_half(path)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["out.csv"]


def test_a_file_of_someone_else_that_looks_like_a_draft_is_left_alone(tmp_path: Path) -> None:
    other = tmp_path / ".out.csv.part"
    other.write_bytes(b"theirs")
    write(tmp_path / "out.csv")
    assert other.read_bytes() == b"theirs"


@pytest.mark.parametrize("place", ["missing/out.csv", "file/out.csv", "x" * 300])
def test_a_place_that_cannot_be_written_is_said(place: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert refused(tmp_path / place) == "output_unwritable"
    assert os.listdir(tmp_path) == ["file"]


def test_a_folder_below_a_file_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError) as caught:
        make_folder(tmp_path / "file" / "sub")
    assert caught.value.code == "output_unwritable"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows gives files the rights of their folder")
def test_only_the_owner_may_read_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    write(path)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("marker", ["clinic.lantern", "clinic-copy.lantern"])
def test_nothing_is_written_into_the_folder_of_a_clinic(tmp_path: Path, marker: str) -> None:
    clinic = tmp_path / "clinic"
    (clinic / "erasures").mkdir(parents=True)
    (clinic / marker).write_bytes(b"")
    for place in (clinic / "out.csv", clinic / "erasures" / "out.csv", clinic / "erasures" / ".." / "out.csv"):
        assert refused(place) == "output_in_clinic"
    for folder in (clinic, clinic / "reports", clinic / "new" / "deep"):
        with pytest.raises(InputError, match="output_in_clinic"):
            make_folder(folder)
        with pytest.raises(InputError, match="output_in_clinic"):
            check_outside_clinics(folder)
    assert sorted(os.listdir(clinic)) == [marker, "erasures"]
    write(tmp_path / "clinic.csv")  # beside it is no part of it
    make_folder(clinic / "erasures", in_clinic=True)
    with whole_file(clinic / "erasures" / "proof.json", in_clinic=True) as file:
        file.write(b"new")
    assert os.listdir(clinic / "erasures") == ["proof.json"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights that are rarely given there")
def test_a_link_into_the_folder_of_a_clinic_is_no_way_in(tmp_path: Path) -> None:
    (tmp_path / "clinic").mkdir()
    (tmp_path / "clinic" / "clinic.lantern").write_bytes(b"")
    (tmp_path / "desktop").symlink_to(tmp_path / "clinic")
    assert refused(tmp_path / "desktop" / "out.csv") == "output_in_clinic"
