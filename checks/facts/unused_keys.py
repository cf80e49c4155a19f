"""Which search-space keys have no effect, said only where the code that applies them can be followed."""

import ast
import re
from dataclasses import dataclass
from enum import StrEnum

from checks.context import Context
from checks.facts.hydra_apps import uses_config_store
from checks.facts.imports import imports
from checks.facts.python import modules
from checks.facts.search_application import Application, Write, application
from checks.facts.search_space import SearchSpace, config_keys, interpolated, search_spaces
from checks.facts.yaml_files import config_files


class Why(StrEnum):
    """How a key comes to have no effect."""

    NEVER_READ = "never-read"
    NOT_APPLIED = "not-applied"
    NO_SUCH_KEY = "no-such-key"
    NEVER_SAMPLED = "never-sampled"


@dataclass(frozen=True, slots=True)
class Unused:
    """The keys of one run's search space that have no effect.

    Args:
        space: the search space.
        keys: the keys, in the file's order.
        why: how they come to have none; the same for all of them.
        write: where the code writes the values, for ``NO_SUCH_KEY``.
    """

    space: SearchSpace
    keys: tuple[str, ...]
    why: Why
    write: Write | None = None


def unused_keys(context: Context) -> tuple[Unused, ...]:
    """One entry for each run configuration with such keys."""
    spaces = context.fact(search_spaces)
    if not spaces or _sweeps(context) or uses_config_store(context):
        return ()
    if any(module.tree is None for module in context.fact(modules).values()):
        return ()
    applied = context.fact(application)
    if not applied.named:
        return () if applied.hidden else tuple(Unused(each, tuple(each.parameters), Why.NEVER_READ) for each in spaces)
    if not applied.followed:
        return ()
    found = [_unused(context, space, applied) for space in spaces]
    return tuple(unused for unused in found if unused.keys)


def _unused(context: Context, space: SearchSpace, applied: Application) -> Unused:
    read = context.fact(_read_names)
    unnamed = tuple(key for key in space.parameters if key.rpartition(".")[2] not in read.anywhere)
    if not applied.ranged and unnamed:
        return Unused(space, unnamed, Why.NEVER_SAMPLED)
    if not applied.writes:
        return Unused(space, unnamed, Why.NOT_APPLIED)
    lost = tuple(key for key in space.parameters if not any(_lands(context, w.place(key)) for w in applied.writes))
    return Unused(space, lost, Why.NO_SUCH_KEY, min(applied.writes, key=lambda write: (write.path, write.line)))


def _lands(context: Context, place: str) -> bool:
    """Whether a value written at a dotted key can have an effect."""
    if place in context.fact(config_keys) or place in context.fact(interpolated):
        return True
    read = context.fact(_read_names)
    parts = place.split(".")
    if not all(_may_be_named(context, parts[: end + 1]) for end in range(len(parts) - 1)):
        return False
    if parts[-1] in read.texts or place in read.texts:
        return True
    return any(".".join(parts[start:]) in read.chains for start in range(len(parts)))


def _may_be_named(context: Context, section: list[str]) -> bool:
    """Whether a section is in some configuration, or code names one that is only there once it is written."""
    return ".".join(section) in context.fact(config_keys) or section[-1] in context.fact(_read_names).words


@dataclass(frozen=True, slots=True)
class _ReadNames:
    """What the code mentions: attribute chains without their first name, texts, and last names of any kind.

    ``anywhere`` leaves out the ends of chains that are a key of the configuration written out, such as
    ``cfg.training.lr``; ``words`` has them, and every word within a text too. Left out are imported things and the
    methods of calls: neither is a configuration key.
    """

    chains: frozenset[str]
    texts: frozenset[str]
    anywhere: frozenset[str]
    words: frozenset[str]


def _read_names(context: Context) -> _ReadNames:
    chains: set[str] = set()
    texts: set[str] = set()
    names: set[str] = set()
    plain: set[str] = set()
    known_keys = context.fact(config_keys)
    for path, module in context.fact(modules).items():
        known = context.fact(imports)[path]
        called = {node.func for node in module.walk() if isinstance(node, ast.Call)}
        for node in module.walk():
            if isinstance(node, ast.Attribute) and node not in called and known.resolve(node) is None:
                chains.add(chain := _chain(node))
                (plain if _written_out(chain) in known_keys else names).add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 200:
                texts.update((node.value, node.value.rpartition(".")[2]))
            elif isinstance(node, ast.keyword | ast.arg) and node.arg:
                names.add(node.arg)
    words = {word for text in texts for word in re.findall(r"\w+", text)}
    return _ReadNames(frozenset(chains), frozenset(texts), frozenset(names | texts), frozenset(names | plain | words))


def _written_out(chain: str) -> str:
    """The last two names of a chain that has them: a section of the configuration and its key, if it is one."""
    return ".".join(chain.split(".")[-2:]) if "." in chain else ""


MOST_PARTS = 12
"""Longest chain of attributes that is looked at; configurations are not nested deeper."""


def _chain(node: ast.expr) -> str:
    parts: list[str] = []
    while len(parts) < MOST_PARTS:
        if isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            parts.append(str(node.slice.value))
            node = node.value
        else:
            break
    return ".".join(reversed(parts))


def _sweeps(context: Context) -> bool:
    """Whether Hydra's own sweeper may run the search."""
    return any("sweeper" in file.text for file in context.fact(config_files).values())
