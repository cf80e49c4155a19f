"""``no-premature-specialization/validates-run-names``."""

import ast
import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.calls import called_name, calls
from checks.facts.guards import last_name
from checks.facts.imports import Imports, imports
from checks.facts.nodes import Nodes, nodes
from checks.facts.syntax import keyword, text_of
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

RUN = re.compile(
    r"^-*(?:\w+[_-])?(?:run|variation|variant|run_variation)(?:[_-]?(?:id|name|key|variation|variant|type))?s?$"
)
"""Names of what identifies a run variation."""
ALSO = re.compile(r"^-*(?:run|runs|runner|dry[_-]run|no[_-]run)$")
"""Names that only look like it."""
MAIN, TRAIN = "src/main.py", "src/train.py"


class ValidatesRunNames(Rule):
    """The code refuses run variations that are not on a list of its own.

    What it finds
        ``choices=`` of written names for a command-line option such as ``--run-id`` or ``--variation``; a test that
        such a name is in a written list, tuple, set or mapping of names, where the code raises or exits when it is
        not; an ``assert`` of the same.

    Why it matters
        The run variations are named later, in the YAML files. Code that knows today's names refuses tomorrow's.

    How to fix
        Take every ``run_id`` that the YAML file gives, and let a run's parameters say what to do.

    What it cannot see
        Names that are checked one by one, and lists that are read from a file.
    """

    criteria: ClassVar[Mapping[str, str]] = {"base": "no-premature-specialization"}
    valid = (
        Valid("any-name", {MAIN: "p.add_argument('--run-id', required=True)\n"}),
        Valid("names-of-the-file", {MAIN: "if run_id not in config['runs']:\n    raise KeyError(run_id)\n"}),
        Valid("another-list", {TRAIN: "if method not in ('adam', 'sgd'):\n    raise ValueError(method)\n"}),
        Valid("not-refused", {TRAIN: "if run_id in ('a', 'b'):\n    print('known')\n"}),
        Valid("unique", {MAIN: "if run_id in seen:\n    raise ValueError('twice')\n"}),
    )
    invalid = (
        Invalid(
            "choices",
            {TRAIN: "p.add_argument('--variation', type=str, choices=['base', 'ours'])\n"},
            at=(f"{TRAIN}:1",),
        ),
        Invalid(
            "list-through-a-constant",
            {
                MAIN: "RUNS = {'base': 1, 'ours': 2}\n\n\ndef start(run):\n    run_id = run['run_id']\n"
                "    if run_id not in RUNS:\n        raise ValueError(run_id)\n"
            },
            at=(f"{MAIN}:6",),
        ),
        Invalid("asserted", {TRAIN: "assert cfg['run_id'] in {'a', 'b'}, 'unknown run'\n"}, at=(f"{TRAIN}:1",)),
        Invalid(
            "otherwise-refused",
            {MAIN: "import sys\nif args.variation in ('a', 'b'):\n    run()\nelse:\n    sys.exit('unknown')\n"},
            at=(f"{MAIN}:2",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each list of names."""
        for path, found in context.fact(nodes).items():
            known = context.fact(imports)[path]
            for call in context.fact(calls)[path].named("add_argument", "option", "Choice"):
                if _is_run_option(call) and _written(known, keyword(call, "choices")):
                    yield _hit(path, call, text_of(call.args[0]).strip("'\""))
            for test in found.of(ast.Compare):
                if _is_run_name(test.left) and _refused(found, test) and _written(known, test.comparators[0]):
                    yield _hit(path, test, text_of(test.left))


def _hit(path: str, node: ast.expr, name: str) -> Hit:
    return Hit(
        message=f"`{name[:60]}` is only accepted when it is one of the names written in the code; run variations are "
        "named later.",
        path=path,
        line=node.lineno,
        end_line=node.end_lineno,
        fix=Fix(summary="Accept every `run_id` that the YAML file gives."),
    )


def _is_run_option(call: ast.Call) -> bool:
    names = [each.value for each in call.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    return any(RUN.match(name) and not ALSO.match(name) for name in names)


def _is_run_name(node: ast.expr) -> bool:
    """Whether an expression is named for a run variation: ``run_id``, ``args.variation``, ``cfg["run_id"]``."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("lower", "strip"):
        node = node.func.value
    if isinstance(node, ast.Call) and called_name(node) == "get" and node.args:
        node = node.args[0]
    name = last_name(node)
    if isinstance(node, ast.Subscript):
        node = node.slice
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        name = node.value
    return bool(RUN.match(name)) and not ALSO.match(name)


def _written(known: Imports, node: ast.expr | None) -> bool:
    """Whether a collection is two or more texts that are written in the code."""
    for _ in range(3):
        if isinstance(node, ast.Name):
            node = known.assigned(node)
        elif isinstance(node, ast.Call) and called_name(node) in ("set", "frozenset", "list", "tuple", "sorted"):
            node = node.args[0] if node.args else None
        elif isinstance(node, ast.Call) and called_name(node) == "keys" and isinstance(node.func, ast.Attribute):
            node = node.func.value
    items = node.elts if isinstance(node, ast.List | ast.Tuple | ast.Set) else []
    items = [key for key in node.keys if key is not None] if isinstance(node, ast.Dict) else items
    texts = [each for each in items if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    return len(texts) > 1 and len(texts) == len(items)


def _refused(found: Nodes, test: ast.Compare) -> bool:
    """Whether the code gives up when the test shows that a name is not on the list."""
    if len(test.ops) != 1 or not isinstance(test.ops[0], ast.In | ast.NotIn):
        return False
    inside, parent = isinstance(test.ops[0], ast.In), found.parent(test)
    if isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.Not):
        inside, parent = not inside, found.parent(parent)
    if isinstance(parent, ast.Assert):
        return inside
    if not isinstance(parent, ast.If):
        return False
    other = parent.orelse if inside else parent.body
    if inside and not other and isinstance(parent.body[-1], ast.Return | ast.Continue):
        other = _after(found, parent)[:1]
    return any(_gives_up(each) for each in other)


def _after(found: Nodes, statement: ast.stmt) -> list[ast.stmt]:
    """What stands behind a statement in its block."""
    body = getattr(found.parent(statement), "body", [])
    return body[body.index(statement) + 1 :] if isinstance(body, list) and statement in body else []


def _gives_up(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Raise):
        return True
    value = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(value, ast.Call) and called_name(value) in ("exit", "error", "abort", "_exit")
