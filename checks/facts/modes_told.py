"""Whether anything in the tree tells trial mode from full mode at all."""

import ast
import re

from checks.context import Context
from checks.facts.python import Module, modules
from checks.facts.unseen_code import unseen_code
from checks.facts.words import Words, words
from checks.facts.yaml_files import config_files

MODES = ("trial", "full")
LIST_WORDS = frozenset({*MODES, "mode", "or", "and"})
"""Words of a text that is a mode, or lists them."""
MOST_CHARACTERS = 80
"""Longest text that may be one."""


def modes_told(context: Context) -> bool:
    """Whether code under ``src/`` or the configuration names the modes; use it as ``context.fact(modes_told)``."""
    code = {path: module for path, module in context.fact(modules).items() if path.startswith("src/")}
    return _configured(context) or any(
        _tells(context.fact(words)[path]) or _names_both(module) for path, module in code.items()
    )


def modes_readable(context: Context) -> bool:
    """Whether the modes are told apart and no code is hidden, so that what is missing under one of them can be said."""
    return context.fact(modes_told) and not context.fact(unseen_code)


def _configured(context: Context) -> bool:
    """Whether the configuration has a group, a file or a section for the trial mode."""
    sections = {key.rpartition(".")[2] for file in context.fact(config_files).values() for key in file.lines or {}}
    return "trial" in sections or any(context.tree.paths("config/mode/*", "config/*trial*"))


def _tells(each: Words) -> bool:
    """Whether a text of the code is one of the modes, or a list of them; prose that mentions one is not."""
    texts = [set(re.findall(r"\w+", text.lower())) for text in each.texts if len(text) < MOST_CHARACTERS]
    names = {name.lower() for name in each.names}
    return any(text.intersection(MODES) and text <= LIST_WORDS for text in texts) or any(
        name in each.names or f"{name.lower()}_mode" in names or f"is_{name.lower()}" in names
        for name in ("TRIAL", "FULL")
    )


def _names_both(module: Module) -> bool:
    """Whether definitions or keyword arguments are named after both modes, as in ``dict(trial=..., full=...)``."""
    found: set[str] = set()
    for node in module.walk():
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.keyword(arg=str(name)):
                found.update(re.split(r"[^a-z]+|(?<=[a-z])(?=[A-Z])", name.lower()))
    return found.issuperset(MODES)
