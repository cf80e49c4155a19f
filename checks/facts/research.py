"""The research context: what the design says will be compared, and by which measure.

It is a JSON history (``research_session`` with a hypothesis and iterations) or a Markdown text that quotes the same
fields. Nothing here raises: what cannot be read is ``fault``, and what is not said is empty.
"""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from checks.context import Context
from checks.facts.metric_direction import Direction, agreed, direction
from checks.tree import RESEARCH_HISTORY, SourceTree

PATHS = (RESEARCH_HISTORY, "research_context.md")
"""Where a tree keeps its research context; the first that has content counts."""
MOST_CHARACTERS = 8 * 1024 * 1024
"""Longest text that is parsed."""
MOST_RUNS = 500
"""Runs that are taken from one design."""
MOST_TEXT = 20_000
"""Characters kept of one field."""


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """One run that the design asks for; what it leaves open is empty."""

    run_id: str
    method_name: str = ""
    model_name: str = ""
    dataset_name: str = ""
    run_config: str = ""


@dataclass(frozen=True, slots=True)
class Research:
    """What the research context says.

    Args:
        path: the file it comes from; None where the text was handed over from elsewhere, or there is none.
        fault: why it cannot be used, as a clause; empty where it can, or where there is none.
        fault_line: the line of the fault, counted from 1; None where it has none.
        primary_metric: in the design's own words.
        direction: which values of that metric are better; None where the words leave a doubt.
        metrics: every metric that is asked for.
        runs: the runs of the last iteration.
        earlier_runs: run ids of the iterations before it.
        method: the hypothesis' description of its method.
        proposed_method: the design's description of it.
        comparative_methods: what it is compared with.
        models: identifiers of the external models.
        datasets: identifiers of the external data sets.
        expected_result: what the hypothesis expects.
    """

    path: str | None = None
    fault: str = ""
    fault_line: int | None = None
    primary_metric: str = ""
    direction: Direction | None = None
    metrics: tuple[str, ...] = ()
    runs: tuple[PlannedRun, ...] = ()
    earlier_runs: frozenset[str] = field(default_factory=frozenset)
    method: str = ""
    proposed_method: str = ""
    comparative_methods: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    expected_result: str = ""


def research(context: Context) -> Research:
    """What the research context says; use it as ``context.fact(research)``."""
    text = context.research if context.research is not None else written(context.tree)
    if text is None or not text.strip():
        return Research()
    path = _source(context.tree, text.strip())
    return parse_research(text, path)


def written(tree: SourceTree, paths: tuple[str, ...] = PATHS) -> str | None:
    """The text of the first of these files that has one, undecodable bytes as U+FFFD; ``{}`` is none yet."""
    for path in paths:
        text = tree.files.get(path, b"").decode("utf-8", "replace").removeprefix("\ufeff").strip()
        if text and not re.fullmatch(r"\{\s*\}|\[\s*\]|null", text):
            return text
    return None


def parse_research(text: str, path: str | None = None) -> Research:
    """Read a research context of either form."""
    if len(text) > MOST_CHARACTERS:
        return Research(path, f"it is longer than {MOST_CHARACTERS:,} characters")
    if not (path or "").endswith(".json") and text.lstrip()[:1] != "{":
        return _summed(path, _markdown(text))
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        return Research(path, f"it is not JSON: {error.msg}", error.lineno)
    except (ValueError, RecursionError):
        return Research(path, "it is JSON that cannot be read: nested too deeply, or with a number too long")
    return _history(path, document)


def _source(tree: SourceTree, text: str) -> str | None:
    size = len(text)
    every = (*PATHS, *(path for path in tree.files if path.endswith((".json", ".md", ".txt"))))
    for path in every:
        data = tree.files.get(path, b"")
        if len(data) >= size and data.decode("utf-8", "replace").removeprefix("\ufeff").strip() == text:
            return path
    return None


def _history(path: str | None, document: object) -> Research:
    try:
        session = _mapping(document, "the document")
        session = _mapping(session.get("research_session", session), "`research_session`")
        iterations = _listed(session, "iterations")
        each = [_mapping(item, f"`iterations[{number}]`") for number, item in enumerate(iterations)]
        last = each[-1] if each else {}
        design = _mapping(last.get("experimental_design"), "`experimental_design`")
        runs = tuple(_planned(_listed(last, "experiment_runs")))
        earlier = frozenset(run.run_id for one in each[:-1] for run in _planned(_listed(one, "experiment_runs")))
        hypothesis = session.get("hypothesis")
        said: Mapping[str, object] = {"method": hypothesis} if isinstance(hypothesis, str) else _mapping(
            hypothesis, "`hypothesis`"
        )  # fmt: skip
    except _WrongTypeError as error:
        return Research(path, str(error))
    fields = {key: _text(said.get(key)) for key in ("primary_metric", "method", "expected_result")}
    fields["method"] = _text(last.get("method")) or fields["method"]
    resources = design.get("external_resources")
    hub = resources.get("hugging_face") if isinstance(resources, dict) else None
    return _summed(
        path,
        {
            **fields,
            "metrics": _texts(design.get("evaluation_metrics")),
            "runs": runs,
            "earlier_runs": earlier,
            "proposed_method": _text(design.get("proposed_method")),
            "comparative_methods": _texts(design.get("comparative_methods")),
            "models": _identifiers(hub, "models"),
            "datasets": _identifiers(hub, "datasets"),
        },
    )


def _summed(path: str | None, fields: Mapping[str, object]) -> Research:
    primary, metrics = fields.get("primary_metric", ""), fields.get("metrics", ())
    named = direction(primary) if isinstance(primary, str) and primary else None
    if not primary and isinstance(metrics, tuple) and metrics:
        named = agreed(direction(metric) for metric in metrics)
    return Research(path=path, direction=named, **fields)  # type: ignore[arg-type]


class _WrongTypeError(Exception):
    """Something is of another type than its readers expect; the message says what."""


def _mapping(value: object, what: str) -> Mapping[str, object]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _WrongTypeError(f"{what} is {_kind(value)} and not an object")
    return value


def _listed(holder: Mapping[str, object], key: str) -> list[object]:
    value = holder.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise _WrongTypeError(f"`{key}` is {_kind(value)} and not a list")
    return value[:MOST_RUNS]


def _planned(items: list[object]) -> Iterator[PlannedRun]:
    for number, item in enumerate(items):
        run = _mapping(item, f"`experiment_runs[{number}]`")
        found = run.get("run_id")
        if not isinstance(found, str | int) or isinstance(found, bool) or found == "":
            raise _WrongTypeError(f"`experiment_runs[{number}].run_id` is {_kind(found)} and not a name")
        names = (run.get(key) for key in ("method_name", "model_name", "dataset_name", "run_config"))
        yield PlannedRun(_text(found), *map(_text, names))


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "a truth value", type(None): "missing"}
    return names.get(type(value), "a number")


def _text(value: object) -> str:
    """A field as text that can be printed anywhere: lone surrogates become ``?``."""
    if value is None:
        return ""
    try:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return ""
    return text[:MOST_TEXT].encode("utf-8", "replace").decode("utf-8")


def _texts(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list | tuple) else [] if value is None else [value]
    return tuple(_text(item) for item in items[:MOST_RUNS] if item)


def _identifiers(hub: object, kind: str) -> tuple[str, ...]:
    listed = hub.get(kind) if isinstance(hub, dict) else None
    items = listed[:MOST_RUNS] if isinstance(listed, list) else []
    return tuple(_text(item.get("id") if isinstance(item, dict) else item) for item in items if item)


QUOTED = r"('(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\")"
"""A text as Python prints it, on one line."""


def _markdown(text: str) -> Mapping[str, object]:
    """The fields that a Markdown context quotes: ``primary_metric='...'`` and ``- Evaluation Metrics: [...]``."""
    fields: dict[str, object] = {
        key: _literal(match.group(1))
        for key in ("primary_metric", "method", "expected_result")
        if (match := re.search(rf"(?<![\w]){key}={QUOTED}", text))
    }
    if "primary_metric" not in fields and (
        match := re.search(
            r"^[-*# \t]{0,20}primary[ _]metric\**[ \t]{0,9}:\**[ \t]{0,99}(\S[^\n]*)$",
            text,
            re.IGNORECASE | re.MULTILINE,
        )
    ):
        fields["primary_metric"] = _text(match.group(1).strip().strip("*`'\""))
    if match := re.search(r"^- Evaluation Metrics: (\[[^\n]*\])\s*$", text, re.MULTILINE):
        fields["metrics"] = _list_literal(match.group(1))
    if match := re.search(r"^- Comparative Methods: (\[[^\n]*\])\s*$", text, re.MULTILINE):
        fields["comparative_methods"] = _list_literal(match.group(1))
    if match := re.search(r"^- Proposed Method: (.*?)(?=^- [A-Z][\w ]*:|^# |\Z)", text, re.MULTILINE | re.DOTALL):
        fields["proposed_method"] = _text(match.group(1).strip())
    fields["runs"] = tuple(PlannedRun(run) for run in _named_runs(text))
    return fields


def _named_runs(text: str) -> Iterator[str]:
    """Run ids under a heading about runs."""
    for section in re.split(r"^(?=#+ )", text, flags=re.MULTILINE):
        if re.match(r"#+ [^\n]*\bruns\b", section, re.IGNORECASE):
            found = re.findall(r"""\brun_id["'`*]*\s*[:=]\s*["'`]*([\w.][\w.+-]*)""", section)
            yield from dict.fromkeys(found[:MOST_RUNS])


def _literal(written: str) -> str:
    try:
        value = ast.literal_eval(written)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return _text(written[1:-1])
    return _text(value)


def _list_literal(written: str) -> tuple[str, ...]:
    try:
        value = ast.literal_eval(written)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return ()
    return _texts(value if isinstance(value, list) else [])
