"""``evaluation-independence/no-metrics-table``."""

import ast
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.calls import called_name
from checks.facts.evaluation_code import EVALUATE, EvaluationCode, evaluation_code, words_of
from checks.facts.syntax import text_of
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

WRITERS = frozenset(
    {
        "to_csv", "to_latex", "to_markdown", "to_html", "to_excel", "to_string", "to_parquet", "savetxt",
        "tabulate", "PrettyTable", "writerow", "writerows", "DictWriter", "Styler",
    }
)  # fmt: skip
WORDS = frozenset({"table", "tables", "tabulate", "tabular", "latex", "markdown"})
HISTORY = frozenset({"history", "hist", "histories", "h"})
"""Words of what is logged step by step: a table of that is no table of the metrics."""
FRAMES = frozenset({"df", "frame", "dataframe", "table"})


class NoMetricsTable(Rule):
    """The comparison has no table of its metrics.

    What it finds
        An evaluation in which nothing writes or draws a table: no ``to_csv``, ``to_latex`` or ``to_markdown``, no
        ``axis.table``, no writer of CSV, and no name that speaks of one. A table of
        one run's history is none of the metrics.

    Why it matters
        Figures show the primary metric alone. A table with every metric of every run is what a paper prints.

    How to fix
        ``pd.DataFrame(metrics).to_csv(results_dir / "comparison" / "comparison_metrics_table.csv")``, or draw one with
        ``axis.table``.

    What it cannot see
        A table that is put together line by line under names that do not say so.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "evaluation-independence"}
    severity = Severity.ADVISORY
    valid = (
        Valid("csv", {EVALUATE: "import pandas as pd\npd.DataFrame({}).to_csv('r/comparison/metrics.csv')\n"}),
        Valid("drawn", {EVALUATE: "import matplotlib.pyplot as plt\n_, axis = plt.subplots()\naxis.table([['1']])\n"}),
        Valid("printed", {EVALUATE: "import pandas as pd\nprint(pd.DataFrame({}))\n"}),
        Valid("does-not-parse", {EVALUATE: "def f(:\n"}),
    )
    invalid = (
        Invalid("figures-alone", {EVALUATE: "import matplotlib.pyplot as plt\nplt.bar([1], [2])\n"}, at=(EVALUATE,)),
        Invalid(
            "helper-that-nothing-calls",
            {
                EVALUATE: "import pandas as pd\n\n\ndef table(rows):\n    pd.DataFrame(rows).to_csv('a.csv')\n\n\n"
                "def main():\n    print('done')\n\n\nmain()\n"
            },
            at=(EVALUATE,),
        ),
        Invalid(
            "histories-alone",
            {EVALUATE: "import wandb\nhistory = wandb.Api().run('e/p/r').history()\nhistory.to_csv('r/history.csv')\n"},
            at=(EVALUATE,),
        ),
        Invalid("json-alone", {EVALUATE: "import json\njson.dump({}, open('a.json', 'w'))\n"}, at=(EVALUATE,)),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for the file."""
        code = context.fact(evaluation_code)
        if not code.hidden and not _has_table(code):
            yield Hit(
                message="The evaluation writes no table of the runs' metrics.",
                path=EVALUATE,
                fix=Fix(summary="Write the metrics of all runs as a table under `{results_dir}/comparison/`."),
            )


def _has_table(code: EvaluationCode) -> bool:
    if (
        WORDS & words_of(*code.names)
        or WRITERS & code.texts
        or any("| --" in text or "|--" in text for text in code.texts)
    ):
        return True
    for path, call in code.of(ast.Call):
        del path
        name = called_name(call)
        if name in WRITERS and not (
            isinstance(call.func, ast.Attribute) and HISTORY & words_of(text_of(call.func.value))
        ):
            return True
        if name == "print" and any(FRAMES & words_of(text_of(given)) for given in call.args):
            return True
    return any(name in WRITERS for name in code.names if not name.startswith("to_"))
