"""What the system knows of the disk under a folder: Linux from its table of mounts, Windows and macOS by calls."""

from __future__ import annotations

import ctypes
import os
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

_OCTAL = re.compile(r"\\([0-7]{3})")
_WINDOWS_REMOVABLE, _WINDOWS_REMOTE, _WINDOWS_CD = 2, 4, 5
_MAC_LOCAL = 0x00001000  # MNT_LOCAL of sys/mount.h
_MAC_STATFS_BYTES = 2168  # struct statfs with 64-bit inodes
_MAC_FLAGS_AT, _MAC_TYPE_AT, _MAC_MOUNT_AT, _MAC_TYPE_BYTES, _MAC_PATH_BYTES = 64, 72, 88, 16, 1024


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a disk; empty where it is not.

    ``is_local_device``: a Windows path that begins like a share but names a disk of this computer.
    """

    file_system: str = ""
    mount_point: str = ""
    source: str = ""
    is_network: bool = False
    is_removable: bool = False
    is_local_device: bool = False


def system_facts(folder: Path) -> Facts:
    """Return the facts of the disk under a folder, which need not be there yet. Never raises for what is not known."""
    try:
        here = next((place for place in (folder, *folder.parents) if place.exists()), folder)
        if sys.platform == "win32":
            return _windows_facts(here)
        if sys.platform == "darwin":
            return _mac_facts(here)
        return _linux_facts(here)
    except (OSError, ValueError):
        return Facts()


# Linux


def mount_of(folder: PurePosixPath, mountinfo: Iterable[str]) -> Facts:
    """Return the mount that a folder lies on, from the lines of ``/proc/self/mountinfo`` (see proc(5))."""
    found = Facts()
    for line in mountinfo:
        head, dash, tail = line.rstrip("\n").partition(" - ")
        left, right = head.split(" "), tail.split(" ")
        if not dash or len(left) < 5 or len(right) < 2:
            continue
        point = PurePosixPath(_unescaped(left[4]))
        # A later line hides an earlier one of the same place.
        if (point == folder or point in folder.parents) and len(str(point)) >= len(found.mount_point):
            found = Facts(file_system=right[0], mount_point=str(point), source=_unescaped(right[1]))
    return found


def _unescaped(text: str) -> str:
    return _OCTAL.sub(lambda match: chr(int(match.group(1), 8)), text)


def _linux_facts(folder: Path) -> Facts:
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as lines:
        facts = mount_of(PurePosixPath(folder), lines)
    disks, system = disks_of(folder.stat().st_dev), disks_of(Path("/").stat().st_dev)
    # A computer that was started from a stick or a memory card has no better place.
    removable = any(is_removable_disk(disk) for disk in disks) and not disks & system
    return Facts(facts.file_system, facts.mount_point, facts.source, is_removable=removable)


def disks_of(device: int, blocks: Path = Path("/sys/dev/block")) -> set[Path]:
    """Return the whole disks below a device number: none for memory, shares and the layers of a container."""
    found = set()
    waiting = [blocks / f"{os.major(device)}:{os.minor(device)}"]
    while waiting:
        block = waiting.pop()
        if not block.exists():
            continue
        whole = block.resolve()
        whole = whole.parent if (whole / "partition").exists() else whole
        below = list((whole / "slaves").glob("*"))  # of an encrypted or joined volume
        waiting += below
        if not below:
            found.add(whole)
    return found


def is_removable_disk(disk: Path) -> bool:
    """Whether a disk (its folder in sysfs) says that it can be taken out, or hangs on USB."""
    flag = disk / "removable"
    if flag.is_file() and flag.read_text().strip() == "1":
        return True
    return any(re.fullmatch(r"usb\d+", part) for part in disk.parts)


# Windows


def windows_facts_of(kind: int, root: str, file_system: str = "") -> Facts:
    """Return the facts of a drive of the given type (``GetDriveTypeW``): 2 removable, 3 fixed, 4 remote, 5 disc."""
    return Facts(
        file_system=file_system,
        mount_point=root,
        is_network=kind == _WINDOWS_REMOTE,
        is_removable=kind in (_WINDOWS_REMOVABLE, _WINDOWS_CD),
        is_local_device=root.startswith("\\\\?\\") and not root.upper().startswith("\\\\?\\UNC\\"),
    )


def _windows_facts(folder: Path) -> Facts:
    system = getattr(ctypes, "windll").kernel32  # noqa: B009 - other systems have no such attribute
    room = ctypes.create_unicode_buffer(1024)
    if not system.GetVolumePathNameW(str(folder), room, 1024):
        return Facts()
    return windows_facts_of(int(system.GetDriveTypeW(room.value)), room.value)


# macOS


def mac_facts_of(statfs: bytes, is_removable: bool) -> Facts:
    """Return the facts of a ``struct statfs`` of macOS (64-bit inodes) as its bytes."""
    flags = int.from_bytes(statfs[_MAC_FLAGS_AT : _MAC_FLAGS_AT + 4], sys.byteorder)
    kind = statfs[_MAC_TYPE_AT : _MAC_TYPE_AT + _MAC_TYPE_BYTES].split(b"\0")[0].decode("ascii", "replace")
    mount = statfs[_MAC_MOUNT_AT : _MAC_MOUNT_AT + _MAC_PATH_BYTES].split(b"\0")[0].decode("utf-8", "replace")
    return Facts(kind, mount, is_network=not flags & _MAC_LOCAL, is_removable=is_removable)


def mac_is_removable(mount_point: str, file_system: str) -> bool:
    """Whether a disk of macOS is one that is plugged in: it is mounted below /Volumes in a format of sticks."""
    return mount_point.startswith("/Volumes/") and file_system in ("msdos", "exfat", "ntfs")


def _mac_facts(folder: Path) -> Facts:
    room = ctypes.create_string_buffer(_MAC_STATFS_BYTES)
    library = ctypes.CDLL(None, use_errno=True)
    statfs = getattr(library, "statfs$INODE64", None) or library.statfs
    if statfs(os.fsencode(folder), room):
        return Facts()
    facts = mac_facts_of(room.raw, is_removable=False)
    return mac_facts_of(room.raw, mac_is_removable(facts.mount_point, facts.file_system))
