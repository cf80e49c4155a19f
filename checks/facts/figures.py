"""Figures that the code saves, with their names, and what is drawn on figures anywhere in the tree."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checks.context import Context
from checks.facts.calls import Calls, called_name, calls
from checks.facts.choices import Choices, Function, choices
from checks.facts.figure_marks import Marks, figure_marks
from checks.facts.imports import imports
from checks.facts.live_code import live_nodes
from checks.facts.reach import local_names
from checks.facts.syntax import keyword, text_of
from checks.facts.text_patterns import Pattern, patterns

SAVES = ("savefig", "write_image", "imsave")
"""Last names of calls that write a figure's file."""
DRAWING = ("matplotlib", "seaborn", "pylab")
OTHERS = (
    "altair", "bokeh", "chartify", "cartopy", "ggplot", "holoviews", "hvplot", "mlxtend", "plotly", "plotnine", "pygal",
    "scikitplot", "scienceplots", "shap", "tueplots", "umap", "wordcloud", "yellowbrick", "PIL", "cv2", "imageio",
    "torchvision.utils", "torchvision.transforms", "wandb.plot", "sklearn.metrics.ConfusionMatrixDisplay",
    "sklearn.metrics.RocCurveDisplay", "sklearn.metrics.PrecisionRecallDisplay", "sklearn.inspection", "sklearn.tree",
    "statsmodels.graphics", "networkx",
)  # fmt: skip
"""Libraries, and parts of some, that draw or write figures in ways that are not followed here."""
RUN_LOOP = re.compile(r"\b(?:run_?ids?|rids?|runs|run_?names?|run_list|all_runs|per_run\w*)\b", re.IGNORECASE)
"""What a loop over runs goes through."""
DRAWN_ON = re.compile(r"\b(?:ax|axs|axis|axes|fig|figure|plt|pyplot|sns|seaborn|gca|gcf)\b", re.IGNORECASE)
"""What figures are drawn with, by its usual names."""
MOST_SITES = 20
"""Calls of one function that are looked at."""
MOST_LINES = 20
"""Length of what a loop goes through, in lines; longer ones are data."""
MOST_CALLERS = 3
"""Functions above a save in which a loop over runs is looked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Figure:
    """One call that saves a figure.

    Args:
        path: the file.
        node: the call.
        names: the paths that it may write, one for each caller, branch and loop item that is written; none where the
            name is not an argument.
        format: its ``format`` argument; empty where there is none, None where it is not a constant.
        per_run: whether it certainly runs inside a loop over runs.
    """

    path: str
    node: ast.Call
    names: tuple[Pattern, ...]
    format: str | None
    per_run: bool

    @property
    def line(self) -> int:
        """First line of the call, counted from 1."""
        return self.node.lineno


@dataclass(frozen=True, slots=True)
class Figures:
    """The tree's figures.

    Args:
        saved: every call that saves one, in code that may run.
        drawn: whether a library that draws is imported at all.
        hidden: whether figures may be drawn or written in ways that are not followed.
        unpacked: whether a figure is saved with options that are not written in the call.
        marks: what may be on them.
    """

    saved: tuple[Figure, ...]
    drawn: bool
    hidden: bool
    unpacked: bool
    marks: Marks


def figures(context: Context) -> Figures:
    """What is saved and drawn; use it as ``context.fact(figures)``."""
    found, known = context.fact(calls), context.fact(imports)
    origins = [f"{one.module}.{one.name}" if one.name else one.module for each in known.values() for one in each]
    drawn = any(_begins(origin, DRAWING) for origin in origins)
    others = any(_begins(origin, OTHERS) or _may_draw(context, origin) for origin in origins)
    hidden = others or any(_hides(each) for each in found.values()) if drawn or others else False
    saved = tuple(_saved(context))
    marks = context.fact(figure_marks) if saved else Marks()
    unpacked = any(word.arg is None for figure in saved for word in figure.node.keywords)
    return Figures(saved, drawn or others, hidden, unpacked, marks)


def _may_draw(context: Context, origin: str) -> bool:
    """Whether something that is imported from outside the tree sounds like drawing."""
    outside = context.fact(local_names).piece(origin) is None and not _begins(origin, DRAWING)
    return outside and bool(re.search(r"plot|viz|visual|chart|figure|draw", origin, re.IGNORECASE))


def _begins(origin: str, beginnings: tuple[str, ...]) -> bool:
    return any(origin == one or origin.startswith(f"{one}.") for one in beginnings)


def _hides(each: Calls) -> bool:
    """Whether a file draws by names that only the running program knows, or through ``wandb.plot``."""
    for call in each.named("getattr", "exec", "eval"):
        plain = isinstance(call.func, ast.Name) and bool(call.args)
        if plain and (called_name(call) != "getattr" or DRAWN_ON.search(text_of(call.args[0]))):
            return True
    return any((each.origin(call) or "").startswith("wandb.plot") for call in each)


def _saved(context: Context) -> Iterator[Figure]:
    known = context.fact(choices)
    live: Mapping[str, tuple[ast.AST, ...]] | None = None
    for path, each in context.fact(calls).items():
        some = list(
            dict.fromkeys([*each.named(*SAVES), *each.to("matplotlib.pyplot.savefig", "matplotlib.pyplot.imsave")])
        )
        if not some:
            continue
        live = context.fact(live_nodes) if live is None else live
        running = set(map(id, live.get(path, ())))
        with context.reading(path):
            yield from (_figure(context, known, path, call) for call in some if id(call) in running)


def _figure(context: Context, known: Choices, path: str, call: ast.Call) -> Figure:
    given = _name_argument(context, path, call)
    names = patterns(context, path, given) if given is not None else ()
    wanted = keyword(call, "format")
    kind = "" if wanted is None else wanted.value if isinstance(wanted, ast.Constant) else None
    return Figure(path, call, names, str(kind) if kind is not None else None, _in_run_loop(known, path, call))


def _name_argument(context: Context, path: str, call: ast.Call) -> ast.expr | None:
    """The file name among a call's arguments; a ``PdfPages`` is given figures instead."""
    for name in ("fname", "file", "filename"):
        if (value := keyword(call, name)) is not None:
            return value
    if not call.args:
        return None
    origin = context.fact(calls)[path].origin(call) or ""
    if origin.startswith("plotly.io") and len(call.args) > 1:
        return call.args[1]
    if isinstance(call.func, ast.Attribute) and any(context.fact(calls)[path].named("PdfPages")):
        base = call.func.value
        if isinstance(base, ast.Name) and "pdf" in base.id.lower():
            return None
    return call.args[0]


def _in_run_loop(known: Choices, path: str, node: ast.AST, depth: int = 0) -> bool:
    """Whether a node runs once for each run: in a loop over runs, or in a function that only such loops call."""
    inner = node
    for outer in known.nodes[path].above(node):
        if isinstance(outer, ast.For | ast.AsyncFor) and _in_body(outer, inner) and _is_over_runs(outer):
            return True
        if isinstance(outer, Function):
            sites = known.sites(path, outer) if depth < MOST_CALLERS else ()
            some = bool(sites) and len(sites) <= MOST_SITES
            return some and all(_in_run_loop(known, each.path, each.node, depth + 1) for each in sites)
        inner = outer
    return False


def _in_body(loop: ast.For | ast.AsyncFor, inner: ast.AST) -> bool:
    """Whether a direct child of a loop is one of the statements that it repeats."""
    after = loop.orelse[0].lineno if loop.orelse else None
    return isinstance(inner, ast.stmt) and (after is None or inner.lineno < after)


def _is_over_runs(loop: ast.For | ast.AsyncFor) -> bool:
    size = (loop.iter.end_lineno or 0) - loop.iter.lineno
    return size < MOST_LINES and bool(RUN_LOOP.search(text_of(loop.iter)))
