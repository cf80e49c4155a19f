"""What code that may run draws and writes on figures: bars, a legend, annotations, titles, a layout that fits.

Told by what is called, passed and imported, and by texts that name such a thing; ``legend=False`` names none.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from checks.context import Context
from checks.facts.calls import Calls, called_name, calls
from checks.facts.live_code import live_nodes
from checks.facts.nodes import Nodes, nodes
from checks.facts.syntax import keyword, text_of

BARS = frozenset(
    {
        "bar", "barh", "barplot", "countplot", "boxplot", "boxenplot", "violinplot", "box", "bxp", "broken_barh", "Bar",
        "Box", "violin", "catplot", "grouped_bar", "hist_bar",
    }
)  # fmt: skip
GRIDS = ("relplot", "displot", "catplot", "lmplot", "FacetGrid", "PairGrid", "pairplot", "jointplot", "clustermap")
"""What of seaborn fits the layout by itself."""
SERIES = (
    "plot", "bar", "barh", "scatter", "errorbar", "step", "fill_between", "hist", "loglog", "semilogx", "semilogy",
)  # fmt: skip
"""Calls that draw one series, whose ``label`` is for the legend."""
STYLES = ("matplotlib.pyplot.style.use", "matplotlib.style.use", "matplotlib.style.context")
OF_AXES = ("axis", "autoscale", "autoscale_view")
"""Calls for which ``tight`` is about the axes' limits."""
UNRELATED = ("__future__", "typing", "typing_extensions")
"""Modules whose names speak of the code's own annotations."""
LEGEND = ("legend",)
ANNOTATION = ("annot", "bar_label", "figtext", "clabel", "add_text", "anchoredtext", "adjust_text")
TITLES = ("title", "xlabel", "ylabel")
LAYOUT = (
    "tight_layout", "constrained", "autolayout", "layout_engine", "subplots_adjust", "bbox_inches", "add_axes",
    "mplstyle", "rc_file", "rc_context", "savefig.bbox", "figure.subplot",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Marks:
    """What may be on the tree's figures.

    Args:
        bars: whether a bar or box chart may be drawn.
        legend: whether anything may add a legend.
        annotation: whether anything may write text on a figure, beyond titles and axis labels.
        titles: whether titles or axis labels are written.
        layout: whether anything may fit the layout: ``tight_layout``, ``bbox_inches``, ...
        several: whether lines or bars with labels of their own are drawn.
    """

    bars: bool = False
    legend: bool = False
    annotation: bool = False
    titles: bool = False
    layout: bool = False
    several: bool = False


@dataclass(slots=True)
class _Said:
    """What one file's live code names.

    Args:
        names: attributes, arguments, keys of dictionaries and imported names, those that are switched off left out;
            the value of a key ``kind`` too.
        texts: other texts.
        calls: the calls.
    """

    names: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    calls: list[ast.Call] = field(default_factory=list)

    def mentions(self, *parts: str) -> bool:
        """Whether a name, or a text that could be one, contains one of the parts, upper and lower case alike."""
        words = (*self.names, *(text for text in self.texts if text.isidentifier()))
        return any(part in word.lower() for word in words for part in parts)


def figure_marks(context: Context) -> Marks:
    """What the tree's live code may draw and write; use it as ``context.fact(figure_marks)``."""
    known, indexed, live = context.fact(calls), context.fact(nodes), context.fact(live_nodes)
    every = [(known[path], _said(indexed[path], some)) for path, some in live.items()]
    return Marks(
        bars=any(_draws_bars(each, said) for each, said in every),
        legend=any(_has_legend(each, said) for each, said in every),
        annotation=any(said.mentions(*ANNOTATION) or _writes(each, said.calls) for each, said in every),
        titles=any(said.mentions(*TITLES) for _, said in every),
        layout=any(_fits(each, said) for each, said in every),
        several=any(
            called_name(call) in SERIES and keyword(call, "label") is not None
            for _, said in every
            for call in said.calls
        ),
    )


def _said(found: Nodes, live: Iterable[ast.AST]) -> _Said:
    said = _Said()
    for node in live:
        match node:
            case ast.Call():
                said.calls.append(node)
            case ast.Attribute(attr=name) if not name.startswith("get_legend"):
                said.names.add(name)
            case ast.keyword(arg=str() as name, value=value) if not is_off(value):
                if name != "tight":
                    said.names.add(name)
            case ast.Dict():
                said.names.update(_keys(node))
            case ast.ImportFrom() if node.module not in UNRELATED:
                said.names.update(each.name for each in node.names)
            case ast.Constant(value=str() as text) if _is_text(found, node):
                said.texts.add(text)
    return said


def is_off(value: ast.expr) -> bool:
    """Whether an argument switches off what it is for: ``legend=False``, ``bbox_inches=None``."""
    return isinstance(value, ast.Constant) and (value.value is None or value.value is False or value.value == "none")


def _keys(node: ast.Dict) -> Iterator[str]:
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant) and isinstance(key.value, str) and not is_off(value):
            yield key.value
            if key.value == "kind":
                yield str(value.value) if isinstance(value, ast.Constant) else "bar"


def _is_text(found: Nodes, node: ast.Constant) -> bool:
    """Whether a text is neither documentation, nor a dictionary's key, nor about the limits of axes."""
    parent = found.parent(node)
    about_axes = isinstance(parent, ast.Call) and called_name(parent) in OF_AXES
    key = isinstance(parent, ast.Dict) and node in parent.keys
    return not (isinstance(parent, ast.Expr) or about_axes or key)


def _draws_bars(known: Calls, said: _Said) -> bool:
    return not BARS.isdisjoint(said.names) or any(_is_bar(known, call) for call in said.calls)


def _is_bar(known: Calls, call: ast.Call) -> bool:
    kind = keyword(call, "kind")
    if kind is not None and not (isinstance(kind, ast.Constant) and str(kind.value) not in BARS):
        return True
    return called_name(call) in BARS or (known.origin(call) or "").rpartition(".")[2] in BARS


def _has_legend(known: Calls, said: _Said) -> bool:
    return said.mentions(*LEGEND) or "hue" in said.names or any(_adds_legend(known, call) for call in said.calls)


def _adds_legend(known: Calls, call: ast.Call) -> bool:
    """Whether a call adds a legend by itself: pandas' ``frame.plot``, and seaborn's functions for what has a label."""
    function, off = call.func, keyword(call, "legend")
    if off is not None and is_off(off):
        return False
    if isinstance(function, ast.Attribute):
        if isinstance(function.value, ast.Attribute) and function.value.attr == "plot":
            return True
        if function.attr == "plot" and not call.args and bool(call.keywords or text_of(function.value)):
            return True
    return keyword(call, "label") is not None and (known.origin(call) or "").startswith("seaborn.")


def _writes(known: Calls, live: Iterable[ast.Call]) -> bool:
    """Whether text is put at a place of a figure, or a table on it."""
    for call in live:
        given = len(call.args) + len(call.keywords)
        if (called_name(call) == "text" and given >= 3) or (called_name(call) == "table" and given >= 2):
            return True
        if (known.origin(call) or "") in ("pandas.plotting.table", "matplotlib.text.Text"):
            return True
    return False


def _fits(known: Calls, said: _Said) -> bool:
    named = said.mentions(*LAYOUT) or not said.texts.isdisjoint(("tight", "compressed"))
    inside = any(part in text for text in said.texts for part in ("autolayout", "savefig.bbox", "constrained"))
    return named or inside or any(called_name(c) in GRIDS or known.origin(c) in STYLES for c in said.calls)
