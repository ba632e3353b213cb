"""Which packs a command works with: those that ship, and with a clinic named its own too."""

from __future__ import annotations

import argparse

from engine.cli.options import a_path, opened_store
from engine.errors import UsageError
from engine.packs import PackLibrary
from engine.wording import Wording


def add_library(parser: argparse.ArgumentParser, words: Wording, *, required: bool = False) -> None:
    """Add the options that name a clinic for its packs."""
    parser.add_argument(
        "--store", "--clinic", type=a_path, required=required, metavar="DIR", help=words.say("cli.option.packs_of")
    )
    parser.add_argument(
        "--passphrase-file",
        type=a_path,
        required=required,
        metavar="F",
        help=words.say("cli.option.passphrase_file"),
    )
    parser.add_argument("--user", metavar="NAME", help=words.say("cli.option.user"))


def library_of(options: argparse.Namespace) -> PackLibrary:
    """Return the packs at hand; the clinic is closed again, its packs lie in its folder.

    Raises:
        UsageError: ``store_half_named`` when only one of the two options is there. Else as ``open_clinic``.
    """
    if (options.store is None) != (options.passphrase_file is None):
        raise UsageError("store_half_named")
    if options.store is None:
        return PackLibrary.shipped()
    with opened_store(options) as clinic:
        return clinic.library
