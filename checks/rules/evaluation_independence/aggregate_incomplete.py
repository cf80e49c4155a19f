"""``evaluation-independence/aggregate-incomplete``."""

import ast
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.evaluation_code import EVALUATE, EvaluationCode, evaluation_code
from checks.facts.evaluation_document import AGGREGATE, Document, evaluation_document, is_run_id
from checks.facts.syntax import keyword
from checks.facts.trail import End
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

FIELDS = ("primary_metric", "metrics", "best_proposed", "best_baseline", "gap")
BEST = ("run_id", "value")
SCALARS = (ast.Constant, ast.JoinedStr, ast.BinOp, ast.UnaryOp, ast.Compare)
SCALAR_CALLS = frozenset({"float()", "int()", "str()", "round()", "len()", "sum()"})

START = (
    "import json\nfrom pathlib import Path\n\ngiven = {}\n"
    "ids = json.loads(given['run_ids'])\nfolder = Path('r') / 'comparison'\n"
)
WRITE = f"(folder / '{AGGREGATE}').write_text(json.dumps(doc))\n"
SIDE = "{'run_id': ids[0], 'value': 0.5}"
REST = f"'primary_metric': 'acc', 'best_proposed': {SIDE}, 'best_baseline': {SIDE}, 'gap': 1.0"


class AggregateIncomplete(Rule):
    """The aggregated document lacks a field, or a field has another shape.

    What it finds
        ``aggregated_metrics.json`` without one of ``primary_metric``, ``metrics``, ``best_proposed``, ``best_baseline``
        and ``gap``; ``best_proposed`` or ``best_baseline`` without ``run_id`` and ``value``; ``metrics`` that goes by
        run and then by metric, the other way round.

    Why it matters
        Whoever compares results reads these fields by name: ``metrics[metric][run_id]`` and ``best_proposed["value"]``.
        A missing one stops that reader, and a nesting turned round gives it the wrong number or none.

    How to fix
        Write ``{"primary_metric": ..., "metrics": {metric: {run_id: value}}, "best_proposed": {"run_id": ..., "value":
        ...}, "best_baseline": {...}, "gap": ...}``. More fields beside these do no harm.

    What it cannot see
        Fields that come from a library's object, from a file or under computed names. Where such may be there, a field
        counts as missing only if its name stands nowhere in the evaluation. A name under which anything is stored later
        (``x["gap"] = ...``) never counts as missing.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "evaluation-independence"}
    valid = (
        Valid(
            "filled-step-by-step",
            {
                EVALUATE: f"{START}doc = dict(primary_metric='acc', metrics={{}})\nfor i in ids:\n"
                "    for name, v in load(i).items():\n        doc['metrics'].setdefault(name, {})[i] = v\n"
                f"doc.update(best_proposed={SIDE}, best_baseline={SIDE})\ndoc['gap'] = 1.0\n{WRITE}"
            },
        ),
        Valid(
            "returned-by-a-helper",
            {
                EVALUATE: f"{START}\n\ndef side(i, v):\n    return dict(run_id=i, value=v)\n\n\n"
                "def build():\n    names = ['acc']\n    return {'primary_metric': 'acc',\n"
                "            'metrics': {n: {i: 1 for i in ids} for n in names}, **both(), 'gap': 1}\n\n\n"
                "def both():\n    return {'best_proposed': side(ids[0], 1), 'best_baseline': side(ids[1], 2)}\n\n\n"
                f"doc = build()\n{WRITE}"
            },
        ),
        Valid(
            "value-put-in-later",
            {
                EVALUATE: f"{START}doc = {{'primary_metric': '', 'metrics': {{}}, 'best_proposed': {{'run_id': 1}}}}\n"
                "doc['best_baseline'] = {'run_id': 'b'}\nfor side in ('best_proposed', 'best_baseline'):\n"
                f"    doc[side]['value'] = 0.5\ndoc['gap'] = 1\n{WRITE}"
            },
        ),
        Valid(
            "data-class",
            {
                EVALUATE: f"{START}from dataclasses import asdict, dataclass\n\n\n@dataclass\nclass Doc:\n"
                "    primary_metric: str\n    metrics: dict\n    best_proposed: dict\n    best_baseline: dict\n"
                f"    gap: float\n\n\ndoc = asdict(Doc('a', {{}}, {{}}, {{}}, 1.0))\n{WRITE}"
            },
        ),
    )
    invalid = (
        Invalid(
            "no-gap",
            {EVALUATE: f"{START}doc = {{'primary_metric': 'acc', 'metrics': {{}}, 'best_proposed': {SIDE}}}\n"
                       f"doc['best_baseline'] = {SIDE}\n{WRITE}"},
            at=(f"{EVALUATE}:9",),
        ),
        Invalid(
            "other-name-among-unknown-ones",
            {EVALUATE: f"{START}doc = load()\ndoc['metrics'] = {{}}\n{WRITE}"},
            at=(f"{EVALUATE}:9",),
        ),
        Invalid(
            "by-run-then-by-metric",
            {EVALUATE: f"{START}by_run = {{}}\nfor i in ids:\n    by_run[i] = {{'acc': 1, 'loss': 2}}\n"
                       f"doc = {{'metrics': by_run, {REST}}}\n{WRITE}"},
            at=(f"{EVALUATE}:10",),
        ),
        Invalid(
            "best-without-value",
            {EVALUATE: f"{START}best = {{'run_id': ids[0], 'accuracy': 1}}\n"
                       "doc = {'primary_metric': 'acc', 'metrics': {}, 'best_proposed': best, 'gap': 1}\n"
                       f"doc['best_baseline'] = 0.5\n{WRITE}"},
            at=(f"{EVALUATE}:7", f"{EVALUATE}:9"),
        ),
        Invalid(
            "rows-of-a-table",
            {EVALUATE: f"{START}import pandas as pd\ndoc = pd.DataFrame([load(i) for i in ids])\n"
                       f"doc.to_json(folder / '{AGGREGATE}', orient='records')\n"},
            at=(f"{EVALUATE}:9",),
        ),
    )  # fmt: skip

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for missing fields, one for each field of another shape."""
        document, code = context.fact(evaluation_document), context.fact(evaluation_code)
        if document is None or code.hidden:
            return
        path, line, end_line = document.place
        if document.is_list_of_rows:
            message = "The aggregated document is a list of rows and not an object with the five fields."
            yield Hit(message=message, path=path, line=line, end_line=end_line, fix=_fix("all five fields"))
            return
        missing = _missing(document, code)
        if missing:
            named = ", ".join(f"`{name}`" for name in missing)
            message = f"`{AGGREGATE}` is written without {named}; it is read by these names."
            yield Hit(message=message, path=path, line=line, end_line=end_line, fix=_fix(named))
        yield from _best(document, code)
        yield from _nesting(document)


def _missing(document: Document, code: EvaluationCode) -> list[str]:
    fields = document.fields()
    absent = [name for name in FIELDS if name not in fields.names and name not in code.stored]
    if fields.closed:
        return absent
    return [name for name in absent if name not in code.names and not any(name in text for text in code.texts)]


def _best(document: Document, code: EvaluationCode) -> Iterator[Hit]:
    faults: dict[str, list[tuple[str, End]]] = {}
    for side in ("best_proposed", "best_baseline"):
        ends = document.ends(f"[{side}]")
        what = _shape_fault(document, code, side, ends)
        if what:
            faults.setdefault(what, []).append((side, ends[0]))
    for what, places in faults.items():
        end = places[0][1]
        sides = " and ".join(f"`{side}`" for side, _ in places)
        yield Hit(
            message=f"{sides}: {what}; each is read as `{{'run_id': ..., 'value': ...}}`.",
            path=end.path,
            line=getattr(end.node, "lineno", 1),
            end_line=getattr(end.node, "end_lineno", None),
            fix=Fix(summary="Write a mapping with the run's id under `run_id` and its primary metric under `value`."),
        )


def _shape_fault(document: Document, code: EvaluationCode, side: str, ends: tuple[End, ...]) -> str:
    if ends and all(map(_is_scalar, ends)):
        return "a single value"
    inner = document.fields(f"[{side}]")
    lacking = [name for name in BEST if name not in inner.names and name not in code.stored]
    written = inner.names and inner.closed and all(isinstance(end.node, ast.Dict | ast.ClassDef) for end in ends)
    return "no " + " and no ".join(f"`{name}`" for name in lacking) if written and lacking else ""


def _is_scalar(end: End) -> bool:
    return not end.steps and (isinstance(end.node, SCALARS) or end.root in SCALAR_CALLS or _is_best_key(end))


def _is_best_key(end: End) -> bool:
    """Whether an end is ``max(scores, key=scores.get)``: a key, and no mapping."""
    if end.root not in ("max()", "min()") or not isinstance(end.node, ast.Call) or len(end.node.args) != 1:
        return False
    key = keyword(end.node, "key")
    return isinstance(key, ast.Attribute) and key.attr in ("get", "__getitem__")


def _nesting(document: Document) -> Iterator[Hit]:
    first, second = document.fields("[metrics]").ends, document.fields("[metrics]", "[]").ends
    if first and all(map(is_run_id, first)) and second and not any(map(is_run_id, second)):
        path, line, end_line = _metrics_place(document)
        yield Hit(
            message="`metrics` goes by run and then by metric; it is read as `metrics[metric][run_id]`.",
            path=path,
            line=line,
            end_line=end_line,
            fix=Fix(summary="Turn it round: `{name: {run: v[name] for run, v in by_run.items()} for name in names}`."),
        )


def _metrics_place(document: Document) -> tuple[str, int, int | None]:
    """The line of the key ``metrics``; the document's where it is not written as one."""
    for end in document.fields().ends:
        if isinstance(end.node, ast.Constant) and end.node.value == "metrics" and hasattr(end.node, "lineno"):
            return end.path, end.node.lineno, None
    return document.place


def _fix(what: str) -> Fix:
    return Fix(summary=f"Add {what} to the document before it is written.")
