"""``wandb/log-outside-run``."""

import ast
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.nodes import Nodes, nodes
from checks.facts.value_sites import value_sites
from checks.facts.wandb_calls import WandbCalls, wandb_calls
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

TRAIN = "src/train.py"


class LogOutsideRun(Rule):
    """A metric is logged when no WandB run is open.

    What it finds
        A ``log``, or a write into the summary, that follows ``finish()`` in the same block of statements, where nothing
        in between may start another run; and one that stands before the tree's only ``wandb.init`` in the same block.

    Why it matters
        WandB raises an error there, so the run ends without its last results.

    How to fix
        Move ``finish()`` behind everything that is recorded, and ``wandb.init`` before it.

    What it cannot see
        Orders that span functions or branches.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "wandb"}
    valid = (
        Valid(
            "in-order",
            {TRAIN: "import wandb\n\nrun = wandb.init()\nrun.log({'a': 1})\nrun.summary['b'] = 2\nrun.finish()\n"},
        ),
        Valid(
            "two-runs",
            {
                TRAIN: "import wandb\n\nfor name in 'ab':\n    wandb.init(name=name)\n    wandb.log({'a': 1})\n"
                "    wandb.finish()\nwandb.init()\nwandb.log({'b': 1})\n"
            },
        ),
        Valid(
            "finished-in-a-branch",
            {
                TRAIN: "import wandb\n\nrun = wandb.init()\nif failed():\n    run.finish()\n    raise SystemExit\n"
                "run.log({'a': 1})\n"
            },
        ),
        Valid("another-finish", {TRAIN: "import wandb\n\nwandb.init()\nbar.finish()\nwandb.log({'a': 1})\n"}),
    )
    invalid = (
        Invalid(
            "after-the-end",
            {TRAIN: "import wandb\n\nrun = wandb.init()\nrun.log({'a': 1})\nrun.finish()\nrun.summary['best'] = 1\n"},
            at=("src/train.py:6",),
        ),
        Invalid(
            "in-a-loop-after-the-end",
            {
                TRAIN: "import wandb as wb\n\n\ndef train(scores):\n    wb.init()\n    wb.finish()\n"
                "    for score in scores:\n        wb.log({'score': score})\n"
            },
            at=("src/train.py:8",),
        ),
        Invalid(
            "before-the-start",
            {TRAIN: "import wandb\n\nwandb.log({'a': 1})\nwandb.init()\nwandb.log({'b': 1})\n"},
            at=("src/train.py:3",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each end or start of a run, at the first record on its wrong side."""
        found = context.fact(wandb_calls)
        for path, finish in found.finishes:
            yield from _after(context, found, path, finish)
        if len(found.inits) == 1:
            yield from _before(context, found)


def _after(context: Context, found: WandbCalls, path: str, finish: ast.Call) -> Iterator[Hit]:
    inside = context.fact(nodes)[path]
    later = _siblings(inside, finish)[1]
    for statement in later:
        record = _recorded(found, inside, path, statement)
        if record is not None:
            yield _hit(context, path, record, finish, "after the run is finished")
            return
        if any(_may_start(context, path, call) for call in inside.under(statement, ast.Call)):
            return


def _before(context: Context, found: WandbCalls) -> Iterator[Hit]:
    init = found.inits[0]
    inside = context.fact(nodes)[init.path]
    for statement in _siblings(inside, init.node)[0]:
        record = _recorded(found, inside, init.path, statement)
        if record is not None:
            yield _hit(context, init.path, record, init.node, "before the run is started")
            return


def _siblings(inside: Nodes, call: ast.Call) -> tuple[list[ast.stmt], list[ast.stmt]]:
    """The statements before and after the one that makes a call, where it stands plainly in a block."""
    statement = inside.statement(call)
    parent = inside.parent(statement) if statement is not None else None
    if not isinstance(statement, ast.Expr | ast.Assign) or statement.value is not call or parent is None:
        return [], []
    for name in ("body", "orelse", "finalbody"):
        block = getattr(parent, name, [])
        if isinstance(block, list) and statement in block:
            place = block.index(statement)
            return block[:place], block[place + 1 :]
    return [], []


def _recorded(found: WandbCalls, inside: Nodes, path: str, statement: ast.stmt) -> ast.AST | None:
    """What a statement, a loop or a ``with`` at most around it, certainly records."""
    for each in (*found.logs, *found.summaries):
        if each.path == path and each.certain and inside.within(each.node, statement):
            between = [outer for outer in inside.above(each.node) if inside.within(outer, statement)]
            if not any(
                isinstance(outer, ast.If | ast.Try | ast.FunctionDef | ast.Lambda | ast.IfExp) for outer in between
            ):
                return each.node
    return None


def _may_start(context: Context, path: str, call: ast.Call) -> bool:
    """Whether a call may start another run: WandB's own, or any function of the tree."""
    inits = [each.node for each in context.fact(wandb_calls).inits]
    return call in inits or context.fact(value_sites).defined(path, call.func) is not None


def _hit(context: Context, path: str, record: ast.AST, other: ast.Call, when: str) -> Hit:
    line = getattr(record, "lineno", 1)
    return Hit(
        message=f"This is recorded {when} (line {other.lineno}), where WandB raises an error.",
        path=path,
        line=line,
        end_line=getattr(record, "end_lineno", None),
        evidence=(context.quote(path, line), context.quote(path, other.lineno)),
        fix=Fix(summary="Record everything between `wandb.init` and `finish()`."),
    )
