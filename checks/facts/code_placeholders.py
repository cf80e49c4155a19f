"""Placeholders that stand as values in Python code for something that is neither of the data set nor of the model."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from checks.context import Context
from checks.facts.placeholders import ALLOWED_WORDS, SETTING_WORDS, name_words
from checks.facts.python import modules
from checks.facts.syntax import defaults, dotted

VALUE = re.compile(r"[<{$\[]*\w+_PLACEHOLDER[>}\]]*")


@dataclass(frozen=True, slots=True)
class CodePlaceholder:
    """One text such as ``"LEARNING_RATE_PLACEHOLDER"`` that is given to a name or an argument.

    Args:
        path: the file.
        node: where it is given.
        text: the text.
        target: the name, key or argument that it is given to.
    """

    path: str
    node: ast.expr
    text: str
    target: str


def code_placeholders(context: Context) -> tuple[CodePlaceholder, ...]:
    """Every such text whose words speak of how a run is carried out, in order of file and line.

    Texts that are compared, replaced or looked up are left out: there, the code only knows of the placeholder.
    """
    found = []
    for path, module in context.fact(modules).items():
        with context.reading(path):
            for node in module.walk():
                for name, value in _given(node):
                    if _is_setting(value, name):
                        found.append(CodePlaceholder(path, value, str(value.value), name))
    return tuple(sorted(found, key=lambda each: (each.path, each.node.lineno)))


def _given(node: ast.AST) -> Iterator[tuple[str, ast.Constant]]:
    match node:
        case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=str(name)))], value=ast.Constant() as value):
            yield name, value
        case ast.Assign(targets=[target], value=ast.Constant() as value):
            yield dotted(target).rpartition(".")[2], value
        case ast.AnnAssign(target=target, value=ast.Constant() as value):
            yield dotted(target).rpartition(".")[2], value
        case ast.arguments():
            yield from ((name, each) for name, each in defaults(node) if isinstance(each, ast.Constant))
        case ast.keyword(arg=str() as name, value=ast.Constant() as value):
            yield name, value
        case ast.Dict(keys=keys, values=values):
            for key, each in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str) and isinstance(each, ast.Constant):
                    yield key.value, each


def _is_setting(value: ast.Constant, name: str) -> bool:
    """Whether both the text and what it is given to speak of a setting; a name in capitals may be for comparing."""
    if not isinstance(value.value, str) or not VALUE.fullmatch(value.value) or name.isupper():
        return False
    own, given = name_words(value.value), name_words(name)
    return bool(own & SETTING_WORDS and given & SETTING_WORDS) and not (own | given) & ALLOWED_WORDS
