"""Figures with the names that the code gives them, and what is drawn on them."""

import pytest

from checks.context import Context
from checks.facts.figures import Figures, figures
from checks.profiles import PROFILES
from checks.tree import SourceTree

START = "import os\nfrom pathlib import Path\nimport matplotlib.pyplot as plt\nimport seaborn as sns\n"


def found(code: str) -> Figures:
    files = {"src/evaluate.py": (START + code).encode()}
    return Context(SourceTree(files), PROFILES["experiment"]).fact(figures)


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("plt.savefig(Path(root) / run / f'{run}_loss.pdf')", ["{root}/{run}/{run}_loss.pdf"]),
        ("fig.savefig(fname=os.path.join(root, run + '_loss' + '.pdf'))", ["{root}/{run}_loss.pdf"]),
        ("plt.gcf().savefig('{}/{}_{}.pdf'.format(root, run, 'loss'))", ["{root}/{run}_loss.pdf"]),
        ("plt.savefig('%s_loss.pdf' % run)", ["{run}_loss.pdf"]),
        ("plt.savefig((Path(root) / f'{run}_loss.png').with_suffix('.pdf'))", ["{root}/{run}_loss.pdf"]),
        ("plt.savefig(Path(root).joinpath('_'.join([run, 'loss']) + '.pdf'))", ["{root}/{run}_loss.pdf"]),
        ("out = Path(root)\nname = f'{run}_loss.pdf'\nplt.savefig(out / name)", ["{root}/{run}_loss.pdf"]),
        ("def name(r, t):\n    return f'{r}_{t}.pdf'\nplt.savefig(name(run, 'loss'))", ["{run}_loss.pdf"]),
        ("def save(n, end='pdf'):\n    plt.savefig(f'{n}.{end}')\nsave('a')\nsave('b', end='png')", ["a.pdf", "b.png"]),
        (
            "for t, m in (('a', 1), ('b', 2)):\n    plt.savefig(f'comparison_{t}{m}.pdf')",
            ["comparison_a1.pdf", "comparison_b2.pdf"],
        ),
        ("for t in {'a': 1, 'b': 2}.items():\n    plt.savefig(f'{t}.pdf')", ["{('a', 1)}.pdf", "{('b', 2)}.pdf"]),
        ("end = '.png' if draft else '.pdf'\nplt.savefig('a' + end)", ["a.png", "a.pdf"]),
        ("if x:\n    n = 'a.pdf'\nelse:\n    n = 'b.pdf'\nplt.savefig(n)", ["a.pdf", "b.pdf"]),
        ("n = 'a.pdf'\nn = 'b.pdf'\nplt.savefig(n)", ["b.pdf"]),
        ("plt.savefig(unknown(run))", ["{unknown(run)}"]),
        ("fig.write_image(f'{run}.pdf')", ["{run}.pdf"]),
    ],
)
def test_reads_the_name(code: str, names: list[str]) -> None:
    (figure,) = found(code).saved
    assert [str(name) for name in figure.names] == names


@pytest.mark.parametrize(
    ("code", "per_run"),
    [
        ("for run_id in run_ids:\n    plt.savefig('a.pdf')", True),
        ("for i, r in enumerate(args.run_ids):\n    with style():\n        plt.savefig('a.pdf')", True),
        ("def draw():\n    plt.savefig('a.pdf')\nfor run in runs:\n    draw()", True),
        (
            "def draw():\n    plt.savefig('a.pdf')\ndef one():\n    draw()\nfor r in run_ids:\n    one()",
            True,
        ),
        ("for metric in metrics:\n    plt.savefig('a.pdf')", False),
        ("for run in runs:\n    plt.plot(run)\nplt.savefig('a.pdf')", False),
        ("def draw():\n    plt.savefig('a.pdf')\ndraw()\nfor run in runs:\n    draw()", False),
    ],
)
def test_knows_loops_over_runs(code: str, per_run: bool) -> None:
    (figure,) = found(code).saved
    assert figure.per_run is per_run


def test_leaves_out_functions_that_nothing_calls() -> None:
    assert found("def later():\n    plt.savefig('a.pdf')\nprint(1)").saved == ()


@pytest.mark.parametrize(
    ("code", "bars", "legend", "annotation", "layout"),
    [
        ("plt.plot(x)", False, False, False, False),
        ("ax.barh(x, y)", True, False, False, False),
        ("sns.barplot(data=d, x='a', y='b', hue='c')", True, True, False, False),
        ("sns.lineplot(x=a, y=b, label='c')", False, True, False, False),
        ("plt.plot(x, label='c')", False, False, False, False),
        ("frame.plot(kind='box')", True, True, False, False),
        ("sns.heatmap(m, annot=True)", False, False, True, False),
        ("ax.text(1, 2, 'a')", False, False, True, False),
        ("reply.text()", False, False, False, False),
        ("fig = plt.figure(constrained_layout=True)", False, False, False, True),
        ("plt.subplots_adjust(left=0.2)", False, False, False, True),
    ],
)
def test_knows_what_is_drawn(code: str, bars: bool, legend: bool, annotation: bool, layout: bool) -> None:
    drawn = found(f"{code}\nplt.savefig('a.pdf')").marks
    assert (drawn.bars, drawn.legend, drawn.annotation, drawn.layout) == (bars, legend, annotation, layout)


@pytest.mark.parametrize(
    "code", ["import plotly.express as px", "getattr(plt, kind)(x)", "import wandb\nwandb.plot.bar(t)"]
)
def test_says_when_drawing_is_hidden(code: str) -> None:
    assert found(f"{code}\nplt.savefig('a.pdf')").hidden


def test_evaluating_a_model_hides_nothing() -> None:
    assert not found("model.eval()\nplt.savefig('a.pdf')").hidden


@pytest.mark.parametrize(
    ("code", "bars", "legend", "annotation", "layout"),
    [
        ("frame.plot(**{'kind': 'barh'})", True, True, False, False),
        ("draw = ax.bar\ndraw(x, y)", True, False, False, False),
        ("fig.colorbar(image, label='bar')", False, False, False, False),
        ("frame.plot(legend=False)", False, False, False, False),
        ("frame.plot.line()", False, True, False, False),
        ("ax.get_legend_handles_labels()", False, False, False, False),
        ("sns.heatmap(m, **{'annot': True})", False, False, True, False),
        ("sns.heatmap(m, annot=None)", False, False, False, False),
        ("annotations = {}", False, False, False, False),
        ("ax.table(cells, loc='center')", False, False, True, False),
        ("ax.axis('tight')\nax.autoscale(tight=True)", False, False, False, False),
        ("fig, ax = plt.subplots(layout='constrained')", False, False, False, True),
        ("plt.rcParams.update({'savefig.bbox': 'tight'})", False, False, False, True),
        ("def late(ax):\n    ax.legend()\n    ax.annotate('a', (0, 0))", False, False, False, False),
    ],
)
def test_takes_words_for_what_they_do(code: str, bars: bool, legend: bool, annotation: bool, layout: bool) -> None:
    drawn = found(f"{code}\nplt.savefig('a.pdf')").marks
    assert (drawn.bars, drawn.legend, drawn.annotation, drawn.layout) == (bars, legend, annotation, layout)
