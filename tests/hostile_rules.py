"""Registries of misbehaving rules, which the static rung's tests name to its child process."""

import ctypes
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

from checks.context import Context
from checks.finding import Severity
from checks.registry import rules_for
from checks.rule import Hit, Rule

CRITERIA = {"base": "file-structure", "experiment": "file-structure"}
KILLER = "src/model.py"
Registry = Callable[[str], list[Rule]]


class Quiet(Rule):
    """Finds one thing, always."""

    criteria: ClassVar = {"base": "pytorch-only", "experiment": "configuration-files"}

    @classmethod
    def id(cls) -> str:
        return "z/quiet"

    def check(self, context: Context) -> Iterator[Hit]:
        yield Hit("found", "src/train.py", 1)


class CannotBeAnalysed(Rule):
    """Reports every file that killed the analysis."""

    criteria = CRITERIA

    @classmethod
    def id(cls) -> str:
        return "a/cannot-be-analysed"

    def check(self, context: Context) -> Iterator[Hit]:
        for path, unread in context.tree.unread.items():
            yield Hit(unread.detail, path)


class Hostile(Rule):
    """Does what the function says, in the middle of a check."""

    criteria = CRITERIA

    def __init__(self, action: Callable[[Context], Iterator[Hit] | None], name: str = "m/hostile") -> None:
        self._action, self._name = action, name

    def id(self) -> str:  # type: ignore[override]
        return self._name

    def check(self, context: Context) -> Iterator[Hit]:
        yield from self._action(context) or ()


def _alone(action: Callable[[Context], Iterator[Hit] | None]) -> Registry:
    return lambda _: [CannotBeAnalysed(), Hostile(action), Quiet()]


def _with_file(action: Callable[[Context], object]) -> Registry:
    def check(context: Context) -> None:
        if KILLER in context.tree.files:
            with context.reading(KILLER):
                action(context)

    return _alone(check)


def _raise(_: Context) -> None:
    raise ValueError("a wrong turn \udce9")


def _hang(_: Context) -> None:
    while True:
        pass


def _eat(_: Context) -> None:
    kept = []
    while True:
        kept.append(bytearray(16 * 1024 * 1024))


def _exit(_: Context) -> None:
    os._exit(0)


def _crash(_: Context) -> None:
    ctypes.string_at(0)


def _recurse(context: Context) -> None:
    _recurse(context)


def _print(_: Context) -> None:
    sys.stdout.write('{"kind": "end"}\n' * 100_000)
    sys.stdout.flush()
    os.write(1, b'{"kind": "end"}\n')
    os.write(2, b"noise" * 100_000)


def _flood(_: Context) -> Iterator[Hit]:
    for number in range(1000):
        severity = Severity.BLOCKING if number == 999 else Severity.ADVISORY
        yield Hit(f"number {number} " + "x" * 100_000, "src/train.py", 1, severity=severity)


def _surrogate(_: Context) -> Iterator[Hit]:
    yield Hit("half a pair: \ud800", "src/train.py", 1)


def _elsewhere(_: Context) -> Iterator[Hit]:
    yield Hit("somewhere else", "../../etc/passwd", 1)


def _surroundings(_: Context) -> Iterator[Hit]:
    yield Hit(f"environment {sorted(os.environ)}")
    yield Hit(f"directory {[*Path().iterdir()]}")
    yield Hit(f"group {os.getpgid(0) == os.getpid()}")


def _grandchild(_: Context) -> Iterator[Hit]:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], stdin=subprocess.DEVNULL)
    yield Hit(f"process {process.pid}")


def _big_file(_: Context) -> None:
    with open("big", "wb") as file:  # noqa: PTH123
        file.write(bytes(64 * 1024 * 1024))


def none(_: str) -> list[Rule]:
    """No rules at all."""
    return []


def many_deaths(_: str) -> list[Rule]:
    """More rules that kill the child than it is restarted."""
    return [Hostile(_exit, f"m/dies-{number}") for number in range(20)]


def silent_about_deaths(_: str) -> list[Rule]:
    """A rule that dies over a file, and none that speaks for that file."""
    return [*_with_file(_exit)("")[1:]]


def real_rules_and_a_killer(profile: str) -> list[Rule]:
    """The registry's own rules, and one that dies over a file."""
    return [_with_file(_exit)("")[1], *rules_for(profile)]


def dies_late(_: str) -> list[Rule]:
    """A file that kills the child after the rule that would have reported it."""

    def check(context: Context) -> None:
        if KILLER in context.tree.files:
            with context.reading(KILLER):
                os._exit(1)

    return [CannotBeAnalysed(), Quiet(), Hostile(check, "zz/dies-late")]


raises, hangs, eats, exits, crashes = map(_alone, (_raise, _hang, _eat, _exit, _crash))
recurses, prints, floods, surrogate = map(_alone, (_recurse, _print, _flood, _surrogate))
elsewhere, surroundings, grandchild, big_file = map(_alone, (_elsewhere, _surroundings, _grandchild, _big_file))
file_hangs, file_eats, file_exits = map(_with_file, (_hang, _eat, _exit))
file_crashes, file_recurses = map(_with_file, (_crash, _recurse))
