"""Values of the run configurations that no code reads, said only where every use of the configuration is followed."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checks.context import Context
from checks.facts.config_uses import ConfigUses, config_uses
from checks.facts.hydra_apps import uses_config_store
from checks.facts.nodes import Nodes, nodes
from checks.facts.search_space import interpolated
from checks.facts.unseen_code import unseen_code
from checks.facts.yaml_files import YamlFile, run_files

DESCRIPTIONS = frozenset(
    {
        "author", "citation", "comment", "comments", "date", "description", "display_name", "goal", "hypothesis",
        "info", "label", "license", "link", "note", "notes", "paper", "parameter_count", "purpose", "rationale",
        "reference", "references", "role", "source_url", "summary", "tag", "tags", "title", "url", "version",
    }
)  # fmt: skip
"""Last words of keys that tell a reader something and are not meant for the code."""
OTHERS = frozenset({"optuna", "wandb", "hydra", "logging", "defaults", "run_id", "metadata", "meta"})
"""Sections whose content other rules look at, or that libraries read."""
CONFIG_NAME = re.compile(r"cfg|conf|hparam|param|arg|opt|setting|spec", re.IGNORECASE)
"""Names that may hold a configuration in ways that are not followed."""
MOST_PARTS = 12


@dataclass(frozen=True, slots=True)
class Unread:
    """The values of one run configuration that nothing reads.

    Args:
        file: the run configuration.
        keys: their dotted keys, in the file's order.
    """

    file: YamlFile
    keys: tuple[str, ...]

    def value(self, dotted: str) -> object:
        """The value at one of the keys."""
        value: object = self.file.mapping()
        for name in dotted.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        return value


def unread_keys(context: Context) -> tuple[Unread, ...]:
    """Every run configuration with such values; none where a use of the configuration cannot be followed."""
    runs = context.fact(run_files)
    if not runs or context.fact(unseen_code) or uses_config_store(context):
        return ()
    uses = context.fact(config_uses)
    read = {_plain(key) for use in uses.reads for key in (use.key, *(each.place for each in use.held))}
    whole = {_plain(use.key) for use in uses.reads if use.whole} | set(_unfollowed(uses))
    if () in whole:
        return ()
    found = []
    for file in runs.values():
        shared = _shared(file)
        keys = [
            key for key in _leaves(file.mapping()) if not any(key[:end] in shared for end in range(1, len(key) + 1))
        ]
        unread = Unread(file, tuple(".".join(key) for key in keys if not _is_read(context, key, read, whole)))
        kept = tuple(key for key in unread.keys if not _is_in_code(context, unread.value(key)))
        if kept and len(unread.keys) < len(keys):
            found.append(Unread(file, kept))
    return tuple(found)


def _plain(key: tuple[str, ...]) -> tuple[str, ...]:
    """A key without the group that a run configuration may be put under."""
    return key[1:] if key[:1] in (("run",), ("runs",)) and len(key) > 1 else key


def _unfollowed(uses: ConfigUses) -> Iterator[tuple[str, ...]]:
    """What is put into a mapping or another key, where its uses are not followed."""
    for use in uses.writes:
        if use.value is not None:
            yield from (_plain(held.key) for held in uses.values.of(use.value) if not use.whole)


def _is_read(context: Context, key: tuple[str, ...], read: set[tuple[str, ...]], whole: set[tuple[str, ...]]) -> bool:
    if key in read or any(key[:end] in whole for end in range(1, len(key))):
        return True
    if any(part in context.fact(loose_names) for part in (key[-1], ".".join(key))):
        return True
    words = context.fact(interpolated)
    return any(".".join(key[:end]) in words or ".".join(("run", *key[:end])) in words for end in range(1, len(key) + 1))


def _shared(file: YamlFile) -> frozenset[tuple[str, ...]]:
    """The keys whose content has an anchor: other keys of the file take it in."""
    lines = {number for number, line in enumerate(file.text.split("\n"), 1) if re.search(r":\s*&\w", line)}
    return frozenset(tuple(dotted.split(".")) for dotted, line in (file.lines or {}).items() if line in lines)


def _is_in_code(context: Context, value: object) -> bool:
    """Whether a text names what the code does anyway, as ``adamw`` does beside ``torch.optim.AdamW``."""
    return isinstance(value, str) and _letters(value) in context.fact(_code_letters)


def _code_letters(context: Context) -> str:
    return "\n".join(_letters(context.text(path)) for path in context.fact(nodes))


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.lower())


def _leaves(mapping: Mapping[object, object]) -> Iterator[tuple[str, ...]]:
    """The keys of the values in the sections that the code is to read."""
    todo: list[tuple[tuple[str, ...], object]] = [((), mapping)]
    while todo:
        key, value = todo.pop(0)
        if isinstance(value, dict) and len(key) < MOST_PARTS:
            todo = [((*key, str(name)), inner) for name, inner in value.items()] + todo
        elif key and key[0] not in OTHERS and key[-1] not in DESCRIPTIONS and _sets(key, value):
            yield key


def _sets(key: tuple[str, ...], value: object) -> bool:
    """Whether a value is a setting: any in a section, a number at the root."""
    return value is not None and (len(key) > 1 or isinstance(value, int | float))


def loose_names(context: Context) -> frozenset[str]:
    """Every name by which code may read a key unseen: texts, and attributes of what may be a configuration."""
    held = context.fact(config_uses).values.held
    found: set[str] = set()
    for tree in context.fact(nodes).values():
        for text in tree.of(ast.Constant):
            parent = tree.parent(text)
            followed = parent in held or (isinstance(parent, ast.Subscript) and parent.value in held)
            if (
                isinstance(text.value, str)
                and len(text.value) < MOST_TEXT
                and not followed
                and not _is_sent(tree, text)
            ):
                found.update((text.value, text.value.rpartition(".")[2]))
        for attribute in tree.of(ast.Attribute):
            if attribute not in held and attribute.value not in held and _may_be_config(attribute):
                found.add(attribute.attr)
    return frozenset(found)


MOST_TEXT = 100
"""Longest text that is taken for a key, characters."""


def _is_sent(tree: Nodes, text: ast.Constant) -> bool:
    """Whether a text is the key of a written dictionary, which reads nothing."""
    parent = tree.parent(text)
    return isinstance(parent, ast.Dict) and text in parent.keys


def _may_be_config(attribute: ast.Attribute) -> bool:
    base: ast.expr = attribute.value
    for _ in range(MOST_PARTS):
        if isinstance(base, ast.Attribute) and not CONFIG_NAME.search(base.attr):
            base = base.value
        elif isinstance(base, ast.Subscript | ast.Call):
            base = base.value if isinstance(base, ast.Subscript) else base.func
        else:
            break
    return bool(CONFIG_NAME.search(getattr(base, "attr", getattr(base, "id", ""))))
