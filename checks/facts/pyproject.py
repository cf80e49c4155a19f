"""``pyproject.toml`` of the root, parsed once, with the line of everything in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import tomli

from checks.context import Context
from checks.facts.toml_positions import Path, Positions, Span

PATH = "pyproject.toml"


@dataclass(frozen=True, slots=True)
class TomlError:
    """Why the text is not TOML.

    Args:
        message: the parser's words.
        line: where, counted from 1.
    """

    message: str
    line: int


@dataclass(frozen=True, slots=True)
class Pyproject:
    """The project file.

    Args:
        data: what it says; empty when it is not TOML.
        error: why it is not TOML.
        lines: the text's lines without their ends.
        positions: where each part of ``data`` stands.
    """

    data: Mapping[str, object]
    error: TomlError | None
    lines: tuple[str, ...]
    positions: Positions

    def get(self, *path: str | int) -> object:
        """The value at a path; None where there is none."""
        value: object = self.data
        for part in path:
            if isinstance(value, list):
                value = dict(enumerate(value))
            if not isinstance(value, dict) or part not in value:
                return None
            value = value[part]
        return value

    def table(self, *path: str | int) -> Mapping[str, object]:
        """The table at a path; empty where there is none."""
        value = self.get(*path)
        return value if isinstance(value, dict) else {}

    def strings(self, *path: str | int) -> Iterator[tuple[int, str]]:
        """The strings of the array at a path, each with its index."""
        value = self.get(*path)
        if isinstance(value, list):
            yield from ((index, item) for index, item in enumerate(value) if isinstance(item, str))

    def span(self, path: Path) -> Span:
        """The lines of a path, or of the closest thing around it."""
        return self.positions.nearest(path) or Span(1, 1)

    @property
    def is_built(self) -> bool:
        """Whether uv builds and installs the project itself, and not only its dependencies."""
        package = self.get("tool", "uv", "package")
        return "project" in self.data and (package is True or (package is not False and "build-system" in self.data))

    @property
    def backend(self) -> str:
        """The build backend's module; setuptools where none is named, as PEP 517 says."""
        named = self.get("build-system", "build-backend")
        return named if isinstance(named, str) else "setuptools.build_meta:__legacy__"


def pyproject(context: Context) -> Pyproject | None:
    """The root's project file; None when there is none or it was not read."""
    data = context.tree.files.get(PATH)
    if data is None:
        return None
    with context.reading(PATH):
        return parse(data)


def parse(data: bytes) -> Pyproject:
    """Parse a project file as uv does, TOML 1.1 and a byte order mark included; never raises on any bytes."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return _unreadable(f"byte 0x{data[error.start]:02x} is not UTF-8", line)
    text = text.replace("\r\n", "\n")
    try:
        return Pyproject(tomli.loads(text), None, tuple(text.split("\n")), Positions(text))
    except tomli.TOMLDecodeError as error:
        return _unreadable(error.msg, error.lineno)
    except (RecursionError, ValueError) as error:
        return _unreadable(str(error), 1)


def _unreadable(message: str, line: int) -> Pyproject:
    return Pyproject({}, TomlError(message, max(1, line)), (), Positions(""))


def dotted(path: Path) -> str:
    """A path as a person writes it: ``tool.uv.sources.torch[0]``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".")


def kind_of(value: object) -> str:
    """What TOML calls a value, with its article."""
    for kind, name in _KINDS:
        if isinstance(value, kind):
            return name
    return "a date or time"


_KINDS: tuple[tuple[type, str], ...] = (
    (dict, "a table"),
    (list, "an array"),
    (str, "a string"),
    (bool, "a boolean"),
    (int, "an integer"),
    (float, "a floating-point number"),
)
