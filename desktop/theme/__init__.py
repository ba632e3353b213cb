"""How the window looks: colours, type, icons, one style sheet."""

from desktop.theme.theme import Theme

__all__ = ["Theme"]
