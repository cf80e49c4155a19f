"""``evaluation-independence/runs-not-fetched``."""

import ast
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.evaluation_code import EvaluationCode, evaluation_code
from checks.facts.imports import imports
from checks.facts.wandb_reads import wandb_reads
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

EVALUATE = "src/evaluate.py"
FETCHES = frozenset({"run", "runs", "sweep", "from_path"})
"""Methods that fetch runs."""
START = "import wandb\n\napi = wandb.Api()\n"
FIX = Fix(summary='Fetch each run: `run = wandb.Api().run(f"{entity}/{project}/{run_id}")`.')


class RunsNotFetched(Rule):
    """The evaluation does not fetch its runs from WandB.

    What it finds
        Code reachable from ``src/evaluate.py`` that never makes a ``wandb.Api()``, or makes one and never calls ``run``
        or ``runs`` on it. Runs that are only listed with ``api.runs(...)`` are advisory.

    Why it matters
        The evaluation runs on its own, with two arguments and nothing else: WandB is where the finished runs are. Files
        that a training left behind are not there on another machine, or are another run's.

    How to fix
        Fetch each run by its path: ``wandb.Api().run(f"{entity}/{project}/{run_id}")``.

    What it cannot see
        Whether the path is right. An API object that is made or used by means it cannot follow is taken for right.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "evaluation-independence"}
    valid = (
        Valid("by-path", {EVALUATE: f"{START}print(api.run('e/p/r').history())\n"}),
        Valid(
            "in-a-helper-of-another-file",
            {
                EVALUATE: "from src.preprocess import fetch\n\nprint(fetch('r'))\n",
                "src/preprocess.py": "from wandb import Api as Remote\n\n\ndef fetch(run_id):\n"
                "    return Remote(timeout=60).run(f'e/p/{run_id}')\n",
            },
        ),
        Valid(
            "looked-up",
            {EVALUATE: "import wandb\n\napi = getattr(wandb, 'Api')()\nprint(getattr(api, 'run')('e/p/r'))\n"},
        ),
        Valid("kept-in-an-object", {EVALUATE: f"{START}client.api = api\nprint(client.api.run('e/p/r'))\n"}),
    )
    invalid = (
        Invalid(
            "local-files",
            {EVALUATE: "import json\n\nprint(json.load(open('results/r/metrics.json')))\n"},
            at=(EVALUATE,),
        ),
        Invalid(
            "api-made-and-not-used",
            {EVALUATE: f"import subprocess\n{START}subprocess.run(['ls'])\n"},
            at=("src/evaluate.py:4",),
        ),
        Invalid(
            "only-listed", {EVALUATE: f"{START}print([r.name for r in api.runs('e/p')])\n"}, at=("src/evaluate.py:4",)
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit: the file, the API object that is not used, or the listing."""
        code = context.fact(evaluation_code)
        if code.hidden:
            return
        found = context.fact(wandb_reads)
        if not found.apis:
            if not _may_make_api(code):
                yield Hit(
                    message="The evaluation never makes a `wandb.Api()`, so it cannot read the recorded runs.",
                    path=EVALUATE,
                    fix=FIX,
                )
        elif not found.runs and not _fetches_otherwise(context, code):
            path, call = (found.listed or found.apis)[0]
            yield Hit(
                message="Runs are only listed with a filter; the requirement is to fetch each by its path."
                if found.listed
                else "This API object is made, and no run is ever fetched with it.",
                path=path,
                line=call.lineno,
                end_line=call.end_lineno,
                fix=FIX,
                severity=Severity.ADVISORY if found.listed else None,
            )


def _may_make_api(code: EvaluationCode) -> bool:
    """Whether an API object may be made by other means: looked up by name, over HTTP, or by the command line tool."""
    named = any(name.endswith(("Api", "PublicApi")) for name in code.names)
    return named or bool({"Api", "InternalApi"} & code.texts) or any("api.wandb.ai" in text for text in code.texts)


def _fetches_otherwise(context: Context, code: EvaluationCode) -> bool:
    """Whether something that cannot be followed may fetch a run."""
    if FETCHES & code.texts:
        return True
    found = context.fact(wandb_reads)
    if found.listed:
        return False
    known = context.fact(imports)
    methods = (each for each in code.of(ast.Attribute) if each[1].attr in FETCHES)
    return any(not known[path].resolve(node) for path, node in methods)
