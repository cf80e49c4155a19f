"""``command-line/flags-not-exclusive``."""

import ast
from collections.abc import Collection, Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.calls import called_name, calls
from checks.facts.command_line import Option, command_line
from checks.facts.nodes import Nodes, nodes
from checks.facts.syntax import keyword, text_of
from checks.facts.words import words
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

MAIN = "src/main.py"
FLAGS = {"--smoke-test": "smoke_test", "--full-experiment": "full_experiment"}
START = "import argparse\n\np = argparse.ArgumentParser()\n"
TWO = "p.add_argument('--smoke-test', action='store_true')\np.add_argument('--full-experiment', action='store_true')\n"
GROUP = f"{START}g = p.add_mutually_exclusive_group(required=True)\n{TWO.replace('p.add', 'g.add')}"
FIX = Fix(summary="Declare both flags in one `parser.add_mutually_exclusive_group(required=True)`.")


class FlagsNotExclusive(Rule):
    """An experiment starts whether its flag is given or not.

    What it finds
        A ``src/main.py`` that declares ``--smoke-test`` and ``--full-experiment`` with argparse outside a mutually
        exclusive group, or in one that is not required, and whose code never refuses the other combinations: no test,
        sum, tuple or list that has both flags in it, and no refusal (``parser.error``, ``raise``, ``exit``) under a
        test of either.

    Why it matters
        Without either flag, or with both, one of the experiments starts all the same; the longer one may take days.

    How to fix
        Declare both in ``add_mutually_exclusive_group(required=True)``.

    What it cannot see
        Whether a check that is there is right; flags that another library reads or that are declared in a loop, and
        code that takes all arguments at once (``vars``).
    """

    criteria: ClassVar[Mapping[str, str]] = {"base": "command-line"}
    valid = (
        Valid("in-a-group", {MAIN: f"{GROUP}a = p.parse_args()\nprint(a.smoke_test)\n"}),
        Valid(
            "compared", {MAIN: f"{START}{TWO}a = p.parse_args()\nif a.smoke_test == a.full_experiment:\n    exit(2)\n"}
        ),
        Valid(
            "refused-at-the-end",
            {
                MAIN: f"{START}{TWO}a = p.parse_args()\nif a.smoke_test:\n    run('smoke')\nelif a.full_experiment:\n"
                "    run('full')\nelse:\n    p.error('choose one')\n"
            },
        ),
        Valid(
            "counted",
            {MAIN: f"{START}{TWO}a = vars(p.parse_args())\nassert sum((a['smoke_test'], a['full_experiment'])) == 1\n"},
        ),
        Valid(
            "matched-together",
            {
                MAIN: f"{START}{TWO}a = p.parse_args()\nmatch a.smoke_test, a.full_experiment:\n    case True, False:\n"
                "        run('smoke')\n    case False, True:\n        run('full')\n    case _:\n        exit(2)\n"
            },
        ),
        Valid(
            "under-other-names",
            {
                MAIN: f"{START}{TWO}a = p.parse_args()\nsmoke = a.smoke_test\nfull = a.full_experiment\n"
                "if smoke == full:\n    exit(2)\n"
            },
        ),
        Valid("all-handed-on", {MAIN: f"{START}{TWO}a = p.parse_args()\nrun(**vars(a))\n"}),
        Valid(
            "in-a-loop",
            {
                MAIN: f"{START}g = p.add_mutually_exclusive_group(required=True)\n"
                "for flag in ('--smoke-test', '--full-experiment'):\n    g.add_argument(flag)\np.parse_args()\n"
            },
        ),
    )
    invalid = (
        Invalid(
            "full-experiment-by-default",
            {MAIN: f"{START}{TWO}a = p.parse_args()\nname = 'smoke' if a.smoke_test else 'full'\n"},
            at=("src/main.py:4",),
        ),
        Invalid(
            "each-on-its-own",
            {
                MAIN: f"{START}{TWO}a = p.parse_args()\nif a.smoke_test:\n    run('smoke')\nif a.full_experiment:\n"
                "    run('full')\n"
            },
            at=("src/main.py:4",),
        ),
        Invalid(
            "group-not-required",
            {
                MAIN: f"{GROUP.replace('required=True', '')}a = p.parse_args()\n"
                "run('smoke' if a.smoke_test else 'full')\n"
            },
            at=("src/main.py:5",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit, at the flag that is declared first."""
        with context.reading(MAIN):
            line = command_line(context, MAIN)
        found = {flag: option for option in line.options for flag in FLAGS if flag in option.names}
        if not line.followed or len(found) < len(FLAGS) or any(each.library != "argparse" for each in found.values()):
            return
        first = min(found.values(), key=lambda option: option.node.lineno)
        grouped = all(_group(context, option) for option in found.values())
        required = grouped and all(_required(context, option) for option in found.values())
        if required or _refuses(context, first.path):
            return
        yield Hit(
            message="Neither flag is required: without one, an experiment starts all the same."
            if grouped
            else "`--smoke-test` and `--full-experiment` may both be given, or neither, and nothing refuses it.",
            path=first.path,
            line=first.node.lineno,
            end_line=first.node.end_lineno,
            fix=FIX,
        )


def _group(context: Context, option: Option) -> bool:
    """Whether the option is declared on anything that may be a mutually exclusive group."""
    node = option.node
    base = node.func.value if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else None
    made = list(context.fact(calls)[option.path].named("add_mutually_exclusive_group"))
    targets = {text_of(each) for call in made for each in _targets(context.fact(nodes)[option.path], call)}
    return bool(made) and base is not None and (text_of(base) in targets or not isinstance(base, ast.Name))


def _targets(found: Nodes, call: ast.Call) -> list[ast.expr]:
    parent = found.parent(call)
    if isinstance(parent, ast.Assign):
        return parent.targets
    return [parent.optional_vars] if isinstance(parent, ast.withitem) and parent.optional_vars else []


def _required(context: Context, option: Option) -> bool:
    """Whether some group is required, or an option of its own stands in for a default that is named."""
    for call in context.fact(calls)[option.path].named("add_mutually_exclusive_group"):
        given = keyword(call, "required")
        if given is not None and not (isinstance(given, ast.Constant) and not given.value):
            return True
        if call.args or any(word.arg is None for word in call.keywords):
            return True
    return any(isinstance(each, ast.Attribute) and each.attr == "required" for each in _stored(context, option.path))


def _stored(context: Context, path: str) -> Iterator[ast.Attribute]:
    return (each for each in context.fact(nodes)[path].of(ast.Attribute) if isinstance(each.ctx, ast.Store))


def _refuses(context: Context, path: str) -> bool:
    """Whether any test may keep the two flags apart, or all flags are handed on to where that is not seen."""
    if {"vars", "__dict__", "_get_kwargs", "dest"} & context.fact(words)[path].names:
        return True
    found = context.fact(nodes)[path]
    names = {flag: _aliases(found, flag) for flag in FLAGS.values()}
    together: Iterator[ast.expr] = found.of(ast.Compare, ast.BoolOp, ast.BinOp, ast.Tuple, ast.List, ast.Set)
    for test in (*_tests(found), *together):
        if all(_mentions(found, test, each) for each in names.values()):
            return True
    return any(_gives_up(found, each, names.values()) for each in found.of(ast.If))


def _aliases(found: Nodes, flag: str) -> frozenset[str]:
    """The flag's name, and the variables that are given its value alone."""
    given = (each for each in found.of(ast.Assign) if getattr(each.value, "attr", None) == flag)
    return frozenset({flag, *(target.id for each in given for target in each.targets if isinstance(target, ast.Name))})


def _tests(found: Nodes) -> Iterator[ast.expr]:
    yield from (each.test for each in found.of(ast.Assert))
    yield from (each.test for each in found.of(ast.If))


def _mentions(found: Nodes, node: ast.AST, names: frozenset[str]) -> bool:
    under: Iterator[ast.AST] = found.under(node, ast.Attribute, ast.Name, ast.Constant)
    return any(
        isinstance(each, str) and each in names
        for node in under
        for each in (getattr(node, "attr", None), getattr(node, "id", None), getattr(node, "value", None))
    )


def _gives_up(found: Nodes, choice: ast.If, flags: Collection[frozenset[str]]) -> bool:
    """Whether a test of either flag leads to a refusal, in its body or after its last ``elif``."""
    if not any(_mentions(found, choice.test, names) for names in flags):
        return False
    ends = ("error", "exit", "print_help", "print_usage", "_exit", "abort")
    if any(called_name(call) in ends for call in found.under(choice, ast.Call)):
        return True
    return any(True for _ in found.under(choice, ast.Raise))
