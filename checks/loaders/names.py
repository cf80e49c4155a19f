"""How a file name that is not plain text is written down.

A tree's paths end up in JSON, in terminals and on web pages. So a path in a ``SourceTree`` never holds a control
character, a line end, a bidirectional override or a byte that is not UTF-8: each of those is written as Python's escape
for it (``\\n``, ``\\x1b``, ``\\udce9`` for the lone byte 0xE9). Such a name no longer opens the file, and because it
holds a backslash ``is_safe_path`` refuses it: the file is recorded as unread and its content never enters the tree.
"""

import unicodedata

MOST_CHARACTERS = 4096
"""Longest path kept whole, characters: PATH_MAX on Linux (limits.h)."""

_UNSHOWABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})
_BIDIRECTIONAL = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def shown(name: str) -> str:
    """A file name as one line of valid Unicode; unchanged when it already is, shortened past 4,096 characters."""
    if len(name) > MOST_CHARACTERS:
        return f"{shown(name[:200])}\\...({len(name)} characters)"
    if name.isascii() and name.isprintable():
        return name
    return "".join(_escape(character) for character in name)


def _escape(character: str) -> str:
    if unicodedata.category(character) in _UNSHOWABLE or character in _BIDIRECTIONAL:
        return character.encode("unicode_escape").decode("ascii")
    return character
