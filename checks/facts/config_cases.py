"""What each configuration that comes into the code holds, for every run and mode that the documented commands start."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from typing import Any

from checks.context import Context
from checks.facts.config_roots import Kind, Source
from checks.facts.config_values import Held
from checks.facts.hydra_apps import hydra_apps, uses_config_store
from checks.facts.hydra_commands import compositions
from checks.facts.nodes import nodes
from checks.facts.processes import processes
from checks.facts.python import dotted_name
from checks.facts.yaml_files import config_files, run_files, yaml_files

Layers = tuple[Mapping[str, Any], ...]
GIVEN = {"results_dir": "results", "run_ids": "[]"}
"""What the documented commands set whatever the files say."""
OPEN = "???"
"""A value that stands open, as YAML files write it."""
MOST_GIVEN = 100
"""Arguments of child processes that are looked at."""
MOST_CASES = 64
"""Runs and modes that are looked at; the others are taken to be like them."""


MOST_TEXT = 200
"""Longest text that is taken for a file or a module, characters."""


class Absent(Enum):
    """Why a key has no value that can be told."""

    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Case:
    """One run in one mode; None where the program is started without, or the file does not depend on it.

    Args:
        run: the run id.
        mode: the mode.
    """

    run: str | None
    mode: str | None


class ConfigCases:
    """The configurations of the tree.

    Args:
        context: the review.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._of: dict[Source, dict[Case, Layers]] = {}
        self._cases: dict[tuple[Held, ...], tuple[Case, ...]] = {}

    def of(self, source: Source) -> Mapping[Case, Layers]:
        """The content of a configuration by case, later layers over earlier ones; empty where it cannot be told."""
        if source not in self._of:
            found = dict(self._read(source))
            if not found and source.kind is Kind.HYDRA and not uses_config_store(self._context):
                found = dict(self._like(source))
            self._of[source] = found
        return self._of[source]

    def cases(self, held: tuple[Held, ...]) -> tuple[Case, ...]:
        """Every case that a value is there in; none where one of its sources cannot be told."""
        if held not in self._cases:
            self._cases[held] = self._told(held)
        return self._cases[held]

    def _told(self, held: tuple[Held, ...]) -> tuple[Case, ...]:
        found: dict[Case, None] = {}
        for each in held:
            mine = self.of(each.source)
            if not mine and not self._is_started(each.source):
                continue
            if not mine:
                return ()
            found.update(dict.fromkeys(mine))
        narrow = [case for case in found if case.run is not None and case.mode is not None]
        narrow = narrow or [case for case in found if case.run is not None]
        return tuple(narrow or found)[:MOST_CASES]

    def layers(self, held: Held, case: Case) -> Iterator[Mapping[str, Any]]:
        """What a value's source holds in a case."""
        for mine, layers in self.of(held.source).items():
            if mine.run in (None, case.run) and mine.mode in (None, case.mode):
                yield from layers

    def look(self, held: tuple[Held, ...], case: Case) -> object:
        """The value of a key that lies in any of several layers: ``Absent.MISSING`` where none of them has it."""
        found: object = Absent.MISSING
        for each in held:
            for config in self.layers(each, case):
                value = look_up(config, each.place)
                if value is Absent.UNKNOWN or isinstance(value, Mapping):
                    return value
                found = value if value is not Absent.MISSING else found
        return found

    def _read(self, source: Source) -> Iterator[tuple[Case, Layers]]:
        if source.kind is Kind.HYDRA:
            for one in self._context.fact(compositions):
                if (one.app.path, one.app.line) == (source.path, source.line) and one.outcome.config is not None:
                    yield Case(one.run, one.mode), (one.outcome.config,)
        elif source.kind is Kind.MAIN:
            file = self._context.fact(yaml_files).get(source.file)
            if file is not None and file.error is None:
                yield Case(None, None), (_texts(file.mapping()),)
        else:
            for run, file in self._context.fact(run_files).items():
                if file.error is None:
                    yield Case(run, None), (_texts(file.mapping()),)

    def _is_started(self, source: Source) -> bool:
        """Whether a documented command starts an application, or some code names its module."""
        commands = {command.module for command in self._context.profile.commands}
        module = dotted_name(source.path)
        if source.kind is not Kind.HYDRA or module in commands:
            return True
        said = self._context.fact(_said)
        return module in said or source.path.rpartition("/")[2] in said

    def _like(self, source: Source) -> Iterator[tuple[Case, Layers]]:
        """For an application that is not composed: what another one receives from the same file, else every file."""
        apps = self._context.fact(hydra_apps).get(source.path, ())
        app = next((each for each in apps if each.line == source.line), None)
        files = self._context.fact(yaml_files)
        main = files.get(app.config_file or "") if app is not None and not app.unknown else None
        if main is None or main.error is not None or not self._is_started(source):
            return
        same = [
            one
            for one in self._context.fact(compositions)
            if one.outcome.config is not None and one.app.config_file == main.path and one.run is not None
        ]
        given = tuple(islice(self._given(source), MOST_GIVEN)) if same else ()
        for one in same:
            yield Case(one.run, one.mode), (one.outcome.config or {}, *given)
        for run, file in self._context.fact(run_files).items() if not same else ():
            mine = _texts(file.mapping())
            others = [{"run": mine, "runs": mine}, mine]
            for path, other in self._context.fact(config_files).items():
                if other is not main and not path.startswith(("config/runs/", "config/run/")):
                    group = path.removeprefix("config/").partition("/")[0]
                    others += [_texts(other.mapping()), {group: _texts(other.mapping())}]
            for mode in ("trial", "full"):
                yield Case(run, mode), (*others, _texts(main.mapping()), {**GIVEN, "mode": mode})

    def _given(self, source: Source) -> Iterator[Mapping[str, Any]]:
        """Keys inside a section, and added ones, that the code gives a child on its command line: values unknown."""
        module = dotted_name(source.path)
        for process in self._context.fact(processes):
            for word in process.arguments.words if module == process.module or source.path == process.file else ():
                key, sign, _ = word.start.partition("=")
                names = key.lstrip("+").split(".")
                if sign and all(names) and (len(names) > 1 or key.startswith("+")):
                    value: Mapping[str, Any] = {names[-1]: OPEN}
                    for name in reversed(names[:-1][:MOST_GIVEN]):
                        value = {name: value}
                    yield value


def look_up(config: Mapping[str, Any], place: tuple[str, ...]) -> object:
    """The value at a key; unknown where an interpolation, a list or ``???`` stands on the way or at the end."""
    value: object = config
    for name in place:
        if isinstance(value, Mapping):
            known = {str(key): inner for key, inner in value.items()} if name not in value else value
            if name not in known:
                return Absent.MISSING
            value = known[name]
        elif isinstance(value, list) or _is_open(value):
            return Absent.UNKNOWN
        else:
            return Absent.MISSING
    return Absent.UNKNOWN if _is_open(value) else value


def _is_open(value: object) -> bool:
    return isinstance(value, str) and ("${" in value or value == OPEN)


def _texts(mapping: Mapping[object, object]) -> dict[str, Any]:
    return {str(key): value for key, value in mapping.items()}


def config_cases(context: Context) -> ConfigCases:
    """The configurations of the tree; use it as ``context.fact(config_cases)``."""
    return ConfigCases(context)


def _said(context: Context) -> frozenset[str]:
    """Every short text of the code, and what follows its last slash."""
    texts = {
        node.value
        for found in context.fact(nodes).values()
        for node in found.of(ast.Constant)
        if isinstance(node.value, str) and len(node.value) < MOST_TEXT
    }
    return frozenset(texts) | {text.rpartition("/")[2] for text in texts}
