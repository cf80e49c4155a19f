"""Every YAML file of the tree as a node graph with positions, read once under caps that hostile input cannot pass.

PyYAML's pure-Python loader is used on purpose: the C one dies with SIGSEGV on 50,000 opening brackets.
"""

import re
from bisect import bisect_left
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import yaml
from omegaconf._utils import get_yaml_loader

from checks.context import Context

MAX_BYTES = 256 * 1024
"""Largest YAML file that is parsed, bytes; PyYAML reads about 100 KB a second."""
MAX_DEPTH = 100
"""Deepest nesting that is parsed."""
MAX_NODES = 50_000
"""Most nodes of one file, counted with every alias and merge key expanded."""
MAX_DIGITS = 1000
"""Longest number that is read, characters; Python refuses to print one of more than 4,300."""
MAX_DOTTED = 500
"""Longest dotted key below which lines are still recorded, characters."""
MERGE_TAG = "tag:yaml.org,2002:merge"
TEXT_TAG = "tag:yaml.org,2002:str"
_SKIPPED = (".", "docs/")


@dataclass(frozen=True, slots=True)
class YamlError:
    """Why a file is not a YAML document that can be used.

    Args:
        message: the parser's own words, or ours where a cap was passed.
        line: where, counted from 1.
    """

    message: str
    line: int


@dataclass(frozen=True, slots=True)
class DuplicateKey:
    """A key that one mapping holds twice.

    Args:
        key: the dotted key.
        line: where it stands the second time.
        first_line: where it stood the first time.
        text: whether it is a text; OmegaConf does not look at others, such as numbers.
    """

    key: str
    line: int
    first_line: int
    text: bool = True


@dataclass(frozen=True, slots=True)
class Oddity:
    """A plain scalar that ``yaml.safe_load`` (YAML 1.1) reads otherwise than OmegaConf.

    Args:
        key: the dotted key.
        line: where it stands.
        text: as written.
        kind: ``text``: a number that becomes a string; ``date``: becomes a date; ``refused``: stops the load.
    """

    key: str
    line: int
    text: str
    kind: Literal["text", "date", "refused"]


@dataclass(frozen=True, slots=True)
class YamlFile:
    """One YAML file.

    Args:
        path: POSIX path relative to the root.
        text: decoded text; empty when it cannot be decoded.
        root: the document's node; None for an empty document or when it does not parse.
        error: why it does not parse, or is past a cap.
        duplicates: keys that stand twice in one mapping.
        lines: line of every dotted key (list items by index), merge keys left out; the last one where it stands twice.
        value: the document as OmegaConf reads it (``1e-5`` is a number, a date is text), except that the last of
            duplicate keys wins; None on an error.
        oddities: plain scalars that ``yaml.safe_load`` reads otherwise.
    """

    path: str
    text: str
    root: yaml.Node | None
    error: YamlError | None
    duplicates: tuple[DuplicateKey, ...] = ()
    lines: Mapping[str, int] | None = None
    value: object = None
    oddities: tuple[Oddity, ...] = ()

    def line(self, dotted: str) -> int | None:
        """The line of a dotted key such as ``optuna.search_space.lr`` or ``defaults.0``; None when it is not there."""
        return (self.lines or {}).get(dotted)

    def mapping(self) -> dict[object, object]:
        """The root mapping, empty when the document is anything else."""
        return self.value if isinstance(self.value, dict) else {}


class _TooMuchError(Exception):
    """A cap was passed; the message says which."""

    def __init__(self, message: str, mark: yaml.Mark) -> None:
        super().__init__(message)
        self.mark = mark


class _CappedLoader(get_yaml_loader()):  # type: ignore[misc]
    """OmegaConf's loader, stopped at the caps, with the last of duplicate keys winning as in ``yaml.safe_load``."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0
        self._nodes = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """The next node, as the parent class makes it."""
        self._depth += 1
        self._nodes += 1
        if self._depth > MAX_DEPTH or self._nodes > MAX_NODES:
            what = f"nested more than {MAX_DEPTH} deep" if self._depth > MAX_DEPTH else f"more than {MAX_NODES} nodes"
            raise _TooMuchError(f"{what}; not read any further", self.peek_event().start_mark)
        node: yaml.Node | None = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """The mapping without OmegaConf's refusal of duplicate keys."""
        return yaml.SafeLoader.construct_mapping(self, node, deep)

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        """The number, refused where Python could not print it."""
        if len(node.value) > MAX_DIGITS:
            raise _TooMuchError(f"a number of {len(node.value)} characters", node.start_mark)
        return int(super().construct_yaml_int(node))


_CappedLoader.add_constructor("tag:yaml.org,2002:int", _CappedLoader.construct_yaml_int)


def yaml_files(context: Context) -> Mapping[str, YamlFile]:
    """Every ``.yaml`` and ``.yml`` file that was read, by path, those of ``docs`` and of dot folders left out."""
    found = {}
    for path, data in context.tree.files.items():
        if path.lower().endswith((".yaml", ".yml")) and not path.startswith(_SKIPPED):
            with context.reading(path):
                found[path] = parse_yaml(path, data)
    return found


def config_files(context: Context) -> Mapping[str, YamlFile]:
    """The files of ``yaml_files`` under ``config/``."""
    return {path: file for path, file in context.fact(yaml_files).items() if path.startswith("config/")}


def run_files(context: Context) -> Mapping[str, YamlFile]:
    """The run configurations by run id, which is the file's stem; empty for a profile without any."""
    pattern = context.profile.run_configs
    paths = context.tree.paths(pattern) if pattern else ()
    files = context.fact(yaml_files)
    return {path.rsplit("/", 1)[-1].rsplit(".", 1)[0]: files[path] for path in paths if path in files}


def default_names(file: YamlFile) -> Iterator[str]:
    """The names, without their groups, of what a file's defaults list takes in."""
    listed = file.mapping().get("defaults")
    for entry in listed if isinstance(listed, list) else ():
        for name in (entry,) if isinstance(entry, str) else entry.values() if isinstance(entry, dict) else ():
            yield str(name).lstrip("/").rpartition("/")[2]


def parse_yaml(path: str, data: bytes) -> YamlFile:
    """Parse one file; never raises on any bytes."""
    if len(data) > MAX_BYTES:
        return _failed(path, "", f"{len(data):,} bytes; a configuration file is read up to {MAX_BYTES:,}", 1)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _failed(path, "", f"is not UTF-8: byte {data[error.start]:#04x}", data.count(b"\n", 0, error.start) + 1)
    newlines = [match.start() for match in re.finditer("\n", text)]
    try:
        loader = _CappedLoader(text)
        root: yaml.Node | None = loader.get_single_node()
        if root is None:
            return YamlFile(path, text, None, None, (), {}, None)
        weigh(root)
        lines, duplicates = _index(root, newlines)
        value = loader.construct_document(root)
    except (_TooMuchError, yaml.MarkedYAMLError) as error:
        mark = error.mark if isinstance(error, _TooMuchError) else error.problem_mark or error.context_mark
        words = str(error) if isinstance(error, _TooMuchError) else _words(error)
        return _failed(path, text, words, _line(newlines, mark.index if mark else 0))
    except yaml.reader.ReaderError as error:
        return _failed(path, text, f"character U+{error.character:04X} is not allowed", _line(newlines, error.position))
    except (RecursionError, ValueError, OverflowError) as error:
        return _failed(path, text, f"a value cannot be read: {error}", 1)
    return YamlFile(path, text, root, None, duplicates, lines, value, tuple(_oddities(root, newlines)))


def _failed(path: str, text: str, message: str, line: int) -> YamlFile:
    return YamlFile(path, text, None, YamlError(message[:300], line))


def _words(error: yaml.MarkedYAMLError) -> str:
    return ", ".join(part for part in (error.problem, error.context) if part) or "is not YAML"


def _line(newlines: list[int], index: int) -> int:
    return bisect_left(newlines, index) + 1


def weigh(root: yaml.Node) -> int:
    """How many nodes a document has with every alias and merge key expanded.

    Raises:
        _TooMuchError: more than ``MAX_NODES``, or an alias that stands inside its own anchor.
    """
    weights: dict[int, int] = {}
    open_nodes: set[int] = set()

    def visit(node: yaml.Node) -> int:
        if id(node) in open_nodes:
            raise _TooMuchError("an alias refers to the node that holds it", node.start_mark)
        if id(node) not in weights:
            open_nodes.add(id(node))
            weights[id(node)] = 1 + sum(map(visit, _children(node)))
            open_nodes.remove(id(node))
            if weights[id(node)] > MAX_NODES:
                raise _TooMuchError(f"aliases and merge keys expand to more than {MAX_NODES} nodes", node.start_mark)
        return weights[id(node)]

    return visit(root)


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key
            yield value
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


def _index(root: yaml.Node, newlines: list[int]) -> tuple[dict[str, int], tuple[DuplicateKey, ...]]:
    lines: dict[str, int] = {}
    duplicates: list[DuplicateKey] = []

    def visit(node: yaml.Node, prefix: str) -> None:
        seen: dict[Hashable, int] = {}
        for name, key, value in _entries(node):
            line = _line(newlines, key.start_mark.index)
            dotted = f"{prefix}{name}"
            if isinstance(node, yaml.MappingNode) and (key.tag, name) in seen:
                duplicates.append(DuplicateKey(dotted, line, seen[key.tag, name], key.tag == TEXT_TAG))
            seen.setdefault((key.tag, name), line)
            lines[dotted] = line
            if len(dotted) < MAX_DOTTED:
                visit(value, f"{dotted}.")

    visit(root, "")
    return lines, tuple(dict.fromkeys(duplicates))


def _entries(node: yaml.Node) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != MERGE_TAG:
                yield key.value, key, value
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield str(number), item, item


def _oddities(node: yaml.Node, newlines: list[int], prefix: str = "") -> Iterator[Oddity]:
    for name, _, value in _entries(node):
        if isinstance(value, yaml.ScalarNode):
            kind = _otherwise(value)
            if kind:
                yield Oddity(f"{prefix}{name}", _line(newlines, value.start_mark.index), value.value, kind)
        else:
            yield from _oddities(value, newlines, f"{prefix}{name}.")


def _otherwise(node: yaml.ScalarNode) -> Literal["text", "date", "refused"] | None:
    if node.style is not None:
        return None
    plain = yaml.SafeLoader("")
    tag = plain.resolve(yaml.ScalarNode, node.value, (True, False))  # type: ignore[no-untyped-call]
    if tag == "tag:yaml.org,2002:timestamp" and node.tag == "tag:yaml.org,2002:str":
        try:
            plain.construct_object(yaml.ScalarNode(tag, node.value))
        except ValueError:
            return "refused"
        return "date"
    return "text" if tag == "tag:yaml.org,2002:str" and node.tag == "tag:yaml.org,2002:float" else None
