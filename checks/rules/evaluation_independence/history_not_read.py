"""``evaluation-independence/history-not-read``."""

import ast
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.calls import called_name
from checks.facts.evaluation_code import EvaluationCode, evaluation_code
from checks.facts.wandb_reads import wandb_reads
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

EVALUATE = "src/evaluate.py"
START = "import wandb\n\nrun = wandb.Api().run('e/p/r')\n"


class HistoryNotRead(Rule):
    """The evaluation never reads the history of a recorded run.

    What it finds
        An evaluation that fetches a run with ``wandb.Api()`` and calls neither ``history()`` nor ``scan_history()``, on
        anything, in the code reachable from ``src/evaluate.py``.

    Why it matters
        The summary holds one number for each metric. How a run got there, and the learning curves that are asked for,
        are only in the history.

    How to fix
        Read ``history = run.history()`` for each run.

    What it cannot see
        What is done with the history, and a history that is read under a name without that word.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "evaluation-independence"}
    valid = (
        Valid("history", {EVALUATE: f"{START}print(run.history())\n"}),
        Valid("row-by-row", {EVALUATE: f"{START}for row in run.scan_history():\n    print(row)\n"}),
        Valid("looked-up", {EVALUATE: f"{START}print(getattr(run, 'history')())\n"}),
        Valid("of-all-runs", {EVALUATE: "import wandb\n\nprint(wandb.Api().runs('e/p').histories())\n"}),
        Valid("no-run-fetched", {EVALUATE: "import wandb\n\napi = wandb.Api()\n"}),
    )
    invalid = (
        Invalid("summary-alone", {EVALUATE: f"{START}print(run.summary._json_dict)\n"}, at=("src/evaluate.py:3",)),
        Invalid(
            "in-a-comment",
            {EVALUATE: f"{START}# run.history()\nprint(run.summary['history_length'])\n"},
            at=("src/evaluate.py:3",),
        ),
        Invalid(
            "listed-runs",
            {EVALUATE: "from wandb import Api\n\nfor run in Api().runs('e/p'):\n    print(run.name)\n"},
            at=("src/evaluate.py:3",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit, where the first run is fetched."""
        code = context.fact(evaluation_code)
        found = context.fact(wandb_reads)
        fetched = found.runs or found.listed
        if code.hidden or not fetched or found.histories or _may_read(code):
            return
        path, call = fetched[0]
        yield Hit(
            message="Runs are fetched here, and the history of none is read: `run.history()` is asked for.",
            path=path,
            line=call.lineno,
            end_line=call.end_lineno,
            fix=Fix(summary="Read `history = run.history()` for each run and draw its learning curves from it."),
        )


def _may_read(code: EvaluationCode) -> bool:
    """Whether a method, a function or a text of the code speaks of a history; a variable of that name reads none."""
    names = {node.attr for _, node in code.of(ast.Attribute)}
    names |= {called_name(call) for _, call in code.of(ast.Call)}
    if any("histor" in name.lower() for name in names) or {"history", "scan_history"} & code.free_texts:
        return True
    return any("wandb-history" in text or "istory(" in text for text in code.texts)
