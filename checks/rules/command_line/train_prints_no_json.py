"""``command-line/train-prints-no-json``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.printed_json import PrintedJson, may_have_key, printed_json, writes_json_otherwise
from checks.facts.run_starts import MAIN, TRAIN, run_starts
from checks.facts.unseen_code import unseen_code
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

FIX = Fix(summary='Print the metrics as one line: `print(json.dumps({"run_id": run_id, **metrics}), flush=True)`.')
START = "import json\n\n\n"


class TrainPrintsNoJson(Rule):
    """The training script does not print its metrics as JSON with the run's id.

    What it finds
        A ``src/train.py`` that, with what it uses of the other files, never prints JSON: no text of ``json.dumps`` (or
        of another library's) reaches ``print``, ``sys.stdout.write`` or the like. Also one that prints JSON in which
        the key ``run_id`` certainly never stands.

    Why it matters
        The runs' lines come together in one output. Without JSON nobody can read the metrics off it, without
        ``run_id`` nobody can tell whose they are.

    How to fix
        ``print(json.dumps({"run_id": run_id, **metrics}))``.

    What it cannot see
        What a mapping holds that is read from a file, built by a library (``asdict`` too) or filled under computed
        keys: it may have the id. JSON that only goes to a file is not printed.
    """

    criteria: ClassVar[Mapping[str, str]] = {"base": "command-line"}
    valid = (
        Valid("literal", {TRAIN: f"{START}print(json.dumps({{'run_id': run, 'loss': 1.0}}))\n"}),
        Valid(
            "built-elsewhere",
            {
                TRAIN: f"{START}def row(cfg, **found):\n    return dict(run_id=cfg, **found)\n\n\n"
                "def report(cfg):\n    text = json.dumps(row(cfg))\n    print(text, flush=True)\n"
            },
        ),
        Valid(
            "spread-from-a-file", {TRAIN: f"{START}run = json.load(open('run.json'))\nprint(json.dumps({{**run}}))\n"}
        ),
        Valid(
            "added-later",
            {TRAIN: f"{START}found = {{'loss': 1}}\nfound['run_id'] = 'a'\nsys.stdout.write(json.dumps(found))\n"},
        ),
        Valid("rich", {TRAIN: "from rich import print_json\nprint_json(data=metrics)\n"}),
        Valid("to-the-stream", {TRAIN: f"import sys\n{START}json.dump({{'run_id': 1}}, sys.stdout)\n"}),
    )
    invalid = (
        Invalid("words", {TRAIN: "print(f'run_id={1} loss={2}')\n"}, at=("src/train.py",)),
        Invalid(
            "only-to-a-file",
            {TRAIN: f"{START}with open('m.json', 'w') as f:\n    json.dump({{'run_id': 1}}, f)\nprint('saved')\n"},
            at=("src/train.py",),
        ),
        Invalid(
            "without-the-id",
            {
                TRAIN: f"{START}def report(loss):\n    metrics = {{'loss': loss}}\n"
                "    print(json.dumps({'step': 1, **metrics}))\n"
            },
            at=("src/train.py:6",),
        ),
        Invalid(
            "other-key",
            {TRAIN: f"{START}run_id = 'a'\nprint(json.dumps(dict(run=run_id, acc=0.5)))\n"},
            at=("src/train.py:5",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for the file, or at the last JSON that is printed."""
        if TRAIN not in context.tree.files or context.fact(unseen_code):
            return
        printed = printed_json(context, TRAIN)
        if printed is None:
            return
        found = list(printed)
        if any(start.kind == "in-process" for start in context.fact(run_starts).found):
            found += printed_json(context, MAIN) or ()
        if not found and not writes_json_otherwise(context, TRAIN):
            yield Hit(message="The training script never prints its metrics as JSON.", path=TRAIN, fix=FIX)
        elif found and not any(_may_have_id(context, each) for each in found):
            last = found[-1]
            yield Hit(
                message="The JSON that is printed here has no `run_id`, and no other printed JSON has one.",
                path=last.path,
                line=last.node.lineno,
                end_line=last.node.end_lineno,
                fix=FIX,
            )


def _may_have_id(context: Context, printed: PrintedJson) -> bool:
    if not printed.values:
        return True
    return any(may_have_key(context, path, value, "run_id") for path, value in printed.values)
