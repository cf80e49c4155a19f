"""``evaluation-independence/figure-outside-evaluation``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.figures import Figure, figures
from checks.facts.nodes import nodes
from checks.facts.reach import reachable
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

STARTS = ("src/train.py", "src/main.py")
PLOT = "import matplotlib.pyplot as plt\n"


class FigureOutsideEvaluation(Rule):
    """Training saves figures.

    What it finds
        A `savefig` or the like in `src/train.py` or `src/main.py`, or in a function of another file that they use.

    Why it matters
        All figures come from the evaluation, which draws them from the recorded runs, so that every run is drawn in one
        way. Figures that training writes are drawn in trials too and are taken for results.

    How to fix
        Log the values with `wandb.log` and draw the figure in `src/evaluate.py` from `run.history()`.

    What it cannot see
        Figures that are only shown, or logged to WandB as images.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "evaluation-independence"}
    valid = (
        Valid("in the evaluation", {"src/evaluate.py": f"{PLOT}plt.savefig('a.pdf')\n", "src/train.py": "x = 1\n"}),
        Valid("in a function that nothing calls", {"src/train.py": f"{PLOT}def later():\n    plt.savefig('a.pdf')\n"}),
        Valid(
            "helper of the evaluation alone",
            {
                "src/model.py": f"{PLOT}class Net:\n    pass\n\n\ndef draw():\n    plt.savefig('a.pdf')\n",
                "src/train.py": "from src.model import Net\nNet()\n",
                "src/evaluate.py": "from src.model import draw\ndraw()\n",
            },
        ),
    )
    invalid = (
        Invalid("in train", {"src/train.py": f"{PLOT}plt.plot(x)\nplt.savefig('loss.pdf')\n"}, ("src/train.py:3",)),
        Invalid(
            "in main, by a function",
            {"src/main.py": "def draw(fig):\n    fig.savefig('a.pdf')\n\n\ndraw(f)\n"},
            ("src/main.py:2",),
        ),
        Invalid(
            "by a helper of another file",
            {
                "src/preprocess.py": f"{PLOT}def draw():\n    plt.savefig('a.pdf')\n",
                "src/train.py": "from .preprocess import draw\ndraw()\n",
            },
            ("src/preprocess.py:3",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each start, at its first figure, with their count."""
        saved = context.fact(figures).saved
        reported: set[Figure] = set()
        for start in STARTS if saved else ():
            mine = [figure for figure in saved if figure not in reported and _runs(context, start, figure)]
            reported |= set(mine)
            if mine:
                first = mine[0]
                more = f", one of {len(mine)} places" if len(mine) > 1 else ""
                yield Hit(
                    message=f"`{start}` saves a figure here{more}; figures are to come from the evaluation alone.",
                    path=first.path,
                    line=first.line,
                    end_line=first.node.end_lineno,
                    fix=Fix(summary="Log the values, and draw the figure in `src/evaluate.py` from the recorded run."),
                )


def _runs(context: Context, start: str, figure: Figure) -> bool:
    if figure.path in STARTS:
        return figure.path == start
    found = context.fact(nodes)[figure.path]
    pieces = reachable(context, start)
    return any(piece.path == figure.path and found.within(figure.node, piece.node) for piece in pieces)
