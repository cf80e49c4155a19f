"""An exact mend for an evaluation whose argparse does not take ``key=value``: what the parser is told is rewritten."""

import ast

from checks.context import Context
from checks.facts.calls import calls
from checks.facts.command_line import CommandLine, Option
from checks.facts.imports import imports
from checks.facts.nodes import nodes
from checks.facts.words import words

WANTED = ("results_dir", "run_ids")
MOST_LINES = 40
"""Most lines between the first declared argument and the call that parses; one mend covers all of them."""
NAMES = ("pairs", "given_pairs", "command_line_pairs")
"""Names for the new variable; the first that the file does not use."""


def pair_mend(context: Context, line: CommandLine, first: int) -> tuple[int, str] | None:
    """The last line and the new text of the lines from ``first`` to the call that parses.

    The parser stays, with its types and defaults; it is handed the values of the pairs in the form that it declares.
    None where that is not certain: arguments of other names without a default, lists, subparsers, several parsers.
    """
    if len(line.parses) != 1 or not all(isinstance(option.node, ast.Call) for option in line.options):
        return None
    call = line.parses[0]
    path = line.options[0].path if line.options else ""
    found = context.fact(nodes).get(path)
    statement = found.statement(call) if found is not None else None
    if found is None or not isinstance(statement, ast.Assign | ast.AnnAssign) or statement.value is not call:
        return None
    handed = _handed(line.options, NAMES[0])
    free = next((name for name in NAMES if name not in context.fact(words)[path].names), None)
    end = statement.end_lineno or statement.lineno
    plain = (
        not call.args and not call.keywords and isinstance(call.func, ast.Attribute) and call.func.attr == "parse_args"
    )
    alone = statement.lineno == end and 0 <= end - first <= MOST_LINES
    if handed is None or free is None or not (plain and alone) or any(option.path != path for option in line.options):
        return None
    if next(context.fact(calls)[path].named("add_subparsers", "add_mutually_exclusive_group"), None):
        return None
    return end, _text(context, path, statement, handed.replace(NAMES[0], free), free, first)


def _handed(options: list[Option], name: str) -> str | None:
    """The list of arguments for the parser; None where the declared ones are not the documented ones alone."""
    parts = []
    seen = set()
    for option in options:
        key = next((each.lstrip("-") for each in option.names if each.startswith("--")), option.names[0])
        key = key.replace("-", "_")
        if key not in WANTED:
            if option.positional or _is_required(option):
                return None
            continue
        if option.takes_many or option.converts or key in seen:
            return None
        seen.add(key)
        flag = next((each for each in option.names if each.startswith("--")), None)
        parts.append(f'"{flag}", {name}["{key}"]' if flag else f'{name}["{key}"]')
    return f"[{', '.join(parts)}]" if seen == set(WANTED) else None


def _is_required(option: Option) -> bool:
    words = option.node.keywords if isinstance(option.node, ast.Call) else []
    return any(word.arg in ("required", None) for word in words)


def _text(context: Context, path: str, statement: ast.stmt, handed: str, name: str, first: int) -> str:
    lines = context.lines(path)
    old = lines[statement.lineno - 1]
    indent = old[: len(old) - len(old.lstrip())]
    known = {one.origin: one.bound for one in context.fact(imports)[path] if not one.in_function}
    argv = f"{known['sys']}.argv" if "sys" in known else known.get("sys.argv", "sys.argv")
    new = [] if argv != "sys.argv" or "sys" in known else [f"{indent}import sys"]
    new.append(f'{indent}{name} = dict(word.split("=", 1) for word in {argv}[1:])')
    new.append(old.replace(".parse_args()", f".parse_args({handed})"))
    return "\n".join([*lines[first - 1 : statement.lineno - 1], *new])
