"""What can be wrong with an equation file."""

from __future__ import annotations

from engine.errors import InputError


class EquationError(InputError):
    """An equation file cannot be compiled.

    ``code`` is one of ``equation_unreadable``, ``equation_key`` (a key is missing or of another type),
    ``equation_name`` (a name is used that is not set there), ``equation_table`` (a look-up does not fit its table),
    ``equation_types`` (text where a number is needed, or the reverse), ``equation_loop`` (no fixed limits),
    ``equation_too_large``, ``equation_restricted`` (its pack may not be bundled), ``equation_differs`` (a pack does
    not give a published number) and ``equation_unwritable``. ``where`` names the part of the file.
    """

    def __init__(self, code: str, where: str) -> None:
        super().__init__(code, where=where)
        self.where = where
