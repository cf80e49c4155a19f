"""What a setting is worth under a mode: by the code's constants, by what it writes, by the composed configuration."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from checks.context import Context
from checks.facts.hydra_commands import compositions, merged
from checks.facts.mode_code import ModeCode, Write, mode_code
from checks.facts.mode_keys import Key
from checks.facts.mode_operators import UNKNOWN
from checks.facts.mode_processes import together
from checks.facts.yaml_files import run_files, yaml_files

MAIN_CONFIG = "config/config.yaml"
WRAPPERS = frozenset({"int", "float", "str", "bool", "max", "min"})


@dataclass(frozen=True, slots=True)
class Setting:
    """What an expression is worth under a mode.

    Args:
        values: what it may be; empty where that cannot be told.
        write: the write that makes it so; None where the code or the configuration holds it.
        key: the configuration key that it is read from; empty where it is none.
    """

    values: tuple[object, ...] = ()
    write: Write | None = None
    key: Key = ()

    def is_only(self, *values: object) -> bool:
        """Whether it certainly is one of these."""
        return bool(self.values) and all(each in values for each in self.values)


def setting(context: Context, path: str, node: ast.expr, mode: str) -> Setting:
    """What ``node`` is worth under ``mode``."""
    code = context.fact(mode_code)
    key = _key(code, path, node)
    if not key:
        value = code.value(path, node, mode)
        return Setting() if value is UNKNOWN else Setting((value,))
    writes = list(written(context, path, key, mode))
    if not writes:
        value = code.value(path, node, mode)
        return Setting(tuple(composed(context, key, mode)) if value is UNKNOWN else (value,), None, key)
    values = tuple(each.values.get(mode, UNKNOWN) for each in writes)
    if not any(is_certain(code, each, mode) for each in writes):
        values = (tuple(composed(context, key, mode)) or (UNKNOWN,)) + values
    return Setting((), writes[0], key) if UNKNOWN in values else Setting(values, writes[-1], key)


def is_certain(code: ModeCode, write: Write, mode: str) -> bool:
    """Whether a write happens whenever the program runs under a mode."""
    return write.node is None or code.certain(write.path, write.node, mode)


def written(context: Context, path: str, key: Key, mode: str) -> Iterator[Write]:
    """What may give the key that a file reads a value under a mode; a table that is for no one mode is left out."""
    code, shared = context.fact(mode_code), context.fact(together)
    for each in code.under(mode, key[-1]):
        short = min(len(key), len(each.key))
        if each.kind == "argument" or (each.kind == "table" and not each.applied and each.modes != {mode}):
            continue
        if each.key[-short:] != key[-short:] or (short == 1 and key[-1] == "mode" and len(key) != len(each.key)):
            continue
        if each.kind == "override" or shared.shares(each.path, path):
            yield each


def set_apart(context: Context, path: str, key: Key, mode: str) -> str:
    """A sentence on a write of the key in a process that hands it to none of this file; empty where there is none."""
    shared = context.fact(together)
    for each in context.fact(mode_code).under(mode, *key[-2:]):
        if key and each.kind in ("assigned", "updated") and not shared.shares(each.path, path):
            return f" Line {each.line} of `{each.path}` sets it in its own process, which starts this one without it."
    return ""


def composed(context: Context, key: Key, mode: str) -> Iterator[object]:
    """What the configuration gives the key in each run under a mode; nothing where one of them cannot be told."""
    found = [_at(config, key) for config in context.fact(configurations).get(mode, ())]
    if UNKNOWN not in found:
        yield from found


def configurations(context: Context) -> Mapping[str, tuple[Mapping[str, Any], ...]]:
    """The configurations of every run under each mode, with the run's own file laid over what Hydra composes."""
    runs = {run: {str(key): value for key, value in file.mapping().items()} for run, file in run_files(context).items()}
    main = context.fact(yaml_files).get(MAIN_CONFIG)
    plain = {str(key): value for key, value in main.mapping().items()} if main else {}
    found: dict[str, tuple[Mapping[str, Any], ...]] = {}
    for mode in ("trial", "full"):
        known = [
            merged(one.outcome.config, runs.get(one.run or "", {}))
            for one in context.fact(compositions)
            if one.mode == mode and one.outcome.config is not None
        ]
        found[mode] = tuple(known or [merged(plain, each) for each in runs.values()] or [plain])
    return found


def _key(code: ModeCode, path: str, node: ast.expr) -> Key:
    """The key that an expression is read from, through ``int(...)`` and ``x or default``."""
    while True:
        if key := code.key_of(path, node):
            return key
        match node:
            case ast.Call(func=ast.Name(id=name), args=[inner, *_]) if name in WRAPPERS:
                node = inner
            case ast.BoolOp(op=ast.Or(), values=[inner, *_]):
                node = inner
            case _:
                return ()


def _at(config: object, key: Key) -> object:
    for part in key:
        if not isinstance(config, Mapping) or part not in config:
            return UNKNOWN
        config = config[part]
    if isinstance(config, str) and ("${" in config or config == "???"):
        return UNKNOWN
    return config if isinstance(config, str | int | float | bool) or config is None else UNKNOWN
