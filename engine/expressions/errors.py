"""What can be wrong with an expression."""

from __future__ import annotations

from engine.errors import InputError


class ExpressionError(InputError):
    """An expression cannot be read or evaluated.

    ``code`` is one of ``expression_syntax``, ``expression_too_large``, ``expression_name_unknown``,
    ``expression_function_unknown`` and ``expression_types``. ``position`` counts characters of the text from 1.
    """

    def __init__(self, code: str, position: int, name: str = "") -> None:
        super().__init__(code, position=position, name=name)
        self.position = position
