"""Text from the code under review, made safe to show: nothing in it may steer a terminal or reorder a line."""

import unicodedata

_KEPT = frozenset("\n\t")


def visible(text: str) -> str:
    """The text with control, bidirectional, surrogate and private-use characters spelled out (``\\x1b``)."""
    return "".join(_spell(character) for character in text)


def _spell(character: str) -> str:
    # C* holds controls, formats (bidi marks, zero-width joiners), surrogates and private use; Zl and Zp end lines.
    if character in _KEPT or not unicodedata.category(character).startswith(("C", "Zl", "Zp")):
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
