"""``evaluation-independence/summary-not-json-dict``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.api_runs import SummaryRead, summary_reads
from checks.facts.rewrite import replaced
from checks.facts.syntax import text_of
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

EVALUATE = "src/evaluate.py"
START = "import wandb\napi = wandb.Api()\n"


class SummaryNotJsonDict(Rule):
    """A recorded run's summary is not read through its plain dictionary.

    What it finds
        ``dict(run.summary)``, ``run.summary.items()`` and the like in the evaluation, where ``run`` comes from
        ``wandb.Api()``, and no ``run.summary._json_dict`` beside them. Reading single keys alone is advisory.

    Why it matters
        The evaluation is asked to export everything that a run recorded. ``run.summary`` wraps nested values in objects
        of its own, which ``json.dump`` refuses; ``run.summary._json_dict`` holds the plain values as they were logged.

    How to fix
        Write ``summary = run.summary._json_dict`` and use that dictionary from there on.

    What it cannot see
        A run that reaches the evaluation through a container of objects or a class attribute set elsewhere.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "evaluation-independence"}
    valid = (
        Valid("plain-dictionary", {EVALUATE: f"{START}print(dict(api.run('e/p/r').summary._json_dict))\n"}),
        Valid(
            "fallback-beside-it",
            {
                EVALUATE: f"{START}run = api.run('e/p/r')\n"
                "s = run.summary._json_dict if hasattr(run.summary, '_json_dict') else dict(run.summary)\n"
            },
        ),
        Valid(
            "not-a-recorded-run",
            {EVALUATE: "import wandb\nrun = wandb.init()\nprint(dict(run.summary), dict(report.summary))\n"},
        ),
    )
    invalid = (
        Invalid(
            "copied-with-dict",
            {EVALUATE: f"{START}run = api.run('e/p/r')\nsummary = dict(run.summary)\n"},
            at=("src/evaluate.py:4",),
        ),
        Invalid(
            "handed-to-a-helper",
            {
                EVALUATE: "from wandb import Api\n\n\ndef export(recorded):\n"
                "    found = recorded.summary\n"
                "    return {k: v for k, v in found.items()}\n\n\n"
                "for one in Api().runs('e/p'):\n    export(recorded=one)\n"
            },
            at=("src/evaluate.py:6",),
        ),
        Invalid(
            "single-key",
            {EVALUATE: f"{START}\n\ndef get(i):\n    return api.run(i)\n\n\nbest = get('r').summary.get('acc')\n"},
            at=("src/evaluate.py:9",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each read."""
        yield from (_hit(context, read.path, read) for read in context.fact(summary_reads))


def _hit(context: Context, path: str, read: SummaryRead) -> Hit:
    summary = text_of(read.summary)
    wanted = f"{summary}._json_dict"
    line, end_line, replacement = read.node.lineno, read.node.end_lineno, None
    statement = read.statement if read.kind == "copy" else None
    if statement is not None and (replacement := replaced(context, path, statement, read.node, wanted)):
        line, end_line = statement.lineno, statement.end_lineno
    return Hit(
        message=f"`{text_of(read.node)[:80]}` goes through the summary's wrapper; `{wanted}` is asked for.",
        path=path,
        line=line,
        end_line=end_line,
        fix=Fix(summary=f"Read the plain dictionary: `{wanted}`.", replacement=replacement),
        severity=Severity.ADVISORY if read.kind == "key" else None,
    )
