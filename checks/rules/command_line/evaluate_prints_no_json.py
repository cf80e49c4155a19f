"""``command-line/evaluate-prints-no-json``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.printed_json import printed_json, writes_json_otherwise
from checks.facts.unseen_code import unseen_code
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

EVALUATE = "src/evaluate.py"


class EvaluatePrintsNoJson(Rule):
    """The evaluation does not print its comparison as JSON.

    What it finds
        A ``src/evaluate.py`` that, with what it uses of the other files, never prints JSON: no text of ``json.dumps``,
        ``to_json`` or the like reaches ``print``, ``sys.stdout.write`` or another call that prints.

    Why it matters
        The comparison of the runs is what the whole command is for. A table of words cannot be read by the next step,
        and a file is not what was asked for.

    How to fix
        End the evaluation with ``print(json.dumps(comparison))``.

    What it cannot see
        Whether what is printed compares the runs.
    """

    criteria: ClassVar[Mapping[str, str]] = {"base": "command-line"}
    valid = (
        Valid("printed", {EVALUATE: "import json\nprint('Results', json.dumps({'best': 'a'}, indent=2))\n"}),
        Valid("frame", {EVALUATE: "import pandas as pd\nprint(pd.DataFrame(rows).to_json(orient='records'))\n"}),
        Valid(
            "through-a-helper",
            {
                EVALUATE: "import sys\nfrom json import dumps as as_text\n\n\ndef emit(what):\n"
                "    sys.stdout.write(as_text(what) + '\\n')\n\n\nemit({'a': 1})\n"
            },
        ),
    )
    invalid = (
        Invalid(
            "only-a-table", {EVALUATE: "import pandas as pd\nprint(pd.DataFrame(rows))\n"}, at=("src/evaluate.py",)
        ),
        Invalid(
            "only-a-file",
            {EVALUATE: "import json\nopen('a.json', 'w').write(json.dumps({'best': 1}))\nprint('written')\n"},
            at=("src/evaluate.py",),
        ),
        Invalid("python-text", {EVALUATE: "comparison = {'best': 'a'}\nprint(comparison)\n"}, at=("src/evaluate.py",)),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for the file."""
        if EVALUATE not in context.tree.files or context.fact(unseen_code):
            return
        if printed_json(context, EVALUATE) == () and not writes_json_otherwise(context, EVALUATE):
            yield Hit(
                message="The evaluation never prints its comparison as JSON.",
                path=EVALUATE,
                fix=Fix(summary="End with `print(json.dumps(comparison))`."),
            )
