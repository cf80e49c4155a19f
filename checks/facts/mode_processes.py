"""Which files run in one process, so that a setting written in the one is seen in the other.

Two files are apart where no file imports both, directly or through others, and the writing file starts the other as a
child process without handing its configuration on in a way that is not followed.
"""

import ast
import re
from collections.abc import Mapping

from checks.context import Context
from checks.facts.imports import imports
from checks.facts.nodes import nodes
from checks.facts.reach import local_names
from checks.facts.words import words

HANDING_ON = re.compile(r"(?i).*(save|dump|to_yaml|to_container|pickle|to_json|environ).*")
"""Names of what may hand a whole configuration to a child: by a file, or as one text."""


class Together:
    """Which files share a process.

    Args:
        context: the review.
    """

    def __init__(self, context: Context) -> None:
        names = context.fact(local_names)
        direct: dict[str, set[str]] = {}
        for path, file in context.fact(imports).items():
            pieces = (names.piece(each.origin or each.module) for each in file if each.origin or each.module)
            direct[path] = {piece.path for piece in pieces if piece is not None} - {path}
        self._closures = {path: _closure(path, direct) for path in direct}
        self._words = context.fact(words)
        self._nodes = context.fact(nodes)
        self._known: dict[tuple[str, str], bool] = {}

    def shares(self, writer: str, reader: str) -> bool:
        """Whether what one file writes into the configuration may be seen by another."""
        if writer == reader or writer not in self._closures or reader not in self._closures:
            return True
        if (writer, reader) not in self._known:
            both = any({writer, reader} <= closure for closure in self._closures.values())
            self._known[writer, reader] = both or not self._starts_bare(writer, reader)
        return self._known[writer, reader]

    def _starts_bare(self, writer: str, reader: str) -> bool:
        """Whether a file starts the other as a child and hands on no more than single arguments."""
        said = self._words[writer]
        stem = reader.rpartition("/")[2].removesuffix(".py")
        starts = any(re.search(rf"(^|[./\s]){stem}(\.py)?($|\s)", text) for text in said.texts if len(text) < 80)
        hands = any(HANDING_ON.fullmatch(name) for name in said.names)
        return starts and not hands and not self._builds_overrides(writer)

    def _builds_overrides(self, path: str) -> bool:
        """Whether a file makes arguments of keys that are not written out, as in ``f"{key}={value}"``."""
        for text in self._nodes[path].of(ast.JoinedStr):
            for before, after in zip(text.values, text.values[1:], strict=False):
                equals = isinstance(after, ast.Constant) and str(after.value).startswith("=")
                if isinstance(before, ast.FormattedValue) and equals:
                    return True
        return False


def together(context: Context) -> Together:
    """Which files share a process; use it as ``context.fact(together)``."""
    return Together(context)


def _closure(path: str, direct: Mapping[str, set[str]]) -> frozenset[str]:
    found = [path]
    seen = {path}
    for each in found:
        for other in direct.get(each, ()):
            if other not in seen:
                seen.add(other)
                found.append(other)
    return frozenset(seen)
