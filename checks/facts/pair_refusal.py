"""Why a module cannot take the arguments ``results_dir=... run_ids=...``, said only where it is certain."""

import ast
from dataclasses import dataclass, replace

from checks.context import Context
from checks.facts.command_line import CommandLine, Option, command_line
from checks.facts.imports import Imports, imports
from checks.facts.literal_values import LiteralUse, Source, literal_uses, never
from checks.facts.pair_mend import pair_mend
from checks.facts.parsed_values import ParsedValues
from checks.facts.python import modules
from checks.facts.reach import reachable
from checks.facts.syntax import text_of, walk


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the documented command fails.

    Args:
        reason: one or two sentences for a person.
        path: the file at fault.
        line: first line at fault, counted from 1; None for the whole file.
        end_line: last line at fault.
        use: where a value with its prefix breaks, if that is how it fails.
        mend: the exact text for the lines from ``line`` to ``end_line``, where there is one.
    """

    reason: str
    path: str
    line: int | None = None
    end_line: int | None = None
    use: LiteralUse | None = None
    mend: str | None = None


def refusal(context: Context, path: str) -> Refusal | None:
    """Why the module at ``path`` cannot be run with ``key=value`` arguments; None where it can, or may."""
    module = context.fact(modules).get(path)
    if module is None or module.tree is None or not module.tree.body:
        return None
    if not _starts(module.tree, context.fact(imports)[path]):
        return Refusal("Nothing runs when it is started: no function is called at the top level.", path)
    line = command_line(context, path)
    if line.reads_nothing:
        return Refusal("It never looks at its command line, so the two arguments have no effect.", path)
    if line.splits_pairs or not line.understood:
        return None
    if line.options or line.tabled or line.parses:
        return _mended(context, line, _declared(context, line))
    return _indexed(context, path)


def _mended(context: Context, line: CommandLine, found: Refusal | None) -> Refusal | None:
    """The refusal with its exact mend, which reaches down to the call that parses."""
    if found is None or found.line is None:
        return found
    mend = pair_mend(context, line, found.line)
    return found if mend is None else replace(found, end_line=mend[0], mend=mend[1])


MOST_OPTIONS = 10
"""Declared arguments whose values are followed; the documented command has two."""


def _declared(context: Context, line: CommandLine) -> Refusal | None:
    positionals = [option for option in line.options if option.positional]
    if not positionals:
        return _only_options(context, line)
    if any(option.takes_many or option.converts for option in positionals):
        return None
    first = positionals[0]
    found = [(use, option.names[0]) for option in positionals[:MOST_OPTIONS] if (use := _literal(context, option))]
    if not found:
        return None
    use, name = min(found, key=lambda each: each[0].line)
    return Refusal(
        f"`{name}` is declared as a positional argument, so its value is the literal text `{name}=...`, "
        f"which line {use.line} uses as it stands.",
        first.path,
        first.node.lineno,
        max(each.node.end_lineno or 0 for each in positionals if each.path == first.path),
        use,
    )


def _only_options(context: Context, line: CommandLine) -> Refusal | None:
    known = [call for call in line.parses if "known" in text_of(call.func)]
    if (known and not _rest_unused(context, known)) or not (line.parses or line.commands):
        return None
    options = [*line.options, *line.tabled]
    flags = [option.names[0] for option in options]
    told = f"only options ({', '.join(f'`{flag}`' for flag in flags[:4])})" if flags else "no argument"
    end = "are dropped" if known else "are refused as unrecognized"
    node: ast.expr | ast.arg = options[0].node if options else line.parses[0]
    where = options[0].path if options else _path_of(context, line.parses[0])
    if where is None:
        return None
    last = options[1].node if len(options) > 1 and options[1].path == where else node
    return Refusal(
        f"It declares {told}, so the arguments `results_dir=...` and `run_ids=...` {end}.",
        where,
        node.lineno,
        last.end_lineno,
    )


def _path_of(context: Context, node: ast.AST) -> str | None:
    for path, module in context.fact(modules).items():
        if any(found is node for found in module.walk()):
            return path
    return None


def _rest_unused(context: Context, parses: list[ast.Call]) -> bool:
    """Whether what ``parse_known_args`` leaves over is certainly thrown away."""
    for path, module in context.fact(modules).items():
        for node in module.walk():
            if isinstance(node, ast.Assign) and node.value in parses:
                target = node.targets[0]
                if not (isinstance(target, ast.Tuple) and len(target.elts) == 2):
                    return False
                rest = target.elts[1]
                if not isinstance(rest, ast.Name) or _is_read(context.fact(modules)[path].tree, rest.id):
                    return False
    return True


def _is_read(tree: ast.AST | None, name: str) -> bool:
    nodes = walk(tree) if tree else iter(())
    return any(isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load) for node in nodes)


def _literal(context: Context, option: Option) -> LiteralUse | None:
    name = option.names[0].replace("-", "_")
    tree = context.fact(modules)[option.path].tree
    if tree is None:
        return None
    if option.library == "argparse":
        values = ParsedValues(tree, _imports(context, option.path), name)
        return None if values.may_change() else _first(context, option.path, values.reads)
    if any(isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store) for node in walk(tree)):
        return None
    return _first(context, option.path, lambda value: isinstance(value, ast.Name) and value.id == name)


def _indexed(context: Context, path: str) -> Refusal | None:
    """The refusal of a module that takes ``sys.argv[1]`` for the value itself."""

    for piece in reachable(context, path):
        known = _imports(context, piece.path)

        def is_argv(value: ast.expr, known: Imports = known) -> bool:
            return known.resolve(value) == "sys.argv"

        def is_rest(value: ast.expr) -> bool:
            if not isinstance(value, ast.Subscript) or not is_argv(value.value):
                return False
            return isinstance(value.slice, ast.Slice) and text_of(value.slice) in ("1:", "1:3", "-2:")

        def is_one(value: ast.expr) -> bool:
            return isinstance(value, ast.Subscript) and is_argv(value.value) and text_of(value.slice) in INDICES

        use = _first(context, piece.path, is_one, is_rest, is_argv)
        if use:
            reason = "`sys.argv` is indexed and its text used as it stands, so the value begins with `results_dir=`."
            return Refusal(reason, piece.path, use.line, use.end_line, use)
    return None


INDICES = ("1", "2", "-1", "-2")
"""Places of the two documented arguments in ``sys.argv``."""


def _first(
    context: Context, path: str, source: Source, lists: Source = never, whole: Source = never
) -> LiteralUse | None:
    tree = context.fact(modules)[path].tree
    uses = literal_uses(tree, _imports(context, path), source, lists, whole) if tree else ()
    return min(uses, key=lambda use: use.line, default=None)


def _imports(context: Context, path: str) -> Imports:
    return context.fact(imports)[path]


def _starts(tree: ast.Module, known: Imports) -> bool:
    """Whether anything of the file's own may run when it is started."""
    own = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
            continue
        if isinstance(statement, ast.If | ast.For | ast.While | ast.With | ast.Try | ast.Match):
            return True
        for node in walk(statement):
            if isinstance(node, ast.Name) and (node.id in own or node.id == "__name__"):
                return True
            if isinstance(node, ast.Call) and not _is_setting(node, known):
                return True
    return False


SETTINGS = ("matplotlib", "seaborn", "warnings", "logging", "sys.path", "os.environ", "os.path", "pathlib", "numpy",
            "pandas", "torch", "typing", "re.compile", "argparse.ArgumentParser", "collections")  # fmt: skip
"""Origins of calls that modules make at their top level to set things up."""


def _is_setting(call: ast.Call, known: Imports) -> bool:
    node: ast.AST = call
    while isinstance(node, ast.Call | ast.Attribute | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    origin = known.resolve(call.func) or known.resolve(node) or (node.id if isinstance(node, ast.Name) else "")
    builtin = {"frozenset", "set", "dict", "tuple", "list", "print", "str", "object", "Path"}
    return origin in builtin or any(origin == one or origin.startswith(f"{one}.") for one in SETTINGS)
