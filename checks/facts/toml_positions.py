"""Where each key, item and table of a TOML text stands.

No maintained TOML parser for Python reports positions, so this scans a text that one has already accepted: it only has
to tell strings, comments and brackets apart, and knows TOML 1.1 (line breaks and comments inside inline tables).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import tomli

Path = tuple[str | int, ...]
"""Keys and array indices from the root: ``("project", "dependencies", 0)``."""


@dataclass(frozen=True, slots=True)
class Span:
    """Lines from ``line`` to ``end_line`` inclusive, counted from 1."""

    line: int
    end_line: int


MOST_DEPTH = 10
"""Longer paths are not recorded: nothing that is judged lies deeper, and a hostile text could ask for millions."""

MOST_ITEMS = 5_000
"""Array items past this one are not recorded."""

_STRING = r'"""(?:[^"\\]|\\.|"(?!""))*+"""+|' + r"'''(?:[^']|'(?!''))*+'''+|" + r'"(?:[^"\\]|\\.)*+"|' + r"'[^']*+'"
_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*+)*+")
_KEY_PART = re.compile(rf"\s*+({_STRING}|[A-Za-z0-9_-]++)\s*+", re.DOTALL)
_SCALAR = re.compile(rf"{_STRING}|[^,\]}}#\n]++", re.DOTALL)


@dataclass(slots=True)
class _Frame:
    """An array or inline table that is open: its place, and for an array the next index."""

    path: Path
    line: int
    is_array: bool
    index: int = 0


@dataclass(slots=True)
class _Scanner:
    text: str
    at: int = 0
    table: Path = ()
    spans: dict[Path, Span] = field(default_factory=dict)
    arrays: dict[Path, int] = field(default_factory=dict)
    newlines: list[int] = field(default_factory=list)
    line: int = 1
    counted: int = 0

    def here(self) -> int:
        """The line of the current place; the scan only moves forward."""
        self.line += self.text.count("\n", self.counted, self.at)
        self.counted = self.at
        return self.line

    def skip(self) -> str:
        """Pass over space and comments; the next character, empty at the end."""
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return self.text[self.at : self.at + 1]

    def key(self) -> Path:
        """The parts of the key that starts here."""
        parts: list[str] = []
        while match := _KEY_PART.match(self.text, self.at):
            part = match[1]
            parts.append(tomli.loads(f"x={part}")["x"] if part[0] in "\"'" else part)
            self.at = match.end()
            if self.text[self.at : self.at + 1] != ".":
                break
            self.at += 1
        return tuple(parts)

    def run(self) -> dict[Path, Span]:
        """Scan the whole text."""
        while char := self.skip():
            before = self.at
            if char == "[":
                self.header()
            else:
                self.statement()
            if self.at == before:
                break
        return self.spans

    def header(self) -> None:
        """One ``[table]`` or ``[[table]]`` line, which becomes the open table."""
        line = self.here()
        repeated = self.text.startswith("[[", self.at)
        self.at += 2 if repeated else 1
        path = self.place(self.key(), last=not repeated)
        if repeated:
            index = self.arrays[path] = self.arrays.get(path, -1) + 1
            self.spans.setdefault(path, Span(line, line))
            path = (*path, index)
        self.at = self.text.find("]", self.at) + (2 if repeated else 1)
        for depth in range(1, min(len(path), MOST_DEPTH + 1)):
            self.spans.setdefault(path[:depth], Span(line, line))
        if len(path) <= MOST_DEPTH:
            self.spans[path] = Span(line, line)
        self.table = path

    def place(self, key: Path, last: bool) -> Path:
        """A header's key with the index of the newest element after each array of tables that it passes."""
        path: Path = ()
        for position, part in enumerate(key):
            path = (*path, part)
            if path in self.arrays and (last or position < len(key) - 1):
                path = (*path, self.arrays[path])
        return path

    def statement(self) -> None:
        """One ``key = value``, recorded under the table that is open."""
        line = self.here()
        path = (*self.table, *self.key())
        self.at = self.text.find("=", self.at) + 1 or len(self.text)
        self.value(path, line)
        end = self.here()
        self.record(path, line, end, len(self.table))
        if self.table in self.spans:
            self.spans[self.table] = Span(self.spans[self.table].line, end)

    def record(self, path: Path, line: int, end: int, base: int) -> None:
        for depth in range(base + 1, min(len(path), MOST_DEPTH + 1)):
            first = self.spans.get(path[:depth], Span(line, end))
            self.spans[path[:depth]] = Span(first.line, end)
        if len(path) <= MOST_DEPTH:
            self.spans[path] = Span(line, end)

    def value(self, path: Path, line: int) -> None:
        """Scan the value at ``path``, whose key stands on ``line``, with a stack of our own."""
        open_: list[_Frame] = []
        while True:
            char = self.skip()
            if char in ("[", "{"):
                open_.append(_Frame(path, line, char == "["))
                self.at += 1
            else:
                match = _SCALAR.match(self.text, self.at)
                self.at = match.end() if match else self.at
            following = self.next(open_)
            if following is None:
                return
            path, line = following

    def next(self, open_: list[_Frame]) -> tuple[Path, int] | None:
        """Close what ends here; the place of the next value in what is still open, None when nothing is."""
        while open_:
            frame = open_[-1]
            char = self.skip()
            if char == ",":
                self.at += 1
            elif char in ("]", "}"):
                self.at += 1
                self.close(open_.pop())
            elif not char:
                return None
            else:
                return self.enter(frame)
        return None

    def close(self, frame: _Frame) -> None:
        if frame.path in self.spans:
            self.spans[frame.path] = Span(frame.line, self.here())

    def enter(self, frame: _Frame) -> tuple[Path, int]:
        line = self.here()
        if frame.is_array:
            path: Path = (*frame.path, frame.index)
            frame.index += 1
        else:
            path = (*frame.path, *self.key())
            self.at = self.text.find("=", self.at) + 1 or len(self.text)
        if frame.index <= MOST_ITEMS:
            self.record(path, line, line, len(frame.path))
        return path, line


class Positions(Mapping[Path, Span]):
    """The span of every key, array item and table of a text that is valid TOML.

    A table's span runs from its header to its last own statement.
    """

    def __init__(self, text: str) -> None:
        self._spans = _Scanner(text).run()

    def __getitem__(self, path: Path) -> Span:
        return self._spans[path]

    def __iter__(self) -> Iterator[Path]:
        return iter(self._spans)

    def __len__(self) -> int:
        return len(self._spans)

    def nearest(self, path: Path) -> Span | None:
        """The span of ``path``, or of the closest thing around it that stands in the text."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._spans:
                return self._spans[path[:length]]
        return None
