"""Files in a grammar that is newer than the Python that reviews them, such as nested quotes in an f-string (3.12)."""

import ast
import sys
from textwrap import dedent

import libcst
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from checks.context import Context
from checks.facts.pyproject import pyproject
from checks.facts.python import Module, modules

NEWER = "3.12"
"""The release whose grammar is accepted beside the reviewing one's."""
LATER_STILL = ("multiple exception types must be parenthesized", "dict unpacking cannot be used")
"""How CPython refuses what libcst takes and ``NEWER`` does not."""
FORMS = ("{}", "{} pass", "f({})", "{{{}}}")
"""What lines may be that CPython refuses: a statement, a block's head, arguments, entries of a dictionary."""
MOST_LINES = 6
"""Lines that a refused statement may have from where it is refused."""
MOST_READ = 1000
"""Longest text that is parsed again, characters."""
MOST_SIGNS = 60
"""Most brackets and operators in it: libcst dies of deep nesting."""


def newer_python(context: Context) -> frozenset[str]:
    """Files that the reviewing Python cannot parse and ``NEWER`` can, where the project may run on that one."""
    if sys.version_info >= (3, 12):
        return frozenset()
    refused = [module for module in context.fact(modules).values() if module.error is not None and module.tree is None]
    if not refused or not _allowed(context):
        return frozenset()
    return frozenset(module.path for module in refused if _parses(context, module))


def _allowed(context: Context) -> bool:
    project = context.fact(pyproject)
    wanted = project.get("project", "requires-python") if project is not None else None
    try:
        return SpecifierSet(wanted if isinstance(wanted, str) else "").contains(f"{NEWER}.99")
    except InvalidSpecifier:
        return True


def _parses(context: Context, module: Module) -> bool:
    said = module.error.message if module.error is not None else ""
    if module.error is None or said.startswith(LATER_STILL) or "\0" in module.text:
        return False
    first = module.error.line - 1
    lines = context.lines(module.path)[first : first + MOST_LINES]
    with context.reading(module.path):
        return any(_is_python("\n".join(lines[:end])) for end in range(1, len(lines) + 1))


def _is_python(text: str) -> bool:
    """Whether lines are right as they stand, or as a part of a statement."""
    text = dedent(text).strip().removesuffix(",")
    if len(text) > MOST_READ or sum(not each.isalnum() and each not in " ._" for each in text) > MOST_SIGNS:
        return False
    return any(_parses_as(form.format(text)) for form in FORMS)


def _parses_as(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        pass
    else:
        return False
    try:
        libcst.parse_module(text + "\n")
    except (libcst.ParserSyntaxError, RecursionError, ValueError):
        return False
    return True
