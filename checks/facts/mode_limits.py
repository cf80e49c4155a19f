"""Whether anything cuts the batches or the samples that a trial works through.

Answers only for code that is understood: one effect of a mode that is not, and nothing is said.
"""

import ast
import re
from collections.abc import Iterator

from checks.context import Context
from checks.facts.calls import called_name
from checks.facts.imports import imports
from checks.facts.mode_code import TRIAL, Write, mode_code
from checks.facts.mode_effects import HARMLESS, Unknown, mode_effects
from checks.facts.mode_loops import Loop, mode_loops
from checks.facts.mode_settings import setting
from checks.facts.nodes import nodes

WORKLESS = re.compile(
    r"(?i)(.*\.)?(.*epochs?|(.*_)?batch_size|gradient_accumulation\w*|.*interval.*|.*_every\w*|precision|amp|compile)"
)
"""Names of settings that limit no batches and no samples, beyond ``HARMLESS``."""
EVALUATION = re.compile(r"(?i)(.*_)?(eval(uation)?|val(id(ation)?)?|test|dev)(_.*)?")
"""Names of settings that limit the evaluation alone."""
TRAINING = re.compile(r"(?i)(.*\.)?\w*(train|step|update)\w*")
"""Names of settings that limit the training alone."""
FEW = 8
"""So many batches are a limit that the code sets for itself, whatever the mode."""


def unlimited_batches(context: Context) -> tuple[Loop, ...]:
    """The loops over training batches that a trial runs to their end; empty where that cannot be said."""
    effects, code = context.fact(mode_effects), context.fact(mode_code)
    if effects.unknown or any(_limits(each) and not EVALUATION.fullmatch(each.key[-1]) for each in effects.settings):
        return ()
    loops = [each for each in context.fact(mode_loops).batches if TRIAL in code.modes(each.path, each.node)]
    return tuple(each for each in loops if not _is_cut(context, each))


def unlimited_evaluations(context: Context) -> tuple[Loop, ...]:
    """The loops of an evaluation that a trial runs to their end though it cuts the training."""
    effects, code = context.fact(mode_effects), context.fact(mode_code)
    if any(_limits(each) and not _trains_only(context, each) for each in effects.settings):
        return ()
    if not all(_in_training(context, each) for each in effects.unknown):
        return ()
    loops = [each for each in context.fact(mode_loops).evaluations if TRIAL in code.modes(each.path, each.node)]
    return tuple(each for each in loops if not _is_cut(context, each))


def _limits(write: Write) -> bool:
    key = ".".join(write.key)
    harmless = HARMLESS.fullmatch(key) or WORKLESS.fullmatch(key) or not write.key
    if write.kind in ("argument", "table") and not write.applied:
        return not harmless and TRIAL in write.modes
    return not harmless


def _trains_only(context: Context, write: Write) -> bool:
    """Whether a setting is read in functions that train and in no others."""
    if not TRAINING.fullmatch(write.key[-1]) and not _read_in_training(context, write.key[-1]):
        return False
    return write.kind != "yaml"


def _read_in_training(context: Context, name: str) -> bool:
    places = list(_reads(context, name))
    return bool(places) and all(_trains(context, path, node) for path, node in places)


def _reads(context: Context, name: str) -> Iterator[tuple[str, ast.AST]]:
    for path, found in context.fact(nodes).items():
        for node in found.of(ast.Attribute):
            if node.attr == name and isinstance(node.ctx, ast.Load):
                yield path, node
        for text in found.of(ast.Constant):
            if text.value == name:
                yield path, text


def _trains(context: Context, path: str, node: ast.AST) -> bool:
    """Whether a node stands inside, or heads, a loop over training batches, or in a test before it."""
    return any(
        loop.path == path and context.fact(nodes)[path].within(node, loop.node)
        for loop in context.fact(mode_loops).batches
    )


def _in_training(context: Context, effect: Unknown) -> bool:
    return isinstance(effect.node, ast.Break | ast.Continue) and _trains(context, effect.path, effect.node)


def _is_cut(context: Context, loop: Loop) -> bool:
    """Whether a loop over batches may end early, or runs over a part, whatever the mode."""
    if not isinstance(loop.node, ast.For | ast.AsyncFor):
        return True
    found = context.fact(nodes)[loop.path]
    for source in _sources(context, loop.path, loop.node.iter):
        for call in found.under(source, ast.Call):
            if called_name(call) == "islice":
                end = call.args[-1] if len(call.args) < 4 else call.args[2]
                if not _is_large(context, loop.path, end):
                    return True
        if any(True for _ in found.under(source, ast.Slice)):
            return True
    return any(_is_limit(context, loop, each) for each in found.under(loop.node, ast.Break, ast.Return))


def _sources(context: Context, path: str, source: ast.expr) -> Iterator[ast.expr]:
    """What a loop goes through, and what its names were given in one plain assignment."""
    yield source
    for name in context.fact(nodes)[path].under(source, ast.Name):
        given = context.fact(imports)[path].assigned(name)
        if given is not None:
            yield given


def _is_limit(context: Context, loop: Loop, leave: ast.AST) -> bool:
    found = context.fact(nodes)[loop.path]
    if found.nearest(leave, ast.For, ast.While) is not loop.node:
        return False
    branch = found.nearest(leave, ast.If)
    if branch is None or not found.within(branch, loop.node):
        return True
    names = {called_name(call) for call in found.under(branch.test, ast.Call)}
    if names & {"isnan", "isfinite", "isinf", "is_nan"}:
        return False
    compares = list(found.under(branch.test, ast.Compare))
    return not any(_is_large(context, loop.path, side) for each in compares for side in each.comparators)


def _is_large(context: Context, path: str, end: ast.expr) -> bool:
    """Whether a trial's limit is certainly none: a key that holds nothing, or a large number."""
    values = setting(context, path, end, TRIAL).values
    large = [each for each in values if each is None or (isinstance(each, int | float) and each > FEW)]
    return bool(values) and len(large) == len(values)
