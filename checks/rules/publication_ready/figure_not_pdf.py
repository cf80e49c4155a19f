"""``publication-ready/figure-not-pdf``."""

import ast
import re
from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.calls import calls
from checks.facts.figures import Figure, figures
from checks.facts.words import Words, words
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

FORMAT = re.compile(r"(?:^|\.|_)pdf\b", re.IGNORECASE)
OTHER = re.compile(r"\.(?:png|jpe?g|svg|eps|tiff?|gif|webp|bmp)$", re.IGNORECASE)
DENSITIES = frozenset({"pdf", "logpdf"})
"""What SciPy and torch call a probability density."""
PLOT = "import matplotlib.pyplot as plt\n"


class FigureNotPdf(Rule):
    """Figures are saved in another format than PDF.

    What it finds
        ``savefig`` calls in a tree whose code and configuration nowhere mention PDF: neither in a file name, nor as a
        format, nor through ``PdfPages``. Where some figures are PDF, those whose name certainly ends in another
        format's suffix, unless the same figure is saved as PDF too.

    Why it matters
        Figures go into a paper; they are asked for as PDF, which scales. PNG is matplotlib's default, so a name without
        a suffix is a PNG as well.

    How to fix
        End the file's name in ``.pdf``, or pass ``format="pdf"``.

    What it cannot see
        A name or format that comes from the command line or is made in ways that are not followed.
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
        Valid(
            "both formats of one figure",
            {
                "src/evaluate.py": f"{PLOT}for end in ('png', 'pdf'):\n    plt.savefig(f'{{run}}.{{end}}')\n"
                "plt.savefig(out / 'bars.png')\nplt.savefig(out / 'bars.pdf')\n"
            },
        ),
        Valid(
            "suffix given by the caller",
            {
                "src/evaluate.py": f"{PLOT}def save(name, end='.pdf'):\n    plt.savefig(name + end)\n\n\n"
                "save('a')\nsave('b', end=suffix)\n"
            },
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
            "one of several through a helper",
            {
                "src/evaluate.py": f"{PLOT}def save(name):\n    plt.savefig(f'{{out}}/{{name}}.png')\n\n\n"
                "plt.savefig('comparison_a.pdf')\nsave('curve')\n"
            },
            at=("src/evaluate.py:3",),
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
        """One hit, at the first such figure."""
        if not any(any(each.named("savefig")) for each in context.fact(calls).values()):
            return
        spoken = any(_speaks_of_pdf(each) for each in context.fact(words).values())
        if spoken or any("pdf" in context.text(path).lower() for path in context.tree.paths("*.yaml", "*.yml")):
            other = list(_in_other_formats(context.fact(figures).saved))
            if other:
                said = f"`{other[0].names[0].last()}` is no PDF"
                more = f", and {len(other) - 1} more in the tree are none" if len(other) > 1 else ""
                yield _hit(f"{said}{more}; figures are asked for as PDF.", other[0].path, other[0].node)
            return
        for path, each in context.fact(calls).items():
            first = min(each.named("savefig"), key=lambda call: call.lineno, default=None)
            if first is not None:
                yield _hit("Figures are saved here, and nothing in the tree saves one as PDF.", path, first)
                return


def _hit(message: str, path: str, call: ast.Call) -> Hit:
    return Hit(
        message=message,
        path=path,
        line=call.lineno,
        end_line=call.end_lineno,
        fix=Fix(summary="End the figure's file name in `.pdf`."),
    )


def _in_other_formats(saved: tuple[Figure, ...]) -> Iterator[Figure]:
    """Figures that every reading of the code gives another suffix, and that are not saved as PDF besides."""
    endings = {figure: [(str(name), OTHER.search(name.end)) for name in figure.names] for figure in saved}
    as_pdf = {
        text.removesuffix(".pdf") for every in endings.values() for text, _ in every if text.lower().endswith(".pdf")
    }
    for figure, every in endings.items():
        other = bool(every) and all(found and text[: -len(found[0])] not in as_pdf for text, found in every)
        if other and figure.format is not None and figure.format.lower() != "pdf":
            yield figure


def _speaks_of_pdf(each: Words) -> bool:
    """Whether a text is a format or a file's ending, or a name speaks of PDF; a density's ``norm.pdf`` does not."""
    return any(FORMAT.search(text) for text in each.texts) or any(
        "pdf" in name.lower() and name.lower() not in DENSITIES for name in each.names
    )
