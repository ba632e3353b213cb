"""Places that a clinic must not live in, on tables of mounts and drives as they are on real computers."""

from __future__ import annotations

import shutil
import struct
import sys
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import pytest

from engine.domain.assessment import Clinic
from engine.domain.ports import FixedClock
from engine.errors import StoreError
from engine.store import Cost, RecoveryKey, create_clinic, open_clinic
from engine.store.place_facts import (
    Facts,
    is_removable_disk,
    mac_facts_of,
    mac_is_removable,
    mount_of,
    system_facts,
    windows_facts_of,
)
from engine.store.places import SYNCERS, check_place, is_unpacked, refusal_of, synced_by
from engine.wording import LANGUAGES, load_wording

CHEAP = Cost(64, 1, 1)
# A laptop with a share, a stick, a mounted archive, folders of the desktop and of another provider.
LAPTOP = r"""
22 28 0:21 / /proc rw,nosuid,nodev,noexec,relatime shared:13 - proc proc rw
28 1 259:2 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p2 rw,errors=remount-ro
35 28 0:31 / /run rw,nosuid,nodev shared:5 - tmpfs tmpfs rw,size=1602748k,mode=755
40 28 259:3 / /home rw,relatime shared:30 - btrfs /dev/mapper/home rw,ssd
61 40 0:52 / /home/ada/clinic-share rw,relatime shared:250 - cifs //server/clinic rw,vers=3.1.1,username=ada
62 28 0:53 / /mnt/nas rw,relatime shared:251 - nfs4 192.168.1.9:/export rw,vers=4.2
63 28 8:17 / /media/ada/MY\040STICK rw,nosuid,nodev,relatime shared:252 - vfat /dev/sdb1 rw
64 28 8:33 / /run/media/ada/BIG rw,nosuid,nodev,relatime shared:253 - exfat /dev/sdc1 rw
65 35 0:54 / /run/user/1000/gvfs rw,nosuid,nodev,relatime shared:254 - fuse.gvfsd-fuse gvfsd-fuse rw,user_id=1000
66 40 0:55 / /home/ada/Cloud rw,nosuid,nodev,relatime shared:255 - fuse.rclone remote: rw,user_id=1000
67 40 0:56 / /home/ada/.zip rw,nosuid,nodev,relatime - fuse.fuse-zip fuse-zip ro,user_id=1000
68 28 7:3 / /snap/core22/1033 ro,nodev,relatime shared:80 - squashfs /dev/loop3 ro
69 28 259:4 / /media/ada/data rw,relatime shared:256 - ext4 /dev/nvme1n1p1 rw
""".strip().splitlines()
# Continuous integration and containers: overlays, memory, shared volumes of the same computer.
CONTAINER = r"""
1 0 0:150 / / rw,relatime - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/A,upperdir=/var/lib/x,workdir=/w
2 1 0:152 / /dev/shm rw,nosuid,nodev,noexec - tmpfs shm rw,size=65536k
3 1 0:153 / /tmp rw,nosuid,nodev - tmpfs tmpfs rw
4 1 0:154 / /builds rw,relatime - virtiofs builds rw
5 1 0:155 / /sandbox rw,relatime - 9p none rw,trans=fd
6 1 254:1 / /data rw,relatime - xfs /dev/vdb rw
7 1 0:156 / /cache rw,relatime - fuse.fuse-overlayfs fuse-overlayfs rw
""".strip().splitlines()
WINDOWS_LINUX = r"""
61 60 8:32 / / rw,relatime - ext4 /dev/sdc rw,discard
80 61 0:49 / /mnt/c rw,noatime - 9p C:\134 rw,dirsync,aname=drvfs;path=C:\;uid=1000,access=client
81 61 0:50 / /mnt/d rw,noatime - 9p drvfs rw,dirsync,aname=drvfs;path=D:\
""".strip().splitlines()


def code(error: StoreError | None) -> str | None:
    return None if error is None else error.code


@pytest.mark.parametrize(
    ("table", "folder", "refused"),
    [
        (LAPTOP, "/home/ada/clinic", None),
        (LAPTOP, "/home/ada/clinic-share/store", "place_network"),
        (LAPTOP, "/home/ada/clinic-shared", None),  # only begins like the share
        (LAPTOP, "/mnt/nas/clinic", "place_network"),
        (LAPTOP, "/mnt/nas", "place_network"),
        (LAPTOP, "/media/ada/MY STICK/clinic", "place_removable"),
        (LAPTOP, "/run/media/ada/BIG/clinic", "place_removable"),
        (LAPTOP, "/run/user/1000/gvfs/smb-share:server=s,share=c/clinic", "place_network"),
        (LAPTOP, "/home/ada/Cloud/clinic", "place_network"),
        (LAPTOP, "/home/ada/.zip/clinic", "place_archive"),
        (LAPTOP, "/snap/core22/1033/clinic", "place_archive"),
        (LAPTOP, "/media/ada/data/clinic", None),  # a second disk inside the computer
        (CONTAINER, "/clinic", None),
        (CONTAINER, "/tmp/clinic", None),  # noqa: S108 - only a name
        (CONTAINER, "/dev/shm/clinic", None),  # noqa: S108 - only a name
        (CONTAINER, "/builds/clinic", None),
        (CONTAINER, "/sandbox/clinic", None),
        (CONTAINER, "/data/clinic", None),
        (CONTAINER, "/cache/clinic", None),
        (WINDOWS_LINUX, "/home/ada/clinic", None),
        (WINDOWS_LINUX, "/mnt/c/Users/ada/clinic", "place_network"),
        (WINDOWS_LINUX, "/mnt/d/clinic", "place_network"),
        ([], "/clinic", None),
        (["", "no mount", "1 2 3 - x", "1 2 0:1 / /clinic rw - "], "/clinic", None),
    ],
)
def test_linux(table: list[str], folder: str, refused: str | None) -> None:
    place = PurePosixPath(folder)
    assert code(refusal_of(place, mount_of(place, table))) == refused


def test_a_later_mount_hides_the_one_before() -> None:
    table = [*LAPTOP, "70 28 0:60 / /mnt/nas rw - ext4 /dev/nvme0n1p9 rw"]
    assert mount_of(PurePosixPath("/mnt/nas/clinic"), table).file_system == "ext4"


@pytest.mark.parametrize(
    ("folder", "kind", "root", "refused"),
    [
        (r"C:\Users\ada\clinic", 3, "C:\\", None),
        (r"Z:\clinic", 4, "Z:\\", "place_network"),
        (r"E:\clinic", 2, "E:\\", "place_removable"),
        (r"D:\clinic", 5, "D:\\", "place_removable"),
        (r"\\server\clinic\store", 1, "", "place_network"),
        (r"\\?\UNC\server\clinic\store", 1, r"\\?\UNC\server\clinic", "place_network"),
        (r"\\?\C:\Users\ada\clinic", 3, "\\\\?\\C:\\", None),
        (r"C:\clinic", 0, "C:\\", None),  # the system does not know
        (r"R:\clinic", 6, "R:\\", None),  # a disk in memory
    ],
)
def test_windows(folder: str, kind: int, root: str, refused: str | None) -> None:
    assert code(refusal_of(PureWindowsPath(folder), windows_facts_of(kind, root))) == refused


def statfs(kind: str, mount: str, *, local: bool) -> bytes:
    """The bytes that macOS gives (sys/mount.h, 64-bit inodes)."""
    head = struct.pack("=IiQQQQQ8sIIII", 4096, 1 << 20, *[1] * 5, bytes(8), 501, 0x1A, 0x1000 if local else 0, 0)
    return (head + kind.encode().ljust(16, b"\0") + mount.encode().ljust(1024, b"\0") + bytes(1056)).ljust(2168, b"\0")


@pytest.mark.parametrize(
    ("kind", "mount", "local", "refused"),
    [
        ("apfs", "/System/Volumes/Data", True, None),
        ("smbfs", "/Volumes/clinic", False, "place_network"),
        ("nfs", "/Volumes/nas", False, "place_network"),
        ("webdav", "/Volumes/dav", True, "place_network"),
        ("msdos", "/Volumes/STICK", True, "place_removable"),
        ("exfat", "/Volumes/BIG", True, "place_removable"),
        ("apfs", "/Volumes/Second", True, None),
    ],
)
def test_macos(kind: str, mount: str, local: bool, refused: str | None) -> None:
    facts = mac_facts_of(statfs(kind, mount, local=local), mac_is_removable(mount, kind))
    assert (facts.file_system, facts.mount_point) == (kind, mount)
    assert code(refusal_of(PurePosixPath(mount) / "clinic", facts)) == refused


@pytest.mark.parametrize(
    ("folder", "program"),
    [
        (PureWindowsPath(r"C:\Users\ada\OneDrive - Maple Lane\clinic"), "OneDrive"),
        (PureWindowsPath(r"C:\Users\ada\OneDrive\Documents\clinic"), "OneDrive"),
        (PureWindowsPath(r"D:\work\clinic"), "OneDrive"),  # moved there: the system names it
        (PurePosixPath("/home/ada/Dropbox/clinic"), "Dropbox"),
        (PurePosixPath("/home/ada/Dropbox (Maple Lane)/clinic"), "Dropbox"),
        (PureWindowsPath(r"G:\My Drive\clinic"), "Google Drive"),
        (PurePosixPath("/Users/ada/Google Drive/clinic"), "Google Drive"),
        (PurePosixPath("/Users/ada/Library/CloudStorage/GoogleDrive-ada@example.org/My Drive/c"), "Google Drive"),
        (PurePosixPath("/Users/ada/Library/Mobile Documents/com~apple~CloudDocs/clinic"), "iCloud"),
        (PureWindowsPath(r"C:\Users\ada\iCloudDrive\clinic"), "iCloud"),
        (PurePosixPath("/home/ada/Nextcloud/clinic"), "Nextcloud"),
        (PurePosixPath("/home/ada/Syncthing/clinic"), "Syncthing"),
        (PureWindowsPath(r"D:\我的坚果云\clinic"), "坚果云"),
        (PureWindowsPath(r"D:\百度网盘同步空间\clinic"), "百度网盘"),
        (PurePosixPath("/home/ada/clinic"), None),
        (PureWindowsPath(r"C:\Lantern\clinic"), None),
        (PurePosixPath("/home/ada/dropbox-notes/clinic"), None),
        (PurePosixPath("/home/ada/OneDriveOld/clinic"), None),
    ],
)
def test_synchronised_folders_by_their_names(folder: PurePath, program: str | None) -> None:
    environment = {"OneDriveCommercial": r"D:\work", "OneDriveConsumer": ""}
    assert synced_by(folder, environment, lambda place: ()) == program


@pytest.mark.parametrize("marker", sorted({name for syncer in SYNCERS for name in syncer.markers}))
def test_synchronised_folders_by_what_lies_in_them(tmp_path: Path, marker: str) -> None:
    check_place(tmp_path / "shared" / "clinic")
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / marker).mkdir()
    with pytest.raises(StoreError, match="place_synced") as caught:
        check_place(tmp_path / "shared" / "deep" / "clinic")
    for language in LANGUAGES:
        assert str(caught.value.details["program"]) in load_wording(language).error(caught.value)


@pytest.mark.parametrize(
    ("folder", "unpacked"),
    [
        (r"C:\Users\ada\AppData\Local\Temp\Temp1_clinic.zip\clinic", True),
        (r"C:\Users\ada\AppData\Local\Temp\7zO4C2F1B7A\clinic", True),
        (r"C:\Users\ada\AppData\Local\Temp\Rar$EXa0.123\clinic", True),
        (r"C:\Users\ada\AppData\Local\Temp\360zip$temp\clinic", True),
        (r"C:\Users\ada\AppData\Local\Temp\tests-1\clinic", False),
        (r"C:\Users\ada\Documents\Temp1_clinic.zip\clinic", False),  # unpacked by its owner, for good
    ],
)
def test_what_was_unpacked_to_look_into_it(folder: str, unpacked: bool) -> None:
    temporary = [PureWindowsPath(r"C:\Users\ada\AppData\Local\Temp")]
    assert is_unpacked(PureWindowsPath(folder), temporary) is unpacked


def test_a_place_inside_a_zip_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "clinic.zip").write_bytes(b"PK\x03\x04")
    with pytest.raises(StoreError, match="place_archive"):
        check_place(tmp_path / "clinic.zip" / "clinic")


@pytest.mark.parametrize(
    ("path", "flag", "removable"),
    [
        ("devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/host0/target0:0:0/0:0:0:0/block/sdb", "1", True),
        ("devices/pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host1/target1:0:0/1:0:0:0/block/sdc", "0", True),
        ("devices/pci0000:00/0000:00:1d.0/0000:02:00.0/nvme/nvme0/nvme0n1", "0", False),
        ("devices/pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block/sda", "0", False),
        ("devices/pci0000:00/0000:00:05.0/virtio2/block/vdb", None, False),
    ],
)
def test_disks_that_are_plugged_in(tmp_path: Path, path: str, flag: str | None, removable: bool) -> None:
    (disk := tmp_path / path).mkdir(parents=True)
    if flag is not None:
        (disk / "removable").write_text(flag + "\n")
    assert is_removable_disk(disk) is removable


def test_this_computer_lets_tests_and_its_own_memory_be(tmp_path: Path) -> None:
    check_place(tmp_path / "not" / "there" / "yet")
    check_place(tmp_path)
    if sys.platform == "linux":
        assert system_facts(tmp_path).mount_point
        check_place(Path("/dev/shm/clinic"))  # noqa: S108 - nothing is made there


def test_a_link_does_not_hide_a_place(tmp_path: Path) -> None:
    (real := tmp_path / "Nextcloud").mkdir()
    (tmp_path / "clinic").symlink_to(real)
    with pytest.raises(StoreError, match="place_synced"):
        check_place(tmp_path / "clinic")


def test_a_clinic_is_neither_made_nor_opened_there(
    tmp_path: Path, clinic: Clinic, clock: FixedClock, folder: Path, recovery_key: RecoveryKey
) -> None:
    place = tmp_path / "OneDrive" / "clinic"
    with pytest.raises(StoreError, match="place_synced"):
        create_clinic(place, "correct horse battery", clinic, clock, cost=CHEAP)
    assert not (tmp_path / "OneDrive").exists()
    shutil.copytree(folder, place)
    before = {path.name: path.read_bytes() for path in place.iterdir()}
    with pytest.raises(StoreError, match="place_synced"):
        open_clinic(place, "correct horse battery", clock, floor=CHEAP)
    assert {path.name: path.read_bytes() for path in place.iterdir()} == before


def test_facts_that_nobody_knows_refuse_nothing() -> None:
    assert refusal_of(PurePosixPath("/clinic"), Facts()) is None
