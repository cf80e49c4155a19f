"""``publication-ready/figure-not-pdf``."""

import ast
import re
from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.python import modules
from checks.facts.words import Words, words
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

FORMAT = re.compile(r"(?:^|\.|_)pdf\b", re.IGNORECASE)
DENSITIES = frozenset({"pdf", "logpdf"})
"""What SciPy and torch call a probability density."""
PLOT = "import matplotlib.pyplot as plt\n"


class FigureNotPdf(Rule):
    """Figures are saved, and never as PDF.

    What it finds
        ``savefig`` calls in a tree whose code and configuration nowhere mention PDF: neither in a file name, nor as a
        format, nor through ``PdfPages``.

    Why it matters
        Figures go into a paper; they are asked for as PDF, which scales. PNG is matplotlib's default, so a name without
        a suffix is a PNG as well.

    How to fix
        End the file's name in ``.pdf``, or pass ``format="pdf"``.

    What it cannot see
        Which of several figures are PDF when some are; a format that comes from the command line.
    """

    criteria: ClassVar = {"base": "publication-ready", "experiment": "evaluation-independence"}
    valid = (
        Valid("suffix", {"src/evaluate.py": f"{PLOT}plt.savefig(f'{{name}}.pdf')\n"}),
        Valid(
            "format-through-a-constant", {"src/evaluate.py": f"{PLOT}EXT = 'PDF'\nfig.savefig('a.' + EXT.lower())\n"}
        ),
        Valid(
            "format-in-the-configuration",
            {"src/evaluate.py": f"{PLOT}plt.savefig(name + cfg.ext)\n", "config/config.yaml": "ext: .pdf\n"},
        ),
        Valid("pages", {"src/evaluate.py": "from matplotlib.backends.backend_pdf import PdfPages\nout.savefig(fig)\n"}),
    )
    invalid = (
        Invalid("png", {"src/evaluate.py": f"{PLOT}plt.savefig('loss.png')\n"}, at=("src/evaluate.py:2",)),
        Invalid(
            "first-of-several",
            {"src/evaluate.py": "def f(fig, run):\n    fig.savefig(f'{run}.svg')\n    fig.savefig(run)\n"},
            at=("src/evaluate.py:2",),
        ),
        Invalid(
            "density",
            {"src/evaluate.py": f"{PLOT}plt.plot(norm.pdf(x), label='density (pdf)')\nplt.savefig('x.png')\n"},
            at=("src/evaluate.py:3",),
        ),
        Invalid(
            "pdf-only-in-a-comment",
            {"src/evaluate.py": f"{PLOT}# TODO: pdf\n(plt.gcf()\n  .savefig('a.jpg'))\n"},
            at=("src/evaluate.py:3",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """The first ``savefig`` of the tree, when PDF is nowhere mentioned."""
        if any(_speaks_of_pdf(each) for each in context.fact(words).values()):
            return
        if any("pdf" in context.text(path).lower() for path in context.tree.paths("*.yaml", "*.yml")):
            return
        for path, module in context.fact(modules).items():
            calls = [node for node in module.walk() if isinstance(node, ast.Call) and _saves(node.func)]
            if calls:
                first = min(calls, key=lambda call: call.lineno)
                yield Hit(
                    message="Figures are saved here, and nothing in the tree saves one as PDF.",
                    path=path,
                    line=first.lineno,
                    end_line=first.end_lineno,
                    fix=Fix(summary="End the figure's file name in `.pdf`."),
                )
                return


def _speaks_of_pdf(each: Words) -> bool:
    """Whether a text is a format or a file's ending, or a name speaks of PDF; a density's ``norm.pdf`` does not."""
    return any(FORMAT.search(text) for text in each.texts) or any(
        "pdf" in name.lower() and name.lower() not in DENSITIES for name in each.names
    )


def _saves(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and function.attr == "savefig"
