"""``evaluation-independence/best-run-not-by-id``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.evaluation_code import EVALUATE, evaluation_code
from checks.facts.evaluation_document import AGGREGATE, Document, evaluation_document
from checks.facts.run_sides import STEM, side_choices
from checks.facts.yaml_files import config_files
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

FIX = Fix(
    summary="Take the proposed runs as `[r for r in run_ids if 'proposed' in r]` and the baselines as "
    "`[r for r in run_ids if 'comparative' in r or 'baseline' in r]`, and pick the best of each."
)
START = "import json, sys\n\nrun_ids = json.loads(sys.argv[2])\nvalues = {r: load(r) for r in run_ids}\n"
WRITE = (
    "doc = {'best_proposed': {'run_id': ours, 'value': values[ours]}, 'best_baseline': {'run_id': base}}\n"
    f"json.dump(doc, open('r/comparison/{AGGREGATE}', 'w'))\n"
)


class BestRunNotById(Rule):
    """The proposed run is told from the baselines by something else than its run id.

    What it finds
        A ``best_proposed`` in code that compares no run id with ``proposed``: the first or last of the list, the
        best of all runs. Telling the two apart only by what a run's configuration or summary says is advisory.

    Why it matters
        The order of ``run_ids`` is free. With another order the baseline is reported as the proposed method, and the
        gap gets the other sign.

    How to fix
        Choose by id: ``"proposed" in run_id`` for the one side, ``"comparative"`` or ``"baseline"`` for the other.

    What it cannot see
        A word that is only known when the program runs; where a configuration file holds it the rule is silent. Whether
        the ids are compared rightly is not looked at.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "evaluation-independence"}
    valid = (
        Valid(
            "by-id",
            {
                EVALUATE: f"{START}ours = max((r for r in run_ids if 'proposed' in r), key=values.get)\n"
                f"base = run_ids[1]\n{WRITE}"
            },
        ),
        Valid(
            "prefix-in-a-constant",
            {EVALUATE: f"{START}SIDES = ('proposed-', 'comparative-')\nours, base = [pick(s) for s in SIDES]\n{WRITE}"},
        ),
        Valid(
            "by-a-key",
            {EVALUATE: f"{START}groups = group(values)\nours, base = groups['proposed'], groups['x']\n{WRITE}"},
        ),
        Valid(
            "word-in-the-configuration",
            {
                EVALUATE: f"{START}ours = next(r for r in run_ids if cfg.word in r)\nbase = ours\n{WRITE}",
                "config/config.yaml": "word: proposed\n",
            },
        ),
        Valid("nothing-chosen", {EVALUATE: f"{START}print(values)\n"}),
    )
    invalid = (
        Invalid("by-position", {EVALUATE: f"{START}ours, base = run_ids[:2]\n{WRITE}"}, at=(f"{EVALUATE}:6",)),
        Invalid(
            "best-of-all",
            {EVALUATE: f"{START}ranked = sorted(values, key=values.get)\nours = ranked[-1]\nbase = ranked[0]\n"
                       f"print('proposed:', ours, f'proposed wins: {{ours}}')\n{WRITE}"},
            at=(f"{EVALUATE}:9",),
        ),
        Invalid(
            "by-method-name",
            {EVALUATE: f"{START}ours = [v for v in values.values() if v.config['method'] == 'proposed'][0]\n"
                       f"base = 1\n{WRITE}"},
            at=(f"{EVALUATE}:5",),
        ),
    )  # fmt: skip

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit: where the best proposed run is written, or where it is chosen by a setting."""
        document, code = context.fact(evaluation_document), context.fact(evaluation_code)
        if document is None or code.hidden or "best_proposed" not in document.fields().names:
            return
        choices = side_choices(context)
        if choices and all(choice.by_setting for choice in choices):
            first = choices[0]
            yield Hit(
                message="Proposed runs are told apart by what their configuration or summary says; the run id decides.",
                path=first.path,
                line=first.node.lineno,
                fix=FIX,
                severity=Severity.ADVISORY,
            )
        elif not choices and not _configured(context):
            path, line = _place(document)
            yield Hit(
                message="`best_proposed` is not chosen by its run id: nothing in the evaluation looks for `proposed` "
                "in one. With the runs in another order a baseline is reported as the proposed method.",
                path=path,
                line=line,
                fix=FIX,
            )


def _place(document: Document) -> tuple[str, int]:
    for end in document.ends("[best_proposed]"):
        if hasattr(end.node, "lineno"):
            return end.path, end.node.lineno
    return document.place[:2]


def _configured(context: Context) -> bool:
    """Whether a configuration file holds the word, so that the code may take it from there."""
    runs = (context.profile.run_configs or "config/runs/").rpartition("/")[0]
    return any(
        STEM in file.text.lower() for path, file in context.fact(config_files).items() if not path.startswith(runs)
    )
