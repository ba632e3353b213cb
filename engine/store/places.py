"""Where a clinic must not live: on network shares, in synchronised folders, on sticks, in unpacked archives.

A write-ahead log needs one computer and a disk that keeps what it was told to keep. A share gives neither, a program
that synchronises copies the database while it is written or puts back an older one, and a stick is pulled out. A copy
in the folder of an archive that somebody only looks into vanishes with it. All of them are good places for backups.

What a place is, is found out in two steps: facts from the system, different on each, and rules on the facts, which are
plain functions. Where the system tells nothing, nothing is refused.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

from engine.errors import StoreError
from engine.store.place_facts import Facts, system_facts

# Types of file systems, as Linux and macOS name them, whose bytes lie on another computer or at a provider.
_NETWORK_TYPES = frozenset(
    (
        *("nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afpfs", "webdav", "davfs", "davfs2", "ncpfs", "afs"),
        *("coda", "ceph", "glusterfs", "lustre", "ocfs2", "gfs2", "beegfs", "vboxsf", "vmhgfs", "prl_fs", "acfs"),
        *("fuse.sshfs", "fuse.rclone", "fuse.davfs", "fuse.davfs2", "fuse.smbnetfs", "fuse.curlftpfs", "fuse.s3fs"),
        *("fuse.gvfsd-fuse", "fuse.kio-fuse", "fuse.glusterfs", "fuse.ceph", "fuse.google-drive-ocamlfuse"),
        *("fuse.onedriver", "fuse.nextcloud", "fuse.vmhgfs-fuse", "osxfuse_sshfs", "macfuse_sshfs"),
    )
)
# A sandbox shows the disk of its own computer as 9p, which is fine; Linux on Windows shows Windows drives so, where
# locks do not hold. They are told apart by what is mounted.
_WINDOWS_DRIVE = re.compile(r"drvfs|[A-Za-z]:\\?.*")
_ARCHIVE_TYPES = frozenset(("fuse.archivemount", "fuse.fuse-zip", "fuse.mount-zip", "fuse.ratarmount", "squashfs"))
_STICK_TYPES = frozenset(("vfat", "exfat", "msdos", "fuse.exfat"))
_STICK_MOUNTS = (PurePosixPath("/media"), PurePosixPath("/run/media"))


@dataclass(frozen=True, slots=True)
class Syncer:
    """A program that synchronises folders: names of its folders, what it leaves in them, variables that name them."""

    name: str
    folders: re.Pattern[str]
    markers: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()


SYNCERS = (
    Syncer(
        "OneDrive",
        re.compile(r"onedrive( - .+)?|skydrive", re.IGNORECASE),
        (".849c9593-d756-4e56-8d6e-42412f2a707b",),
        ("OneDrive", "OneDriveCommercial", "OneDriveConsumer"),
    ),
    Syncer("Dropbox", re.compile(r"dropbox( \(.+\))?", re.IGNORECASE), (".dropbox", ".dropbox.cache")),
    Syncer(
        "Google Drive",
        re.compile(r"google ?drive( \(.+\))?|my drive|googledrive-.+|google drive.*", re.IGNORECASE),
        (".tmp.driveupload", ".tmp.drivedownload", ".shortcut-targets-by-id"),
    ),
    Syncer("iCloud", re.compile(r"mobile documents|icloud ?drive|com~apple~clouddocs", re.IGNORECASE)),
    Syncer("Nextcloud", re.compile(r"nextcloud|owncloud", re.IGNORECASE), (".nextcloudsync.log", ".owncloudsync.log")),
    Syncer("Syncthing", re.compile(r"syncthing", re.IGNORECASE), (".stfolder", ".stignore")),
    Syncer("Seafile", re.compile(r"seafile|seadrive", re.IGNORECASE), (".seafile-data",)),
    Syncer("Resilio Sync", re.compile(r"resilio ?sync|btsync", re.IGNORECASE)),
    Syncer("坚果云", re.compile(r"坚果云|我的坚果云|nutstore", re.IGNORECASE), (".nutstore",)),
    Syncer("百度网盘", re.compile(r"baidunetdisk|baidusyncdisk|百度(网盘|云)(同步(空间|盘))?", re.IGNORECASE)),
    Syncer("CloudStorage", re.compile(r"cloudstorage", re.IGNORECASE)),
)
# Folders into which an archive program unpacks what somebody double-clicked, below the folder for temporary files.
_UNPACKED = re.compile(
    r"temp\d+_.+\.zip|7z[OE][0-9A-F]{6,8}|rar\$[a-z]{2}[\w.]*|.+\.(zip|7z|rar|tar|tgz|gz)|wz[0-9a-f]{4}|fr-\w{6}"
    r"|\.?ark-\w{6}|peazip-tmp.*|bnz\.\w+|~?xarchiver.*|file-roller.*|bandizip.*|360zip.*",
    re.IGNORECASE,
)
_ARCHIVE_NAME = re.compile(r".+\.(zip|7z|rar|tar|tgz|tar\.gz|tar\.xz)", re.IGNORECASE)


def check_place(folder: Path) -> None:
    """Refuse a place where a clinic would be lost or damaged sooner or later.

    Raises:
        StoreError: ``place_network``, ``place_removable``, ``place_synced`` (with ``program``), ``place_archive``.
    """
    try:
        whole = folder.absolute().resolve()
        refusal = refusal_of(whole, system_facts(whole)) or _synced(whole) or _unpacked(whole)
    except (OSError, ValueError):
        return  # too long, or closed to this user: what is wrong with it is told when it is used
    if refusal is not None:
        raise refusal


def refusal_of(folder: PurePath, facts: Facts) -> StoreError | None:
    """Return why a place with these facts is refused; None where it is good or nobody knows."""
    if isinstance(folder, PureWindowsPath) and str(folder).startswith("\\\\") and not facts.is_local_device:
        return StoreError("place_network")
    kind = facts.file_system.lower()
    if facts.is_network or kind in _NETWORK_TYPES or (kind == "9p" and _WINDOWS_DRIVE.fullmatch(facts.source)):
        return StoreError("place_network")
    if kind in _ARCHIVE_TYPES:
        return StoreError("place_archive")
    on_stick_mount = any(mount in PurePosixPath(facts.mount_point).parents for mount in _STICK_MOUNTS)
    if facts.is_removable or (on_stick_mount and kind in _STICK_TYPES):
        return StoreError("place_removable")
    return None


def synced_by(
    folder: PurePath, environment: Mapping[str, str], names_in: Callable[[PurePath], Iterable[str]]
) -> str | None:
    """Return the program that synchronises a folder; None where none is recognised.

    Args:
        folder: the whole path.
        environment: variables of the system; some programs name their folder there.
        names_in: returns the names in a folder, to look for what the programs leave in theirs.
    """
    here = (folder, *folder.parents)
    for syncer in SYNCERS:
        roots = {PureWindowsPath(environment[name]) for name in syncer.variables if environment.get(name)}
        if isinstance(folder, PureWindowsPath) and roots & set(here):
            return syncer.name
        if any(syncer.folders.fullmatch(place.name) for place in here):
            return syncer.name
    for place in here:
        names = set(names_in(place))
        for syncer in SYNCERS:
            if names.intersection(syncer.markers):
                return syncer.name
    return None


def is_unpacked(folder: PurePath, temporary: Iterable[PurePath]) -> bool:
    """Whether a folder lies in what an archive program unpacked for a look, or in an archive itself."""
    here = (folder, *folder.parents)
    below = [place for place in here if any(root in place.parents for root in temporary)]
    return any(_UNPACKED.fullmatch(place.name) for place in below) or any(
        _ARCHIVE_NAME.fullmatch(place.name) and _is_file(place) for place in here
    )


def _synced(folder: Path) -> StoreError | None:
    program = synced_by(folder, os.environ, _names_in)
    return None if program is None else StoreError("place_synced", program=program)


def _unpacked(folder: Path) -> StoreError | None:
    # Not ``tempfile.gettempdir``, which writes a file to find out.
    named = (os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP"))
    usual = () if sys.platform == "win32" else ("/tmp", "/var/tmp", os.path.expanduser("~/.cache"))  # noqa: S108 - read only
    temporary = {Path(place).resolve() for place in (*named, *usual) if place}
    return StoreError("place_archive") if is_unpacked(folder, temporary) else None


def _names_in(folder: PurePath) -> list[str]:
    """Return which of the names that the programs leave are in a folder; it may be long, so it is not read."""
    return [marker for syncer in SYNCERS for marker in syncer.markers if os.path.lexists(os.path.join(folder, marker))]


def _is_file(place: PurePath) -> bool:
    return Path(place).is_file()
