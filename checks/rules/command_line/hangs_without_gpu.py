"""``command-line/hangs-without-gpu``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.followed_values import Stop
from checks.facts.run_starts import MAIN
from checks.facts.unseen_code import unseen_code
from checks.facts.without_gpu import stops_without_gpu
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

WORDS = {
    "loop": "Without a GPU, `{name}` stays true and nothing in this loop changes it: the command waits here for ever.",
    "queue": "Without a GPU nothing is ever put into `{name}`: the first run waits here for ever.",
    "join": "Without a GPU no worker is started that takes anything from `{name}`: the command waits here for ever.",
    "semaphore": "Without a GPU `{name}` lets nobody pass: the first run waits here for ever.",
    "workers": "Without a GPU this asks for a `{name}` with 0 workers, which raises `ValueError`.",
    "division": "Without a GPU `{name}` is 0: this raises `ZeroDivisionError`.",
}
START = "import time\nimport torch\n\n"
QUEUE = (
    "from queue import Queue\n\nfree = Queue()\nfor index in range(torch.cuda.device_count()):\n    free.put(index)\n"
)


class HangsWithoutGpu(Rule):
    """The main module hangs, or stops, on a machine without a GPU.

    What it finds
        Follows ``src/main.py`` with ``torch.cuda.device_count()`` at 0 and ``CUDA_VISIBLE_DEVICES`` not set, through
        assignments, branches, the tree's own functions and what they hand to threads and pools, and reports the first
        place that it comes to for certain where a loop waits for a list of GPUs that stays empty, ``get`` waits for a
        queue or ``acquire`` for a semaphore that nothing fills, ``join`` waits for workers that were never made, a pool
        is asked for 0 workers, or the number of GPUs divides.

    Why it matters
        The smoke test is there to show on any machine, without a GPU too, that every part works. A program that waits
        for a GPU that never comes says nothing and uses up the job's time.

    How to fix
        Where there is no GPU, put one entry for the CPU into the queue: ``names = names or [""]``, ``max(1, count)``.

    What it cannot see
        Numbers of GPUs that are found by other means (``nvidia-smi``, NVML), and places behind a branch that something
        unknown decides; the smoke test shows.
    """

    criteria: ClassVar[Mapping[str, str]] = {"base": "command-line"}
    valid = (
        Valid(
            "one-entry-for-the-cpu",
            {
                MAIN: f"{START}free = [str(i) for i in range(torch.cuda.device_count())] or ['']\n"
                "for run in runs:\n    while not free:\n        time.sleep(1)\n    start(run, free.pop())\n"
            },
        ),
        Valid(
            "count-mended",
            {
                MAIN: f"{START}from concurrent.futures import ThreadPoolExecutor\n\n\ndef count():\n"
                "    n = torch.cuda.device_count()\n    if n < 1:\n        n = 1\n    return n\n\n\n"
                "n = count()\npool = ThreadPoolExecutor(max_workers=n)\n"
                "print(3 % n, 5 % max(1, torch.cuda.device_count()))\n"
            },
        ),
        Valid(
            "queue-filled-otherwise",
            {MAIN: f"{START}{QUEUE}if not torch.cuda.is_available():\n    free.put(None)\nprint(free.get())\n"},
        ),
        Valid(
            "refused", {MAIN: f"{START}{QUEUE}if free.empty():\n    raise SystemExit('no GPU')\nprint(free.get())\n"}
        ),
        Valid(
            "handed-on-before",
            {
                MAIN: f"{START}from lib import fill\n\nfree = []\nprint(torch.cuda.device_count())\n"
                "fill(free)\nwhile not free:\n    time.sleep(1)\n"
            },
        ),
        Valid("with-a-limit", {MAIN: f"{START}{QUEUE}print(free.get(timeout=5))\n"}),
    )
    invalid = (
        Invalid(
            "list-that-stays-empty",
            {
                MAIN: f"{START}\n\ndef free_gpus(most):\n    found = list(range(torch.cuda.device_count()))\n"
                "    if len(found) < most:\n        return found\n    return found[:most]\n\n\ndef main():\n"
                "    free = list(free_gpus(3))\n    for run in runs:\n        while len(free) == 0:\n"
                "            time.sleep(0.5)\n        start(run, free.pop(0))\n\n\n"
                "if __name__ == '__main__':\n    main()\n"
            },
            at=(f"{MAIN}:16",),
        ),
        Invalid(
            "queue-in-a-worker",
            {
                MAIN: f"{START}{QUEUE}\n\ndef one(run, gpus):\n    gpu = gpus.get()\n"
                "    try:\n        start(run, gpu)\n"
                "    finally:\n        gpus.put(gpu)\n\n\nfrom concurrent.futures import ThreadPoolExecutor\n\n"
                "with ThreadPoolExecutor(4) as pool:\n    for run in runs:\n        pool.submit(one, run, free)\n"
            },
            at=(f"{MAIN}:12",),
        ),
        Invalid(
            "no-workers",
            {
                MAIN: f"{START}from concurrent.futures import ThreadPoolExecutor as Pool\nimport concurrent.futures\n\n"
                "COUNT = torch.cuda.device_count()\n"
                "with concurrent.futures.ThreadPoolExecutor(max_workers=COUNT) as pool:\n    pool.map(start, runs)\n"
            },
            at=(f"{MAIN}:8",),
        ),
        Invalid(
            "remainder",
            {
                MAIN: f"{START}class Launcher:\n    def __init__(self):\n"
                "        self.count = torch.cuda.device_count()\n\n"
                "    def launch(self, runs):\n        for i, run in enumerate(runs):\n"
                "            start(run, i % self.count)\n\n\nLauncher().launch(runs)\n"
            },
            at=(f"{MAIN}:10",),
        ),
        Invalid(
            "a-worker-for-each-gpu",
            {
                MAIN: f"{START}import threading\nfrom queue import Queue\n\n\ndef work(jobs, gpu):\n    while True:\n"
                "        start(jobs.get(), gpu)\n        jobs.task_done()\n\n\njobs = Queue()\nfor run in runs:\n"
                "    jobs.put(run)\nfor gpu in range(torch.cuda.device_count()):\n"
                "    threading.Thread(target=work, args=(jobs, gpu), daemon=True).start()\njobs.join()\n"
            },
            at=(f"{MAIN}:19",),
        ),
        Invalid(
            "semaphore",
            {
                MAIN: f"{START}import threading\n\nslots = threading.Semaphore(torch.cuda.device_count())\n\n\n"
                "def one(run):\n    with slots:\n        start(run)\n\n\nfor run in runs:\n"
                "    threading.Thread(target=one, args=(run,)).start()\n"
            },
            at=(f"{MAIN}:10",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit, at the first place."""
        if not context.fact(unseen_code):
            yield from (_hit(context, stop) for stop in stops_without_gpu(context)[:1])


def _hit(context: Context, stop: Stop) -> Hit:
    line = getattr(stop.node, "lineno", 1)
    last = getattr(stop.node, "end_lineno", line)
    return Hit(
        message=WORDS[stop.why].format(name=stop.name),
        path=stop.path,
        line=line,
        end_line=min(last, line + 3),
        evidence=(context.quote(stop.path, line, last),),
        fix=Fix(summary="Where there is no GPU, use one entry that stands for the CPU, so that runs go one by one."),
    )
