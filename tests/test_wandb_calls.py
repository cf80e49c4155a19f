"""Under which keys the code logs, through aliases, wrappers and dictionaries that are filled here and there."""

import pytest

from checks.context import Context
from checks.facts.wandb_calls import WandbCalls, wandb_calls
from checks.profiles import PROFILES
from checks.tree import SourceTree

START = "import wandb\nrun = wandb.init()\n"

LOGGED = {
    "literal with spread": ("base = {'a': 1}\nrun.log({**base, 'b': 2})", {"a", "b"}),
    "dict call and union": ("extra = dict(c=1)\nrun.log(dict(a=1, **extra) | {'b': 2})", {"a", "b", "c"}),
    "filled by keys, update and union": (
        "m = {}\nm['a'] = 1\nm.update(b=2)\nm.update({'c': 3})\nm |= {'d': 4}\nm.setdefault('e', 5)\nrun.log(m)",
        {"a", "b", "c", "d", "e"},
    ),
    "texts of a loop": (
        "for s in ('train', 'val'):\n    run.log({f'{s}/loss': 1, s + '_acc': 2})",
        {"train/loss", "val/loss", "train_acc", "val_acc"},
    ),
    "comprehension over another": (
        "m = {'a': 1, 'b': 2}\nrun.log({f'val_{k}': v for k, v in m.items()})",
        {"val_a", "val_b"},
    ),
    "keys of meters": (
        (
            "from collections import defaultdict\nd = defaultdict(list)\nd['a'].append(1)\n"
            "run.log({k: sum(v) for k, v in d.items()})"
        ),
        {"a"},
    ),
    "holes": ("run.log({f'{name}_loss': 1, '%s/acc' % name: 2, '{}-f1'.format(name): 3})", {"*_loss", "*/acc", "*-f1"}),
    "second of a returned pair": (
        "def step():\n    return 1, {'a': 1}\nloss, m = step()\nm['b'] = 2\nrun.log(m)",
        {"a", "b"},
    ),
    "helper that fills it": ("def fill(d, k):\n    d[k] = 1\nm = {'a': 1}\nfill(m, 'b')\nrun.log(m)", {"a", "b"}),
    "keyword arguments": (
        "def log(step, **metrics):\n    run.log(metrics, step=step)\nlog(1, a=1)\nlog(2, b=1)",
        {"a", "b"},
    ),
    "wrapper object": (
        (
            "class Logger:\n    def __init__(self, run):\n        self.run = run\n"
            "    def write(self, metrics, split='train'):\n"
            "        self.run.log({f'{split}_{k}': v for k, v in metrics.items()})\n"
            "log = Logger(run)\nlog.write({'a': 1})\nlog.write({'b': 1}, split='val')"
        ),
        {"train_a", "val_a", "train_b", "val_b"},
    ),
    "either of two": ("run.log({'a' if x else 'b': 1})", {"a", "b"}),
    "last of a list": ("h = []\nh.append({'a': 1})\nrun.log(h[-1])", {"a"}),
    "from another library": (
        "from sklearn.metrics import classification_report\nrun.log(classification_report(x, y))",
        {"*"},
    ),
    "unknown parameter": ("def go(metrics):\n    run.log(metrics)", {"*"}),
}

HANDLES = {
    "with": "import wandb as wb\nwith wb.init() as r:\n    r.log({'a': 1})",
    "from import": "from wandb import init, log\ninit()\nlog({'a': 1})",
    "module's run": "import wandb\nwandb.init()\nwandb.run.log({'a': 1})",
    "global": "import wandb\nrun = None\ndef start():\n    global run\n    run = wandb.init()\nstart()\n"
    "def go():\n    if run is not None:\n        run.log({'a': 1})\ngo()",
    "returned or None": "import wandb\ndef start(c):\n    if c:\n        return None\n    return wandb.init()\n"
    "r = start(1)\nif r:\n    r.log({'a': 1})",
    "name for the function": "import wandb\nwandb.init()\nrecord = wandb.log\nrecord({'a': 1})",
    "optional import": "try:\n    import wandb\nexcept ImportError:\n    wandb = None\n"
    "wandb.init()\nwandb.log({'a': 1})",
}


def gathered(code: str) -> WandbCalls:
    return Context(SourceTree.of({"src/train.py": code}), PROFILES["experiment"]).fact(wandb_calls)


@pytest.mark.parametrize(("code", "keys"), LOGGED.values(), ids=LOGGED)
def test_knows_the_keys(code: str, keys: set[str]) -> None:
    assert set().union(*(each.keys for each in gathered(START + code).logs)) == keys


@pytest.mark.parametrize("code", HANDLES.values(), ids=HANDLES)
def test_knows_the_handle(code: str) -> None:
    found = gathered(code)
    assert len(found.inits) == 1
    assert [(each.keys, each.certain) for each in found.logs] == [(frozenset("a"), True)]


def test_other_things_called_log_are_none() -> None:
    code = "import math, logging, numpy as np\nmath.log(2)\nnp.log(x)\nx.log()\nlogging.getLogger().log(10, 'x')\n"
    assert gathered(START + code).logs == ()


def test_says_how_often() -> None:
    code = (
        "def report(m):\n    run.log(m)\nfor epoch in range(3):\n    for batch in loader:\n        run.log({'a': 1})\n"
        "    report({'b': 1})\nrun.log({'c': 1})\ndef unused():\n    run.log({'d': 1})\n"
    )
    assert {key: each.loop for each in gathered(START + code).logs for key in each.keys} == {
        "a": "batch",
        "b": "epoch",
        "c": "",
        "d": "never",
    }


def test_knows_what_goes_into_the_summary() -> None:
    code = (
        "wandb.summary['a'] = 1\nrun.summary.update({'b': 1}, c=2)\ns = wandb.run.summary\nfor k in ('d', 'e'):\n"
        "    s[f'best_{k}'] = 1\nrun.summary.f = 1\nrun.define_metric('g', summary='max')\n"
    )
    found = gathered(START + code)
    assert all(found.summarised(key) for key in ("a", "b", "c", "best_d", "best_e", "f", "g.max"))
    assert not found.summarised("d")
    assert not found.logged("a")


HOSTILE = {
    "names of names": START
    + "a0 = {'x': 1}\n"
    + "".join(f"a{i + 1} = a{i}\n" for i in range(3000))
    + "run.log(a3000)\n",
    "functions that call one another": START
    + "def f(d):\n    return g(d)\ndef g(d):\n    return f(d) or d\n"
    + "run.log(f({'a': 1}))\n" * 2000,
    "one key after another": START
    + "d = {}\n"
    + "".join(f"d['k{i}'] = d['k{i + 1}']\n" for i in range(2000))
    + "run.log(d)\n",
    "products of texts": START + "K = (" + ",".join(f"'k{i}'" for i in range(190)) + ")\nfor a in K:\n for b in K:\n"
    "  run.log({f'{a}{b}{a}{b}': 1})\n",
    "methods of one name": START
    + "".join(f"class A{i}:\n    def m(self, d):\n        run.log(d)\n" for i in range(200))
    + "o.m({'a': 1})\n" * 500,
}


@pytest.mark.parametrize("code", HOSTILE.values(), ids=HOSTILE)
def test_gives_up_on_what_is_endless(code: str) -> None:
    assert not gathered(code).complete
