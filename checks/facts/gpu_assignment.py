"""Whether the code that starts the runs gives each of them a GPU, and whether it waits for one to become free."""

import ast
import re
from collections.abc import Iterator
from itertools import pairwise

from checks.context import Context
from checks.facts.calls import called_name, calls
from checks.facts.imports import imports
from checks.facts.nodes import Nodes, nodes
from checks.facts.run_starts import RunStart, run_starts, start_chain
from checks.facts.words import words

VISIBLE = re.compile(r"(?:CUDA|HIP|ROCR|NVIDIA)_VISIBLE_DEVICES")
HANDED = re.compile(r"^-{1,2}\w*(?:gpu|device|cuda|rank)|cuda:|\bsrun\b|\bsbatch\b|\btorchrun\b", re.IGNORECASE)
"""Texts that hand a device on: an option of a command, a device's name, a launcher that assigns devices."""
DEVICE = re.compile(r"gpu|device|cuda", re.IGNORECASE)
SAYING = frozenset(
    {
        "print", "info", "debug", "warning", "error", "log", "len", "str", "range", "max", "min", "list", "int", "bool",
        "rule", "format", "echo", "sorted", "enumerate", "isinstance", "add_argument", "write", "join", "append", "get",
    }
)  # fmt: skip
"""Calls that tell nobody which device to use."""
SETTERS = frozenset({"set_device", "device", "set_default_device"})
WAITING = frozenset(
    {
        "as_completed", "call", "check_call", "check_output", "communicate", "gather", "get", "get_nowait", "is_alive",
        "join", "poll", "pop", "popleft", "result", "run", "wait", "waitpid",
    }
)  # fmt: skip
"""Calls by which a loop waits for a run, or takes a device out of a store."""
GATES = re.compile(r"Semaphore|Lock|Condition|Event|Barrier|Queue|Executor|Pool|acquire|max_workers|nvidia|memory")
"""Names of what lets only some runs go on at a time."""


def assigns_gpus(context: Context) -> bool:
    """Whether anything in the code that starts the runs may say which GPU a run uses; also where that is hidden."""
    return any(True for _ in _signs(context))


def ungated_start(context: Context) -> RunStart | None:
    """A start that a loop repeats without waiting for anything, where the code holds nothing that lets runs wait."""
    starts = context.fact(run_starts)
    for path in starts.paths:
        if any(GATES.search(name) for name in context.fact(words)[path].names):
            return None
    return next((start for start in starts.processes if start.like == "Popen" and _in_free_loop(context, start)), None)


def _in_free_loop(context: Context, start: RunStart) -> bool:
    """Whether the loop nearest to the start goes straight on to the next run."""
    waited = False
    for path, node in start_chain(context, start):
        found = context.fact(nodes)[path]
        loop = found.nearest(node, ast.For, ast.While)
        own = loop if loop is not None and found.function(loop) is found.function(node) else None
        scope = own or found.function(node)
        under = found.under(scope, ast.Call) if scope is not None else iter(())
        handed = isinstance(node, ast.Call) and called_name(node) in ("Thread", "Process")
        waited = (waited and not handed) or any(called_name(call) in WAITING for call in under)
        if own is not None:
            return isinstance(own, ast.For) and not waited
    return False


def _signs(context: Context) -> Iterator[ast.AST]:
    for path in context.fact(run_starts).paths:
        found = context.fact(nodes)[path]
        yield from _texts(found)
        for call in context.fact(calls)[path]:
            if _hands_device(call):
                yield call
        if any(DEVICE.search(each.module) for each in context.fact(imports)[path]):
            yield from found.of(ast.Module)


def _texts(found: Nodes) -> Iterator[ast.AST]:
    for text in found.of(ast.Constant):
        if not isinstance(text.value, str) or isinstance(found.parent(text), ast.Expr):
            continue
        outer = found.nearest(text, ast.Call)
        if (VISIBLE.search(text.value) and not _only_read(found, text)) or (
            HANDED.search(text.value)
            and not (outer and called_name(outer) in SAYING)
            and not _same_for_all(found.parent(text), text)
        ):
            yield text


def _same_for_all(parent: ast.AST | None, text: ast.Constant) -> bool:
    """Whether an option is followed by a value that is written out: ``["--device", "cuda"]``."""
    items = parent.elts if isinstance(parent, ast.List | ast.Tuple) else []
    return any(one is text and isinstance(value, ast.Constant) for one, value in pairwise(items))


def _only_read(found: Nodes, text: ast.Constant) -> bool:
    """Whether the variable is only looked up or spoken of: ``os.environ.get(...)``, ``os.environ[...]``, a message."""
    parent = found.parent(text)
    if isinstance(parent, ast.Subscript):
        return isinstance(parent.ctx, ast.Load)
    if isinstance(parent, ast.Compare):
        return True
    return isinstance(parent, ast.Call) and called_name(parent) in (*SAYING, "getenv", "pop")


def _hands_device(call: ast.Call) -> bool:
    name = called_name(call)
    if name in SETTERS and call.args and not isinstance(call.args[0], ast.Constant):
        return True
    if name in SAYING:
        return False
    return any(word.arg and (DEVICE.search(word.arg) or VISIBLE.search(word.arg)) for word in call.keywords)
