"""``command-line/train-not-started-per-run``."""

import ast
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.call_graph import call_graph
from checks.facts.nodes import FUNCTIONS, nodes
from checks.facts.run_starts import MAIN, RunStart, RunStarts, run_starts, start_chain
from checks.facts.unseen_code import unseen_code
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

LOOPS = (
    ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp,
)  # fmt: skip
FIX = Fix(
    summary="Loop over the run variations of the YAML file and start `python -m src.train` once for each of them."
)
TRAIN = {"src/train.py": "def main(run):\n    print(run)\n"}


class TrainNotStartedPerRun(Rule):
    """The main module does not start training once for each run variation.

    What it finds
        A ``src/main.py`` whose code, with what it uses of the other files, starts no training: no child process whose
        command names ``src.train`` or ``train.py``, and no call of a function of ``src/train.py``. Also one that starts
        training in a single place that no loop, comprehension, pool or thread repeats.

    Why it matters
        The two documented commands go through ``src/main.py`` alone. What it does not start never runs, and a single
        start leaves every run variation but one out.

    How to fix
        Loop over the run variations of the YAML file and start ``python -m src.train`` for each of them.

    What it cannot see
        A command that is put together where it cannot be read off, a shell script, and libraries that start programs:
        with any of them it is silent. Whether the loop goes over the right list.
    """

    criteria: ClassVar[Mapping[str, str]] = {"base": "command-line"}
    valid = (
        Valid(
            "child-in-a-loop",
            {
                MAIN: "import subprocess\nimport sys\n\nfor run in runs:\n"
                "    subprocess.run([sys.executable, '-m', 'src.train', run])\n"
            },
        ),
        Valid(
            "through-helpers-and-a-pool",
            {
                MAIN: "import subprocess\n\nPROGRAM = 'src.train'\n\n\ndef command(run):\n"
                "    return ['python', '-m', PROGRAM, run]\n\n\ndef one(run):\n"
                "    return subprocess.call(command(run))\n\n\npool.map(one, runs)\n"
            },
        ),
        Valid(
            "in-its-own-process",
            {MAIN: "from src import train\n\nresults = [train.main(run) for run in runs]\n", **TRAIN},
        ),
        Valid("mapped", {MAIN: "from src import train\n\nresults = list(map(train.main, runs))\n", **TRAIN}),
        Valid("unknown-command", {MAIN: "import subprocess\nimport sys\n\nsubprocess.run(sys.argv[1:])\n"}),
        Valid("shell-script", {MAIN: "import os\n\nos.system('bash run_all.sh')\n"}),
    )
    invalid = (
        Invalid(
            "never",
            {MAIN: "import subprocess\n\nsubprocess.run(['python', '-m', 'src.evaluate'])\n", **TRAIN},
            at=("src/main.py",),
        ),
        Invalid(
            "only-spoken-of",
            {MAIN: "def main():\n    print('Starting train.py')\n\n\nmain()\n", **TRAIN},
            at=("src/main.py",),
        ),
        Invalid(
            "once-for-all",
            {
                MAIN: "import subprocess\n\n\ndef start(config):\n"
                "    subprocess.run(['python', 'src/train.py', config], check=True)\n\n\nstart('smoke.yaml')\n"
            },
            at=("src/main.py:5",),
        ),
        Invalid(
            "once-in-its-own-process",
            {MAIN: "from src.train import main as train\n\ntrain({})\n", **TRAIN},
            at=("src/main.py:3",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for the file, or at the single start."""
        starts = context.fact(run_starts)
        if not starts.followed or context.fact(unseen_code):
            return
        if not starts.found:
            yield Hit(message="The main module never starts the training.", path=MAIN, fix=FIX)
        elif len(starts.found) == 1 and not _repeated(context, starts):
            yield _hit_once(starts.found[0])


def _hit_once(start: RunStart) -> Hit:
    return Hit(
        message="Training is started here once, and no loop repeats it: only one run of the YAML file can be trained.",
        path=start.path,
        line=start.node.lineno,
        end_line=start.node.end_lineno,
        fix=FIX,
    )


def _repeated(context: Context, starts: RunStarts) -> bool:
    """Whether anything on the way to the start may run it more than once."""
    graph = context.fact(call_graph)
    if any(site.how == "pool" for start in starts.found for site in graph.sites_at(start.path, start.node)):
        return True
    chain = [step for start in starts.found for step in start_chain(context, start)]
    for path, node in chain:
        found = context.fact(nodes)[path]
        if any(isinstance(outer, LOOPS) for outer in found.above(node)):
            return True
        function = found.function(node)
        sites = graph.sites[function] if function is not None else []
        recursive = function is not None and any(found.within(site.node, function) for site in sites)
        if recursive or any(site.how != "call" for site in sites) or found.nearest(node, *FUNCTIONS[2:]):
            return True
        if function is not None and function.decorator_list:
            return True
    return len(chain) > len({node for _, node in chain})
