"""``evaluation-independence/metrics-file-missing``."""

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.evaluation_code import EVALUATE, evaluation_code
from checks.facts.evaluation_writes import JsonWrite, evaluation_writes, is_results_file, may_be_named
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

METRICS = "metrics.json"
FIX = Fix(
    summary="For each run write history, summary and configuration to `Path(results_dir) / run_id / 'metrics.json'`."
)
START = "import json, sys\nfrom pathlib import Path\n\nargs = dict(a.split('=', 1) for a in sys.argv[1:])\n"
LOOP = START + "out = Path(args['results_dir'])\nfor run_id in json.loads(args['run_ids']):\n"


class MetricsFileMissing(Rule):
    """The evaluation does not export each run's metrics.

    What it finds
        A ``src/evaluate.py`` with no write of ``{results_dir}/{run_id}/metrics.json``: the name stands nowhere in the
        code that runs, or the file goes to the results folder itself, where each run's file replaces the last.

    Why it matters
        The per-run file is what others read of a run, without an account at WandB. It is looked for under this name.

    How to fix
        In the loop over ``run_ids`` write history, summary and configuration to
        ``results_dir / run_id / "metrics.json"``.

    What it cannot see
        A file name that is only known when the program runs; then this rule is silent. Code that nothing in the
        evaluation uses does not count.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "evaluation-independence"}
    valid = (
        Valid("path", {EVALUATE: f"{LOOP}    (out / run_id / 'metrics.json').write_text(json.dumps({{}}))\n"}),
        Valid(
            "helper-and-constant",
            {
                EVALUATE: "import json, os\nNAME = 'metrics.json'\n\n\ndef save(value, folder, name=NAME):\n"
                "    with open(os.path.join(folder, name), 'w') as f:\n        json.dump(value, f)\n\n\n"
                "def main(root, ids):\n    for one in ids:\n        save({}, f'{root}/{one}')\n\n\nmain('r', [])\n"
            },
        ),
        Valid("name-not-known", {EVALUATE: f"{LOOP}    json.dump({{}}, open(out / run_id / args['name'], 'w'))\n"}),
        Valid("written-by-a-table", {EVALUATE: f"{LOOP}    frame(run_id).to_json(out / run_id / 'metrics.json')\n"}),
        Valid("does-not-parse", {EVALUATE: "def main(:\n"}),
    )  # fmt: skip
    invalid = (
        Invalid("no-such-file", {EVALUATE: f"{LOOP}    print(run_id)\n"}, at=(EVALUATE,)),
        Invalid(
            "another-name",
            {EVALUATE: f"{LOOP}    json.dump({{}}, open(out / run_id / f'{{run_id}}_metrics.json', 'w'))\n"},
            at=(f"{EVALUATE}:7",),
        ),
        Invalid(
            "aggregate-alone",
            {
                EVALUATE: f"{LOOP}    print(run_id)\n"
                "json.dump({'metrics': {}}, open(out / 'comparison' / 'all.json', 'w'))\n"
            },
            at=(EVALUATE,),
        ),
        Invalid(
            "same-file-for-all",
            {EVALUATE: f"{LOOP}    (out / 'metrics.json').write_text(json.dumps({{}}))\n"},
            at=(f"{EVALUATE}:7",),
        ),
        Invalid(
            "helper-that-nothing-calls",
            {
                EVALUATE: "import json\n\n\ndef export(run_id):\n"
                "    json.dump({}, open(f'r/{run_id}/metrics.json', 'w'))\n"
                "\n\ndef main():\n    print('done')\n\n\nmain()\n"
            },
            at=(EVALUATE,),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit: the write that comes nearest, or the whole file."""
        code = context.fact(evaluation_code)
        if code.hidden:
            return
        writes = context.fact(evaluation_writes)
        named = [write for write in writes if write.target.last().constant == METRICS]
        flat = [write for write in named if is_results_file(context, write.target)]
        if named:
            if len(flat) == len(named):
                yield _hit(flat[0], f"`{flat[0].target}` is one file for all runs")
            return
        if any(may_be_named(write, METRICS) for write in writes) or any(_names_it(text) for text in code.texts):
            return
        near = [
            write for write in writes if "metric" in write.target.last().end and "aggregated" not in str(write.target)
        ]
        if near:
            yield _hit(near[0], f"`{near[0].target}` has another name")
        else:
            yield Hit(
                message="Nothing that runs in the evaluation writes `{results_dir}/{run_id}/metrics.json`.",
                path=EVALUATE,
                fix=FIX,
            )


def _hit(write: JsonWrite, why: str) -> Hit:
    node = write.call
    return Hit(
        message=f"The evaluation writes no `{{results_dir}}/{{run_id}}/metrics.json`: {why}.",
        path=write.path,
        line=node.lineno,
        end_line=node.end_lineno,
        fix=FIX,
    )


def _names_it(text: str) -> bool:
    return bool(re.search(r"(?:^|[/\\])metrics\.json$", text))
