"""Where the code reachable from a module writes JSON to a file or a stream, and what it seems to write.

What is written is told from names: the target's file name first, then the identifiers and keys of the value. A helper
that only passes its parameter on is judged where it is called.
"""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from checks.context import Context
from checks.facts.calls import calls
from checks.facts.imports import Imports, imports
from checks.facts.json_content import Content, file_names, first_known, judge, judge_value
from checks.facts.metric_keys import ANY, metric_keys
from checks.facts.reach import FunctionNode, Piece, imported_files, reachable, whole_file
from checks.facts.syntax import Parents, arguments, dotted, keyword, walk

DUMPS = ("json.dumps", "simplejson.dumps", "ujson.dumps", "orjson.dumps", "rapidjson.dumps")
DUMP = ("json.dump", "simplejson.dump", "ujson.dump", "rapidjson.dump")
WRITERS = frozenset({"write", "write_text", "write_bytes", "writelines", "echo"})
PRINTERS = ("rich.print_json", "rich.print", "click.echo", "typer.echo")
JSON_LINES = ("jsonlines.open", "jsonlines.Writer")
CALLED = ("dump", "dumps", "to_json", "encode", "print_json")
"""Last names of the calls that make JSON, where an import does not rename them."""
LOGGERS = frozenset({"info", "debug", "warning", "log"})


@dataclass(frozen=True, slots=True)
class JsonOutput:
    """One place where JSON goes out.

    Args:
        path: the file.
        node: the call that writes, or that hands the value to the helper that writes.
        content: what seems to be written.
        to_stream: whether it is printed and not written to a file.
        logged: whether it only goes to a logger.
    """

    path: str
    node: ast.Call
    content: Content
    to_stream: bool
    logged: bool = False


@dataclass(frozen=True, slots=True)
class _Write:
    node: ast.Call
    value: ast.expr
    target: tuple[ast.expr, ...]
    to_stream: bool
    logged: bool = False


def json_outputs(context: Context, path: str) -> tuple[JsonOutput, ...]:
    """Every JSON output of the module at ``path`` and of what it uses of the tree, in order."""
    writing = {each for each in context.fact(calls) if _may_write(context, each)}
    alone = not writing & (imported_files(context, path) - {path})
    if alone and path not in writing:
        return ()
    pieces = whole_file(context, path) if alone else reachable(context, path)
    scopes = [_Scope(piece, context.fact(imports)[piece.path]) for piece in pieces]
    found: list[JsonOutput] = []
    for scope in scopes:
        for write in scope.writes():
            function = scope.function_of(write.node)
            parameter = scope.parameter(function, write.value)
            content = first_known(
                [scope.content(write.value, write.target), _by_keys(context, scope.piece.path, write)]
            )
            if function is not None and parameter:
                content = first_known([content, judge([function.name])])
                handed = list(_at_calls(scopes, function, parameter, write, content))
                found += handed
                if handed or content is Content.UNKNOWN:
                    continue
            found.append(JsonOutput(scope.piece.path, write.node, content, write.to_stream, write.logged))
    unique = {(output.path, output.node.lineno, output.node.col_offset): output for output in found}
    return tuple(unique[key] for key in sorted(unique))


def _may_write(context: Context, path: str) -> bool:
    """Whether a file calls anything that writes JSON, so that it is worth a closer look."""
    names = [each.bound for each in context.fact(imports)[path] if each.origin in (*DUMP, *DUMPS, *PRINTERS)]
    lines = [each.bound for each in context.fact(imports)[path] if each.top == "jsonlines"]
    return bool(lines) or any(True for _ in context.fact(calls)[path].named(*CALLED, *names))


def _by_keys(context: Context, path: str, write: _Write) -> Content:
    """What the keys say that the written dictionary is given anywhere."""
    if isinstance(write.value, ast.Name | ast.Attribute) and not write.logged:
        return judge(key for key in context.fact(metric_keys).keys(path, write.value) if key != ANY)
    return Content.UNKNOWN


def _at_calls(
    scopes: Iterable["_Scope"],
    function: ast.FunctionDef | ast.AsyncFunctionDef,
    parameter: str,
    write: _Write,
    own: Content,
) -> Iterator[JsonOutput]:
    for scope in scopes:
        for node in scope.calls[function.name]:
            given = dict(arguments(function, node))
            target = [value for name, value in given.items() if name != parameter]
            if parameter in given:
                content = first_known([scope.content(given[parameter], target), own])
                yield JsonOutput(scope.piece.path, node, content, write.to_stream, write.logged)


class _Scope:
    """One piece of code with what is needed to look around in it."""

    def __init__(self, piece: Piece, known: Imports) -> None:
        self.piece = piece
        self.nodes = list(piece.walk())
        self._imports = known
        self._parents = Parents(piece.node)
        self.calls: dict[str, list[ast.Call]] = defaultdict(list)
        self._inside: dict[ast.AST | None, list[ast.AST]] = defaultdict(list)
        for node in self.nodes:
            if isinstance(node, ast.Call):
                self.calls[(known.resolve(node.func) or dotted(node.func)).rpartition(".")[2]].append(node)
            if isinstance(node, ast.Call | ast.With | ast.Assign):
                self._inside[self.function_of(node)].append(node)

    def function_of(self, node: ast.AST) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        """The function that holds a node."""
        while node in self._parents:
            node = self._parents[node]
            if isinstance(node, FunctionNode):
                return node
        return None

    def parameter(self, function: ast.FunctionDef | ast.AsyncFunctionDef | None, value: ast.expr) -> str:
        """The parameter of ``function`` that an expression is, or is a conversion of; empty when it is none."""
        while isinstance(value, ast.Call) and len(value.args) == 1:
            value = value.args[0]
        names = {argument.arg for argument in (*function.args.args, *function.args.kwonlyargs)} if function else set()
        return value.id if isinstance(value, ast.Name) and value.id in names else ""

    def writes(self) -> Iterator[_Write]:
        """Every call that writes JSON."""
        for node in self.nodes:
            if isinstance(node, ast.Call):
                yield from self._write(node)

    def _write(self, call: ast.Call) -> Iterator[_Write]:
        origin = self._imports.resolve(call.func) or ""
        method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if origin in DUMP and len(call.args) + len(call.keywords) >= 2:
            value = call.args[0] if call.args else keyword(call, "obj")
            stream = call.args[1] if len(call.args) > 1 else keyword(call, "fp")
            if value is not None and stream is not None:
                yield _Write(call, value, self._opened(stream), dotted(stream) in ("sys.stdout", "stdout"))
        elif method == "to_json" and isinstance(call.func, ast.Attribute):
            out = self._outlet(call)
            if call.args or keyword(call, "path_or_buf") or out:
                target = (*call.args[:1], *(out.target if out else ()))
                yield _Write(call, call.func.value, target, bool(out and out.to_stream), bool(out and out.logged))
        elif (origin in DUMPS or self._is_encoder(call)) and call.args and (out := self._outlet(call)):
            yield _Write(call, call.args[0], out.target, out.to_stream, out.logged)
        elif origin == "rich.print_json" and (data := keyword(call, "data")) is not None:
            yield _Write(call, data, (), to_stream=True)
        elif method in ("write", "write_all") and call.args and isinstance(call.func, ast.Attribute):
            opened = self._opened(call.func.value)
            if any(self._imports.called(each) in JSON_LINES for each in opened):
                yield _Write(call, call.args[0], opened, to_stream=False)

    def _is_encoder(self, call: ast.Call) -> bool:
        """Whether a call is ``json.JSONEncoder().encode(...)``."""
        func = call.func
        made = self._imports.called(func.value) if isinstance(func, ast.Attribute) else None
        return made == "json.JSONEncoder" and isinstance(func, ast.Attribute) and func.attr == "encode"

    def _outlet(self, text: ast.expr) -> _Write | None:
        """The write that a JSON text goes into: around the expression itself, or of the name that it is assigned to."""
        node: ast.AST = text
        while node in self._parents:
            node = self._parents[node]
            if isinstance(node, ast.Call):
                out = self._writer(node)
                if out is not None or not _passes_text(node, text):
                    return out
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                return self._name_written(node.targets[0].id, self.function_of(node))
            elif isinstance(node, ast.stmt):
                return None
        return None

    def _name_written(self, name: str, function: ast.AST | None) -> _Write | None:
        for node in self._inside[function]:
            if isinstance(node, ast.Call):
                out = self._writer(node)
                if out and any(isinstance(n, ast.Name) and n.id == name for given in node.args for n in walk(given)):
                    return out
        return None

    def _writer(self, call: ast.Call) -> _Write | None:
        if isinstance(call.func, ast.Name) and call.func.id == "print":
            stream = keyword(call, "file")
            return _Write(call, call, self._opened(stream) if stream else (), stream is None)
        if self._imports.resolve(call.func) in PRINTERS:
            return _Write(call, call, (), to_stream=True)
        if not isinstance(call.func, ast.Attribute):
            return None
        base = call.func.value
        if call.func.attr in WRITERS:
            stdout = dotted(base) in ("sys.stdout", "stdout", "typer", "click")
            return _Write(call, call, self._opened(base), stdout)
        if call.func.attr in LOGGERS and "log" in dotted(base).lower():
            return _Write(call, call, (), to_stream=True, logged=True)
        return None

    def _opened(self, stream: ast.expr) -> tuple[ast.expr, ...]:
        """The expressions that name the file behind a stream."""
        if not isinstance(stream, ast.Name):
            return (stream,)
        for node in self._inside[self.function_of(stream)]:
            if isinstance(node, ast.With) and _encloses(node, stream):
                for item in node.items:
                    if item.optional_vars is not None and dotted(item.optional_vars) == stream.id:
                        return (item.context_expr,)
        return tuple(self._assigned(stream))

    def _assigned(self, name: ast.Name) -> Iterator[ast.expr]:
        for node in self._inside[self.function_of(name)]:
            if isinstance(node, ast.Assign) and name.id in {dotted(target) for target in node.targets}:
                yield node.value

    def content(self, value: ast.expr, target: Iterable[ast.expr]) -> Content:
        """What seems to be written: by the target's file name, else by the value's names."""
        named = [(part, *self._assigned(part)) if isinstance(part, ast.Name) else (part,) for part in target]
        by_file = judge(text for parts in named for part in parts for text in file_names(part))
        return first_known([by_file, judge_value(value, self._assigned)])


def _encloses(outer: ast.stmt, inner: ast.expr) -> bool:
    return outer.lineno <= inner.lineno <= (outer.end_lineno or outer.lineno)


def _passes_text(call: ast.Call, text: ast.expr) -> bool:
    """Whether a call only changes the form of a JSON text: ``str.encode``, ``Template.format``, ``str(...)``."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr in ("encode", "format", "decode", "join", "replace", "strip")
    return text in call.args and dotted(call.func) in ("str", "bytes")
