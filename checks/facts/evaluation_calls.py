"""Where other files of the tree start the evaluation, or call what it defines."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from checks.context import Context
from checks.facts.calls import calls
from checks.facts.choices import Function
from checks.facts.imports import imports
from checks.facts.live_code import live_nodes
from checks.facts.nodes import nodes
from checks.facts.processes import processes
from checks.facts.reach import local_names
from checks.facts.text_patterns import patterns

EVALUATE, MODULE = "src/evaluate.py", "src.evaluate"


class How(StrEnum):
    """How the evaluation comes to run."""

    PROCESS = "process"
    ENTRY = "entry"
    IMPORT = "import"
    WORK = "work"
    HELPER = "helper"


@dataclass(frozen=True, slots=True)
class EvaluationCall:
    """One place.

    Args:
        path: the file.
        line: first line, counted from 1.
        end_line: last line.
        how: a process of its own; a call of what the evaluation calls when it is started; an import that runs it
            already; a call of a function that reads recorded runs; a call of any other function.
        name: the function or module that is named there.
    """

    path: str
    line: int
    end_line: int | None
    how: How
    name: str


def evaluation_calls(context: Context) -> tuple[EvaluationCall, ...]:
    """Every such place outside ``src/evaluate.py``, in code that may run."""
    found = [*_processes(context), *_references(context), *_imports(context), *_by_name(context)]
    if not found:
        return ()
    live = {path: {getattr(node, "lineno", 0) for node in some} for path, some in context.fact(live_nodes).items()}
    return tuple(each for each in found if each.line in live.get(each.path, set()))


def _processes(context: Context) -> Iterator[EvaluationCall]:
    seen = set()
    for each in context.fact(processes):
        if each.file == EVALUATE and each.path != EVALUATE and each.node not in seen:
            seen.add(each.node)
            yield EvaluationCall(each.path, each.line, each.node.end_lineno, How.PROCESS, each.module or EVALUATE)


def _imports(context: Context) -> Iterator[EvaluationCall]:
    """Imports of an evaluation that does its work without being asked whether it is the program."""
    if not _runs_when_imported(context):
        return
    for path, each in context.fact(imports).items():
        for statement in each if path != EVALUATE else ():
            if MODULE in (statement.module, statement.origin):
                yield EvaluationCall(path, statement.line, statement.end_line, How.IMPORT, MODULE)


def _by_name(context: Context) -> Iterator[EvaluationCall]:
    """``import_module("src.evaluate")`` where something of the result is called."""
    for path, each in context.fact(calls).items():
        found = context.fact(nodes)[path]
        for call in each.named("import_module", "__import__") if path != EVALUATE else ():
            if not (call.args and isinstance(call.args[0], ast.Constant) and call.args[0].value == MODULE):
                continue
            parent = found.parent(call)
            kept = {name.id for name in getattr(parent, "targets", []) if isinstance(name, ast.Name)}
            uses = (node for node in found.of(ast.Attribute) if isinstance(found.parent(node), ast.Call))
            called = any(isinstance(node.value, ast.Name) and node.value.id in kept for node in uses)
            if called or isinstance(parent, ast.Attribute):
                yield EvaluationCall(path, call.lineno, call.end_lineno, How.PROCESS, MODULE)


def _runs_when_imported(context: Context) -> bool:
    tree = context.fact(nodes)[EVALUATE].tree if EVALUATE in context.fact(nodes) else None
    own = {node.name for node in tree.body if isinstance(node, Function)} if tree is not None else set()
    return tree is not None and any(
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
        and node.value.func.id in own
        for node in tree.body
    )


def _references(context: Context) -> Iterator[EvaluationCall]:
    entries: frozenset[str] | None = None
    for path, each in context.fact(imports).items():
        if path == EVALUATE or not any(one.origin.startswith(MODULE) or one.module == MODULE for one in each):
            continue
        entries = _entries(context) if entries is None else entries
        found = context.fact(nodes)[path]
        for node in (*found.of(ast.Name), *found.of(ast.Attribute)):
            origin = each.resolve(node) or ""
            if not origin.startswith(f"{MODULE}.") or isinstance(found.parent(node), ast.Attribute):
                continue
            name, parent = origin.removeprefix(f"{MODULE}."), found.parent(node)
            called = isinstance(parent, ast.Call) and parent.func is node
            place = parent if called and isinstance(parent, ast.Call) else node
            how = How.ENTRY if name in entries else How.WORK if _reads_runs(context, name) else How.HELPER
            if called or how is not How.HELPER:
                yield EvaluationCall(path, place.lineno, place.end_lineno, how, name)
        yield from _looked_up(context, path, entries)


def _looked_up(context: Context, path: str, entries: frozenset[str]) -> Iterator[EvaluationCall]:
    """``getattr(evaluate, "main")``, by whatever name the module has."""
    names = context.fact(imports)[path]
    for call in context.fact(calls)[path].named("getattr"):
        if len(call.args) < 2 or names.resolve(call.args[0]) != MODULE:
            continue
        for name in (each.constant for each in patterns(context, path, call.args[1])):
            if name is not None and (name in entries or _reads_runs(context, name)):
                how = How.ENTRY if name in entries else How.WORK
                yield EvaluationCall(path, call.lineno, call.end_lineno, how, name)
                break


def _entries(context: Context) -> frozenset[str]:
    """The functions that the evaluation calls when it is started, and those that Hydra or click start."""
    found = context.fact(nodes).get(EVALUATE)
    if found is None or found.tree is None:
        return frozenset({"main"})
    top = {
        call.func.id
        for call in context.fact(calls)[EVALUATE]
        if found.function(call) is None and isinstance(call.func, ast.Name)
    }
    guarded = {node.name for node in found.tree.body if isinstance(node, Function)}
    return frozenset(top & guarded) | {"main"}


def _reads_runs(context: Context, name: str) -> bool:
    """Whether a function of the evaluation asks WandB for recorded runs."""
    piece = context.fact(local_names).definition(EVALUATE, name.partition(".")[0])
    found = context.fact(nodes).get(EVALUATE)
    if piece is None or found is None:
        return False
    return any(found.within(call, piece.node) for call in context.fact(calls)[EVALUATE].to("wandb.Api"))
