"""Reads ``.github/referee.yml`` and says in one line, with its place, what is wrong with it."""

import difflib
from collections.abc import Collection, Iterable
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from checks.configuration.model import Configuration, WaiverEntry
from checks.facts.yaml_files import YamlFile, parse_yaml
from checks.registry import identifiers
from checks.tree import SourceTree, TreeError

CONFIGURATION_PATHS = (".github/referee.yml", ".github/referee.yaml")
"""Where a tree keeps its configuration; one of them."""
MOST_SAID = 5
"""Faults that one message lists."""


def configuration_of(tree: SourceTree) -> Configuration:
    """The configuration that a tree carries; the default one where it carries none.

    Raises:
        TreeError: it has two, or one that cannot be read.
    """
    found = [path for path in CONFIGURATION_PATHS if path in tree]
    if len(found) > 1:
        raise TreeError(f"{' and '.join(found)} are both there; keep one of them")
    if not found:
        return Configuration()
    if found[0] in tree.unread:
        raise TreeError(f"{found[0]} was not read: {tree.unread[found[0]].detail}")
    return read_configuration(found[0], tree.files[found[0]])


def read_configuration(name: str, data: bytes) -> Configuration:
    """Read the text of a configuration.

    Args:
        name: the file's name, for messages.
        data: its content.

    Raises:
        TreeError: it is not such a configuration; the message names the line, the fault and the nearest known name.
    """
    file = parse_yaml(name, data)
    if file.error is not None:
        raise TreeError(f"{name}:{file.error.line}: {file.error.message}")
    if file.duplicates:
        twice = file.duplicates[0]
        raise TreeError(f"{name}:{twice.line}: `{twice.key}` stands twice; the first is on line {twice.first_line}")
    if file.root is not None and not isinstance(file.value, dict):
        raise TreeError(f"{name}:1: it must hold keys such as `profile: experiment`")
    try:
        configuration = Configuration.model_validate(file.mapping(), strict=False)
    except ValidationError as error:
        raise TreeError("; ".join(_faults(file, error.errors(include_url=False, include_input=False)))) from None
    unknown = list(_unknown_rules(file, configuration))
    if unknown:
        raise TreeError("; ".join(unknown[:MOST_SAID]))
    return configuration


def _faults(file: YamlFile, errors: list[ErrorDetails]) -> Iterable[str]:
    for error in errors[:MOST_SAID]:
        where = ".".join(str(part) for part in error["loc"] if part != "[key]")
        place = f"{file.path}:{_line(file, error['loc'])}"
        if error["type"] == "extra_forbidden":
            yield f"{place}: unknown key `{where}`{_nearest(str(error['loc'][-1]), _known(error['loc']))}"
        else:
            yield f"{place}: `{where}`: {error['msg'][:1].lower()}{error['msg'][1:]}"


def _line(file: YamlFile, place: tuple[Any, ...]) -> int:
    """The line of a value, or of the nearest thing around it that has one."""
    parts = [str(part) for part in place]
    for length in range(len(parts), 0, -1):
        line = file.line(".".join(parts[:length]))
        if line is not None:
            return line
    return 1


def _known(place: tuple[Any, ...]) -> Collection[str]:
    return (WaiverEntry if len(place) > 1 else Configuration).model_fields


def _unknown_rules(file: YamlFile, configuration: Configuration) -> Iterable[str]:
    known = frozenset(identifiers())
    for section in ("severities", "rules_off"):
        for rule in getattr(configuration, section):
            if rule not in known:
                line = _line(file, (section, rule))
                yield f"{file.path}:{line}: `{section}`: no rule is called `{rule}`{_nearest(rule, known)}"


def _nearest(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, known, 1, 0.5)
    if near:
        return f"; did you mean `{near[0]}`?"
    return f"; known are {', '.join(f'`{each}`' for each in known)}" if len(known) < 20 else ""
