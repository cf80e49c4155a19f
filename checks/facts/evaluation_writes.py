"""Which JSON files the evaluation writes: the pattern of each one's path, and the expression that goes into it.

A helper such as ``save_json(value, path)`` is read once for each of its calls, so that path and value belong together.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from checks.context import Context
from checks.facts.calls import calls
from checks.facts.choices import Choices, Decisions, Function, Place, choices
from checks.facts.evaluation_code import evaluation_code, words_of
from checks.facts.imports import Imports, imports
from checks.facts.json_output import DUMP, DUMPS
from checks.facts.nodes import nodes
from checks.facts.syntax import keyword, text_of
from checks.facts.text_patterns import Hole, Pattern, Texts

MOST_WRITES = 200
"""Writing calls that are read."""
OPENERS = frozenset({"open", "io.open", "gzip.open", "codecs.open", "smart_open.open", "fsspec.open"})


@dataclass(frozen=True, slots=True)
class JsonWrite:
    """One JSON file that is written.

    Args:
        path: the code file of the call that writes.
        call: that call.
        target: the written file's path.
        value: what is written, followed out of helpers to the code that hands it over.
        table: whether a data frame writes itself.
    """

    path: str
    call: ast.Call
    target: Pattern
    value: Place
    table: bool = False


@dataclass(frozen=True, slots=True)
class _Found:
    call: ast.Call
    value: ast.expr
    target: ast.expr
    table: bool = False


def evaluation_writes(context: Context) -> tuple[JsonWrite, ...]:
    """The JSON files that the evaluation writes; use it as ``context.fact(evaluation_writes)``."""
    known = context.fact(choices)
    found: list[JsonWrite] = []
    for path, call in context.fact(evaluation_code).of(ast.Call):
        for write in _writes(context, known, path, call):
            found += known.readings(lambda decided, path=path, write=write: _read(known, path, write, decided))  # type: ignore[misc]
        if len(found) > MOST_WRITES:
            break
    return tuple(found)


def _read(known: Choices, path: str, write: _Found, decided: Decisions) -> JsonWrite:
    target = Texts(known, decided).read(path, write.target)
    value = Place(path, write.value)
    for _ in range(8):
        if not isinstance(value.node, ast.Name):
            break
        bound = known.imports[value.path].bindings(value.node)
        if len(bound) != 1 or not isinstance(bound[0], ast.arg):
            break
        given = known.value(value.path, value.node, decided)
        if given is None:
            break
        value = given
    return JsonWrite(path, write.call, target, value, write.table)


def _writes(context: Context, known: Choices, path: str, call: ast.Call) -> Iterator[_Found]:
    names = known.imports[path]
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if method in ("write", "write_text", "write_bytes") and isinstance(call.func, ast.Attribute) and call.args:
        for value in _dumped(names, call.args[0]):
            target = call.func.value if method != "write" else opened(known, path, call.func.value)
            if target is not None:
                yield _Found(call, value, target)
    elif method == "to_json" and isinstance(call.func, ast.Attribute):
        target = call.args[0] if call.args else keyword(call, "path_or_buf")
        if target is not None:
            yield _Found(call, call.func.value, opened(known, path, target) or target, table=True)
    elif isinstance(call.func, ast.Name) and call.func.id == "print" and (stream := keyword(call, "file")):
        target = opened(known, path, stream)
        for value in (each for given in call.args for each in _dumped(names, given)) if target is not None else ():
            yield _Found(call, value, target)  # type: ignore[arg-type]
    elif context.fact(calls)[path].origin(call) in DUMP:
        value_given = call.args[0] if call.args else keyword(call, "obj")
        stream = call.args[1] if len(call.args) > 1 else keyword(call, "fp")
        target = opened(known, path, stream) if stream is not None else None
        if value_given is not None and target is not None:
            yield _Found(call, value_given, target)


def opened(known: Choices, path: str, stream: ast.expr) -> ast.expr | None:
    """The expression that names the file behind a stream; None where it is not opened in sight."""
    for _ in range(4):
        if isinstance(stream, ast.Call):
            func = stream.func
            origin = known.imports[path].resolve(func) or (func.id if isinstance(func, ast.Name) else "")
            if origin in OPENERS:
                return stream.args[0] if stream.args else keyword(stream, "file")
            return func.value if isinstance(func, ast.Attribute) and func.attr == "open" else None
        if not isinstance(stream, ast.Name):
            return None
        value = _bound_value(known, path, stream)
        if value is None:
            return None
        stream = value
    return None


def _bound_value(known: Choices, path: str, name: ast.Name) -> ast.expr | None:
    """What a name was given last before this use: the item of a ``with`` around it, or a plain assignment."""
    tree = known.nodes[path]
    best: ast.expr | None = None
    for binding in known.imports[path].bindings(name):
        parent = tree.parent(binding)
        if isinstance(binding, ast.Assign):
            best = binding.value if tree.before(binding, name) or best is None else best
        elif isinstance(parent, ast.withitem):
            block = tree.parent(parent)
            if block is not None and tree.within(name, block):
                return parent.context_expr
    return best


def _dumped(names: Imports, text: ast.expr) -> Iterator[ast.expr]:
    """The values that make up a text as JSON."""
    for _ in range(8):
        match text:
            case ast.Call(func=func, args=[value, *_]) if names.resolve(func) in DUMPS:
                yield value
                return
            case ast.Call(func=ast.Attribute(value=inner, attr="encode" | "decode")):
                text = inner
            case ast.BinOp(left=left, op=ast.Add()):
                text = left
            case ast.JoinedStr(values=[ast.FormattedValue(value=inner), *_]):
                text = inner
            case ast.Name() if (assigned := names.assigned(text)) is not None:
                text = assigned
            case _:
                return


def is_results_file(context: Context, target: Pattern) -> bool:
    """Whether a path is certainly a file of the results folder itself: one hole that is named after that folder alone.

    A bare file name counts where nothing changes the working directory.
    """
    folder = target.folder()
    if not folder.parts:
        return not target.holes and "chdir" not in context.fact(evaluation_code).names
    if len(folder.parts) != 1 or not folder.holes:
        return False
    hole = folder.holes[0]
    words = words_of(text_of(hole.node))
    return bool(words & {"results", "result"}) and not words & NARROWER and not _is_handed(context, hole)


def _is_handed(context: Context, hole: Hole) -> bool:
    """Whether it is a parameter, and some call that is not followed hands over more than its name says."""
    bound = context.fact(imports)[hole.path].bindings(hole.node) if isinstance(hole.node, ast.Name) else ()
    functions = (context.fact(nodes)[hole.path].function(each) for each in bound if isinstance(each, ast.arg))
    names = {each.name for each in functions if isinstance(each, Function)}
    return any(call.args or call.keywords for each in context.fact(calls).values() for call in each.named(*names))


NARROWER = frozenset(
    {"run", "runs", "rid", "id", "comparison", "compare", "comparisons", "comp", "aggregate", "aggregated"}
)
"""Words of folders inside the results folder."""
RUN_WORDS = frozenset({"run", "runs", "rid", "id", "ids"})


def may_be_named(write: JsonWrite, name: str) -> bool:
    """Whether a written file's name is open, and open enough to be this one; a run's id is no such opening."""
    last = write.target.last()
    if not last.holes or not (name.startswith(last.start) and name.endswith(last.end)):
        return False
    return not all(RUN_WORDS & words_of(text_of(hole.node)) for hole in last.holes)
