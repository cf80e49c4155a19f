"""``evaluation-independence/config-not-read``."""

import ast
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.evaluation_code import EvaluationCode, evaluation_code
from checks.facts.wandb_reads import wandb_reads
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

EVALUATE = "src/evaluate.py"
START = "import wandb\n\nrun = wandb.Api().run('e/p/r')\n"


class ConfigNotRead(Rule):
    """The evaluation never reads the recorded configuration of a run.

    What it finds
        An evaluation that fetches a run with ``wandb.Api()`` and takes its ``config`` nowhere in the code reachable
        from ``src/evaluate.py``.

    Why it matters
        The configuration says which settings a number belongs to. Without it, the exported metrics cannot be told apart
        once the run configurations have changed.

    How to fix
        Read ``config = dict(run.config)`` for each run and export it beside the metrics.

    What it cannot see
        Whether another attribute of that name is the run's. Since nothing fails without it, it only advises.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "evaluation-independence"}
    severity = Severity.ADVISORY
    valid = (
        Valid("copied", {EVALUATE: f"{START}config = dict(run.config)\n"}),
        Valid("looked-up", {EVALUATE: f"{START}config = getattr(run, 'config')\n"}),
        Valid(
            "by-a-helper",
            {EVALUATE: f"{START}\n\ndef settings(recorded):\n    return recorded.config\n\n\nsettings(x)\n"},
        ),
    )
    invalid = (
        Invalid("summary-alone", {EVALUATE: f"{START}print(run.summary)\n"}, at=("src/evaluate.py:3",)),
        Invalid(
            "another-config",
            {EVALUATE: f"{START}config = {{}}\nprint(run.history(), config)\n"},
            at=("src/evaluate.py:3",),
        ),
        Invalid(
            "listed-runs",
            {EVALUATE: "import wandb\n\nruns = wandb.Api().runs('e/p')\nprint(len(runs))\n"},
            at=("src/evaluate.py:3",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit, where the first run is fetched."""
        code = context.fact(evaluation_code)
        found = context.fact(wandb_reads)
        fetched = found.runs or found.listed
        if code.hidden or not fetched or found.configs or _may_read(code):
            return
        path, call = fetched[0]
        yield Hit(
            message="Runs are fetched here, and the configuration of none is read: `dict(run.config)` is asked for.",
            path=path,
            line=call.lineno,
            end_line=call.end_lineno,
            fix=Fix(summary="Read `config = dict(run.config)` for each run and export it with the metrics."),
        )


def _may_read(code: EvaluationCode) -> bool:
    attributes = {node.attr for _, node in code.of(ast.Attribute)}
    return bool(attributes & {"config", "rawconfig", "json_config", "load_full_data"}) or "config" in code.free_texts
