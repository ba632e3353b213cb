"""A disk as it may be after the power went: rebuilt from what a process did to its files until then.

What was synced is there. Of what was not, each write may be there, be missing or be there in some of its sectors of
512 bytes only, in any order; the same holds for names (made, renamed, removed), which a sync of their folder keeps.
A sync of a file does not keep its name: that is more than most file systems take away, and what POSIX allows.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.reliability.recorder import Event

SECTOR = 512
_CREATE, _TRUNCATE = os.O_CREAT, os.O_TRUNC


@dataclass(eq=False)
class Node:
    """A file or folder. ``kept`` is what is durable, ``now`` what the running system sees."""

    is_folder: bool
    kept: dict[str, Node] = field(default_factory=dict)
    now: dict[str, Node] = field(default_factory=dict)
    content: bytearray = field(default_factory=bytearray)


@dataclass(eq=False)
class Pending:
    """Something that no sync has made durable yet: a write or cut of one file, or names of one or two folders."""

    node: Node | None
    apply: Callable[[], None]
    torn: Callable[[random.Random], None] | None = None
    folders: tuple[Node, ...] = ()


class Disk:
    """Follows events from a folder as it was, all of it durable."""

    def __init__(self, start: Path, as_if_at: Path) -> None:
        self._at = as_if_at
        self.root = _read(start)
        self.pending: list[Pending] = []
        self._open: dict[int, Node] = {}
        self.acknowledged: list[str] = []
        self.syncs_count = True

    def follow(self, events: Sequence[Event]) -> None:
        """Do what the events say."""
        for event in events:
            getattr(self, f"_{event.kind}")(event)

    def _a(self, event: Event) -> None:
        self.acknowledged += event.first.decode().split("\n")[:-1]

    def _o(self, event: Event) -> None:
        parent, name = self._place(event.first)
        node = parent.now.get(name) if name else parent
        if node is None:
            if not event.offset & _CREATE:
                return
            node = Node(is_folder=False)
            self._name(((parent, name, node),))
        self._open[event.number] = node
        if event.offset & _TRUNCATE:
            self._cut(node, 0)

    def _c(self, event: Event) -> None:
        self._open.pop(event.number, None)

    def _w(self, event: Event) -> None:
        node = self._open[event.number]
        place, content = event.offset, event.first
        self.pending.append(
            Pending(
                node,
                lambda: _write(node, place, content),
                lambda choice: _write_torn(node, place, content, choice),
            )
        )

    def _t(self, event: Event) -> None:
        self._cut(self._open[event.number], event.offset)

    def _cut(self, node: Node, size: int) -> None:
        self.pending.append(Pending(node, lambda: _resize(node, size)))

    def _s(self, event: Event) -> None:
        node = self._open.get(event.number)
        if node is None or not self.syncs_count:
            return
        left = []
        for each in self.pending:
            if each.node is node or node in each.folders:
                each.apply()
            else:
                left.append(each)
        self.pending = left

    def _r(self, event: Event) -> None:
        (old, old_name), (new, new_name) = self._place(event.first), self._place(event.second)
        node = old.now[old_name]
        self._name(((old, old_name, None), (new, new_name, node)))

    def _u(self, event: Event) -> None:
        parent, name = self._place(event.first)
        self._name(((parent, name, None),))

    def _m(self, event: Event) -> None:
        parent, name = self._place(event.first)
        self._name(((parent, name, Node(is_folder=True)),))

    def _name(self, changes: tuple[tuple[Node, str, Node | None], ...]) -> None:
        for folder, name, node in changes:
            _set(folder.now, name, node)

        def apply() -> None:
            for folder, name, node in changes:
                _set(folder.kept, name, node)

        self.pending.append(Pending(None, apply, folders=tuple(folder for folder, _, _ in changes)))

    def _place(self, path: bytes) -> tuple[Node, str]:
        relative = Path(os.path.normpath(os.fsdecode(path))).relative_to(self._at)
        node = self.root
        for part in relative.parts[:-1]:
            node = node.now[part]
        return node, relative.name

    def lose_power(self, choice: random.Random) -> None:
        """Keep some of what is pending, in one of the ways in which disks do."""
        way = choice.choice(("nothing", "everything", "beginning", "some", "torn"))
        whole = {"nothing": 0, "everything": len(self.pending), "beginning": choice.randint(0, len(self.pending))}
        for place, each in enumerate(self.pending):
            if not (place < whole[way] if way in whole else choice.random() < 0.5):
                continue
            if way == "torn" and each.torn is not None and choice.random() < 0.5:
                each.torn(choice)
            else:
                each.apply()
        self.pending = []

    def write_to(self, folder: Path) -> None:
        """Make the durable files in a new folder."""
        _make(self.root, folder)


def _read(path: Path) -> Node:
    if path.is_dir():
        node = Node(is_folder=True)
        node.kept = {each.name: _read(each) for each in path.iterdir()}
        node.now = dict(node.kept)
        return node
    return Node(is_folder=False, content=bytearray(path.read_bytes()))


def _make(node: Node, path: Path) -> None:
    if not node.is_folder:
        path.write_bytes(node.content)
        return
    path.mkdir()
    for name, each in node.kept.items():
        _make(each, path / name)


def _set(entries: dict[str, Node], name: str, node: Node | None) -> None:
    if node is None:
        entries.pop(name, None)
    else:
        entries[name] = node


def _resize(node: Node, size: int) -> None:
    del node.content[size:]
    node.content.extend(bytes(size - len(node.content)))


def _write(node: Node, place: int, content: bytes) -> None:
    if place > len(node.content):
        _resize(node, place)
    node.content[place : place + len(content)] = content


def _write_torn(node: Node, place: int, content: bytes, choice: random.Random) -> None:
    end = place + len(content)
    while place < end:
        until = min(end, (place // SECTOR + 1) * SECTOR)
        if choice.random() < 0.5:
            _write(node, place, content[: until - place])
        content, place = content[until - place :], until
