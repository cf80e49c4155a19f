"""How a main module starts its runs, in many hands: which of the launcher's faults are found in each."""

import pytest

from checks.context import Context
from checks.profiles import PROFILES
from checks.registry import rules_for
from checks.tree import SourceTree

PER_RUN, QUEUED, FAILED, LOGGED, FORWARDED = (
    "train-not-started-per-run", "runs-not-queued-on-gpus", "failed-run-ignored", "output-not-logged",
    "output-not-forwarded",
)  # fmt: skip
WATCHED = {f"command-line/{name}" for name in (PER_RUN, QUEUED, FAILED, LOGGED, FORWARDED)}
TRAIN = "def main(run=None, device='cpu'):\n    return run\n"
START = "import os\nimport subprocess\nimport sys\nimport threading\n\nLOGS = ('stdout.log', 'stderr.log')\n"


def faults(code: str) -> set[str]:
    """The launcher's faults that are found, advisory ones with a question mark."""
    tree = SourceTree({"src/main.py": (START + code).encode(), "src/train.py": TRAIN.encode()})
    context = Context(tree, PROFILES["base"])
    found = [each for rule in rules_for("base") if rule.id() in WATCHED for each in rule.findings(context)]
    return {each.rule.partition("/")[2] + ("" if each.blocks else "?") for each in found}


SPELLINGS = {
    "shell text": (
        "for run in runs:\n    if os.system(f'python -m src.train --run {run}') != 0:\n        sys.exit(1)\n",
        {QUEUED},
    ),
    "uv, through a constant and a sum": (
        (
            "BASE = ['uv', 'run', 'python', '-u', '-m'] + ['src.train']\n"
            "def go(run):\n    subprocess.check_call(BASE + ['--run', run])\nfor r in runs: go(r)\n"
        ),
        {QUEUED},
    ),
    "walrus and a while loop": (
        "while (run := todo.pop()):\n    subprocess.run([sys.executable, 'src/train.py', run], check=True)\n",
        {QUEUED},
    ),
    "module chosen by a parameter": (
        (
            "def launch(module, *rest):\n    subprocess.run([sys.executable, '-m', module, *rest], check=True)\n"
            "[launch('src.train', run) for run in runs]\nlaunch('src.evaluate')\n"
        ),
        {QUEUED},
    ),
    "environment of the parent": (
        (
            "for i, run in enumerate(runs):\n    os.environ['CUDA_VISIBLE_DEVICES'] = str(i)\n"
            "    subprocess.run(['python', '-m', 'src.train'], check=True)\n"
        ),
        set(),
    ),
    "device handed to the function": (
        "import src.train as t\nfor i, run in enumerate(runs):\n    t.main(run, device=f'cuda:{i}')\n",
        set(),
    ),
    "processes of its own": (
        (
            "import multiprocessing as mp\nfrom src import train\n"
            "for run in runs:\n    p = mp.Process(target=train.main, args=(run,))\n    p.start()\n    p.join()\n"
        ),
        {QUEUED},
    ),
    "by its name": (
        "import importlib\nfor run in runs:\n    importlib.import_module('src.train').main(run)\n",
        {QUEUED},
    ),
    "all children at once, none looked at": (
        (
            "children = [subprocess.Popen(['python', '-m', 'src.train', r]) for r in runs]\n"
            "for child in children:\n    child.wait()\n"
        ),
        {QUEUED, FAILED},
    ),
    "polled, and only reported": (
        (
            "free = ['0', '1']\nfor run in runs:\n    env = dict(os.environ, CUDA_VISIBLE_DEVICES=free.pop())\n"
            "    child = subprocess.Popen(['python', '-m', 'src.train'], env=env)\n"
            "    while child.poll() is None:\n        pass\n    if child.returncode:\n        print('failed', run)\n"
        ),
        {f"{FAILED}?"},
    ),
    "result kept and never asked": (
        (
            "gpu = os.environ.get('GPU')\nfor run in runs:\n"
            "    done = subprocess.run(['python', '-m', 'src.train', '--gpu', gpu], capture_output=True, text=True)\n"
            "    open(run, 'w').write(done.stdout)\n"
        ),
        {FAILED, FORWARDED},
    ),
    "threads that keep what happened": (
        (
            "failed = []\ndef work(run, gpu):\n"
            "    code = subprocess.call(['python', '-m', 'src.train', '--gpu', gpu])\n"
            "    if code:\n        failed.append(run)\n"
            "for run in runs:\n    t = threading.Thread(target=work, args=(run, '0'))\n    t.start()\n    t.join()\n"
            "sys.exit(len(failed))\n"
        ),
        set(),
    ),
    "threads that lose it": (
        (
            "class Job(threading.Thread):\n    def run(self):\n"
            "        subprocess.check_call(['python', '-m', 'src.train', '--gpu', self.gpu])\n"
            "jobs = [Job() for run in runs]\nfor job in jobs:\n    job.start()\nfor job in jobs:\n    job.join()\n"
        ),
        {FAILED},
    ),
    "through the logger": (
        (
            "import logging\nfor gpu, run in pairs:\n"
            "    p = subprocess.Popen(['python', '-m', 'src.train', '--gpu', gpu], stdout=subprocess.PIPE, text=True)\n"
            "    for line in p.stdout:\n        logging.info(line.rstrip())\n"
            "    if p.wait():\n        raise SystemExit(1)\n"
        ),
        set(),
    ),
    "a command that nobody can read": ("for run in runs:\n    subprocess.run(sys.argv[1:])\n", set()),
    "scheduled by a library": ("import submitit\nsubprocess.run(['python', '-m', 'src.train'], check=True)\n", set()),
    "once": ("subprocess.run(['python', '-m', 'src.train', '--gpu', gpu], check=True)\n", {PER_RUN}),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_finds_the_faults_of_a_launcher(name: str) -> None:
    code, expected = SPELLINGS[name]
    assert faults(code) == expected


def test_logs_are_looked_for_in_the_code() -> None:
    code = "for run in runs:\n    subprocess.run(['python', '-m', 'src.train', '--gpu', run], check=True)\n"
    assert faults(code) == set()
    assert faults(code + "LOGS = ()\n") == set()
    tree = SourceTree({"src/main.py": f"import subprocess\n{code}".encode(), "src/train.py": TRAIN.encode()})
    rule = next(each for each in rules_for("base") if each.id() == f"command-line/{LOGGED}")
    assert [each.place for each in rule.findings(Context(tree, PROFILES["base"]))] == ["src/main.py:3"]
