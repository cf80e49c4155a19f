"""``command-line/runs-not-queued-on-gpus``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.gpu_assignment import assigns_gpus, ungated_start
from checks.facts.run_starts import MAIN, RunStart, run_starts
from checks.facts.unseen_code import unseen_code
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

FIX = Fix(
    summary="Put the visible GPUs into a queue (one entry for the CPU where there is none), take one before each run, "
    "start the child with `CUDA_VISIBLE_DEVICES` set to it, and hand it back when the child has ended."
)
START = "import os\nimport subprocess\nimport sys\n\nCOMMAND = [sys.executable, '-m', 'src.train']\n"


class RunsNotQueuedOnGpus(Rule):
    """Runs are started without a GPU of their own, or without waiting for one.

    What it finds
        A place from which ``src/main.py`` starts the training while nothing in its code says which GPU a run uses:
        no ``CUDA_VISIBLE_DEVICES`` that is set (looking it up is not setting it), no device among the command's
        options or the call's arguments. Also a loop that starts children with ``Popen`` one after the other and waits
        neither for a free GPU nor for a child, in code that has no queue, pool or lock.

    Why it matters
        Every run then sees all GPUs and takes the first: the others stay idle, or several runs share one and end
        without memory. The base code is asked to give each run one GPU and to let runs wait when there are too few.

    How to fix
        Keep the visible GPUs in a queue; take one, start the child with ``CUDA_VISIBLE_DEVICES`` set to it, wait for
        the child and put it back.

    What it cannot see
        Whether a queue that is there works; the smoke test shows. It is silent where libraries or commands that
        schedule runs by themselves are used (ray, submitit, ``srun``, ``accelerate``).
    """

    criteria: ClassVar[Mapping[str, str]] = {"base": "command-line"}
    valid = (
        Valid(
            "queue-of-gpus",
            {
                MAIN: f"{START}\n\ndef one(run, gpus):\n    gpu = gpus.get()\n"
                "    env = {**os.environ, 'CUDA_VISIBLE_DEVICES': str(gpu)}\n"
                "    code = subprocess.run([*COMMAND, run], env=env).returncode\n    gpus.put(gpu)\n    return code\n"
                "\n\npool.map(one, runs)\n"
            },
        ),
        Valid(
            "device-as-an-argument",
            {
                MAIN: f"{START}\nwhile waiting:\n    gpu = free.pop()\n"
                "    child = subprocess.Popen([*COMMAND, '--gpu', str(gpu)])\n    child.wait()\n    free.append(gpu)\n"
            },
        ),
        Valid(
            "one-after-the-other-on-the-first",
            {
                MAIN: f"{START}env = dict(os.environ, CUDA_VISIBLE_DEVICES='0')\nfor run in runs:\n"
                "    subprocess.Popen([*COMMAND, run], env=env).wait()\n"
            },
        ),
        Valid("scheduled-elsewhere", {MAIN: f"import ray\n{START}for run in runs:\n    subprocess.call(COMMAND)\n"}),
        Valid(
            "in-a-template",
            {MAIN: f"{START}for g in gpus:\n    os.system(f'CUDA_VISIBLE_DEVICES={{g}} python -m src.train')\n"},
        ),
    )
    invalid = (
        Invalid(
            "nothing-assigned",
            {MAIN: f"{START}for run in runs:\n    subprocess.run([*COMMAND, run], check=True)\n"},
            at=("src/main.py:7",),
        ),
        Invalid(
            "only-looked-at",
            {
                MAIN: f"{START}import torch\n\nprint(torch.cuda.device_count())\n"
                "print(os.environ.get('CUDA_VISIBLE_DEVICES'))\n# CUDA_VISIBLE_DEVICES stays\nfor run in runs:\n"
                "    child = subprocess.Popen([*COMMAND, run])\n    child.wait()\n"
            },
            at=("src/main.py:12",),
        ),
        Invalid(
            "same-device-for-all",
            {MAIN: f"{START}for run in runs:\n    subprocess.run([*COMMAND, run, '--device', 'cuda'])\n"},
            at=("src/main.py:7",),
        ),
        Invalid(
            "in-its-own-process",
            {
                MAIN: "from src.train import fit\n\nfor run in runs:\n    fit(run)\n",
                "src/train.py": "def fit(run):\n    return run\n",
            },
            at=("src/main.py:4",),
        ),
        Invalid(
            "dealt-out-without-waiting",
            {
                MAIN: f"{START}children = []\nfor i, run in enumerate(runs):\n"
                "    env = {**os.environ, 'CUDA_VISIBLE_DEVICES': str(i % count)}\n"
                "    children.append(subprocess.Popen([*COMMAND, run], env=env))\n"
                "for child in children:\n    child.wait()\n"
            },
            at=("src/main.py:9",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit, at the first place that starts training."""
        starts = context.fact(run_starts)
        if not starts.followed or not starts.found or context.fact(unseen_code):
            return
        if not assigns_gpus(context):
            where = "started" if starts.found[0].kind == "process" else "trained in the main process"
            words = f"Nothing gives the runs that are {where} here a GPU each: `CUDA_VISIBLE_DEVICES` is never set."
            yield _hit(starts.found[0], words)
        elif start := ungated_start(context):
            words = "All runs are started here at once: none waits for a free GPU, so several share one."
            yield _hit(start, words)


def _hit(start: RunStart, words: str) -> Hit:
    return Hit(message=words, path=start.path, line=start.node.lineno, end_line=start.node.end_lineno, fix=FIX)
