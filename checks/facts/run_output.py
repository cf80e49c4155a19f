"""What becomes of what the training runs print: whether it may end in a log file, and whether it is passed on."""

import ast
import re
from collections.abc import Iterator

from checks.context import Context
from checks.facts.calls import called_name, calls
from checks.facts.imports import imports
from checks.facts.may_hold import may_hold
from checks.facts.nodes import nodes
from checks.facts.run_starts import RunStart, run_starts
from checks.facts.words import words

LOGS = ("stdout.log", "stderr.log")
STREAMS = frozenset({"stdout", "stderr", "__stdout__", "__stderr__"})
SHOWING = frozenset({"print", "rule", "echo", "info", "debug", "log", "warning", "error", "secho", "print_json"})
"""Calls that show what they are given to whoever reads the main module's output."""
TEES = re.compile(r"\btee\b|\btail\b|\|\s*cat\b")


COMPUTED = re.compile(r"(?:std)?\W*\.log")
"""The end of a log's name whose beginning is worked out: ``f"{stream}.log"``."""


def missing_logs(context: Context) -> list[str]:
    """The names of the two logs that no text of the code makes up; none where such a name may be worked out."""
    texts = {text for each in context.fact(words).values() for text in each.texts}
    if any(COMPUTED.fullmatch(text) for text in texts):
        return []
    return [log for log in LOGS if not any(log in text for text in texts)]


def never_shown(context: Context, start: RunStart) -> bool:
    """Whether a child's output certainly goes elsewhere than to the main module's own streams."""
    words = _keywords(context, start)
    if words is None:
        return False
    stdout = words.get("stdout")
    if stdout is None and "capture_output" not in words and start.like != "check_output":
        return False
    if stdout is not None and _may_be_own(context, start.path, stdout):
        return False
    shown = any(_shows(context, path) for path in context.fact(run_starts).paths)
    return not shown and not context.fact(may_hold).exhausted


def _keywords(context: Context, start: RunStart) -> dict[str, ast.expr] | None:
    """The keyword arguments of a start, those of a mapping that is spread among them; None where one is not known."""
    found: dict[str, ast.expr] = {}
    for word in start.node.keywords:
        if word.arg is not None:
            found[word.arg] = word.value
            continue
        value = word.value
        given = context.fact(imports)[start.path].assigned(value) if isinstance(value, ast.Name) else value
        match given:
            case ast.Dict(keys=keys, values=values):
                spread = [(getattr(key, "value", None), each) for key, each in zip(keys, values, strict=True)]
            case ast.Call(func=ast.Name(id="dict"), args=[], keywords=words):
                spread = [(each.arg, each.value) for each in words]
            case _:
                return None
        if not all(isinstance(name, str) for name, _ in spread):
            return None
        found |= {str(name): each for name, each in spread}
    return found


def _may_be_own(context: Context, path: str, stdout: ast.expr) -> bool:
    """Whether a stream given to a child may be the main module's own, or None."""
    return any(
        (isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id == "sys")
        or (isinstance(each, ast.Constant) and each.value is None)
        for _, each in context.fact(may_hold).parts(path, stdout)
    )


def _shows(context: Context, path: str) -> bool:
    """Whether anything in a file may show a child's output: a stream of its own, a print of a value, a ``tee``."""
    found = context.fact(nodes)[path]
    if any(TEES.search(text) for text in context.fact(words)[path].texts):
        return True
    if any(each.origin in ("sys.stdout", "sys.stderr") for each in context.fact(imports)[path]):
        return True
    if any(_is_descriptor(call) for call in context.fact(calls)[path].to("os.write")):
        return True
    for each in found.of(ast.Attribute):
        if each.attr in STREAMS and isinstance(each.value, ast.Name) and each.value.id == "sys":
            return True
    return any(_shows_value(context, path, call) for call in context.fact(calls)[path].named(*SHOWING))


def _is_descriptor(call: ast.Call) -> bool:
    first = call.args[0] if call.args else None
    return not (isinstance(first, ast.Constant) and first.value not in (1, 2))


def _shows_value(context: Context, path: str, call: ast.Call) -> bool:
    """Whether a call shows something that comes from a stream, a file or a loop over lines."""
    return any(
        (isinstance(node, ast.Attribute) and node.attr in {*STREAMS, "read_text", "readline", "readlines", "read"})
        or (isinstance(node, ast.Call) and called_name(node) in ("open", "communicate", "iter", "check_output"))
        for given in _given(call)
        for _, node in context.fact(may_hold).parts(path, given)
    )


def _given(call: ast.Call) -> Iterator[ast.expr]:
    yield from call.args
    yield from (word.value for word in call.keywords if word.arg not in ("end", "file", "flush", "sep"))
