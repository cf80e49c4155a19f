"""Odd ways to read a recorded run's summary, and the exact mends offered for them."""

import ast

import pytest

from checks.context import Context
from checks.profiles import PROFILES
from checks.registry import rule
from checks.tree import SourceTree

EVALUATE = "src/evaluate.py"
RULE = rule("evaluation-independence/summary-not-json-dict")

FOUND = {
    "attribute of an object": """
import wandb as wb
class E:
    def __init__(self):
        self.api = wb.Api(timeout=9)
    def go(self, i):
        run = self.api.run(i)
        return dict(run.summary)
""",
    "runs in a list, copied by spreading": """
import wandb
runs = [wandb.Api().run(i) for i in "ab"]
table = [{**r.summary, "id": r.id} for r in runs]
""",
    "summary under another name": """
from wandb import Api
def load(api, i):
    return api.run(i)
api = Api()
s = load(api, "e/p/r").summary
copy = dict(s)
""",
    "walked through": """
import wandb
api = wandb.Api()
if (run := api.run("r")) is not None:
    values = [v for k, v in run.summary.items()]
""",
}

SILENT = {
    "plain dictionary under a name": "import wandb\ns = wandb.Api().run('r').summary._json_dict\nprint(dict(s))\n",
    "getattr with a fallback": """
import wandb
run = wandb.Api().run("r")
def read(run):
    return getattr(run.summary, "_json_dict", None) or dict(run.summary)
read(run)
""",
    "summary of something else": "import wandb\napi = wandb.Api()\nprint(dict(model.summary), api.summary.items())\n",
    "an object of the author's own under the same name": """
import wandb
class Run:
    def __init__(self, summary):
        self.summary = summary
def load(i):
    run = wandb.Api().run(i)
    return Run(run.summary._json_dict)
def best(runs):
    return max(runs, key=lambda run: run.summary["acc"]), [run.summary["a"] for run in runs]
def show(run):
    print(dict(run.summary))
show(load("r"))
""",
    "runs unpacked into a pair": """
import wandb
for a, b in wandb.Api().runs("e/p"):
    print(dict((a + b).summary), dict(other()[0].summary))
""",
    "rebound to something else": """
import wandb
def f(i):
    run = wandb.Api().run(i)
    run = convert(run)
    return dict(run.summary)
""",
    "functions that return one another": """
import wandb
def a():
    return b()
def b():
    return a()
print(dict(a().summary))
""",
    "hundreds of attributes": "import wandb\napi = wandb.Api()\nx = dict(a" + ".b" * 3000 + ".summary)\n",
}


def findings(text: str) -> list[tuple[int | None, str | None]]:
    context = Context(SourceTree.of({EVALUATE: text}), PROFILES["experiment"])
    return [(found.line, found.fix.replacement if found.fix else None) for found in RULE.findings(context)]


@pytest.mark.parametrize("text", FOUND.values(), ids=FOUND)
def test_finds(text: str) -> None:
    assert [line for line, _ in findings(text)] == [len(text.splitlines())]


@pytest.mark.parametrize("text", SILENT.values(), ids=SILENT)
def test_stays_silent(text: str) -> None:
    assert findings(text) == []


@pytest.mark.parametrize(
    ("line", "mended"),
    [
        ("    summary = dict(run.summary)  # all of it", "    summary = run.summary._json_dict  # all of it"),
        ("    return  dict( run . summary ), 1", "    return  run.summary._json_dict, 1"),
        ("    a = 1; b = dict(run.summary)", None),
        ("    if dict(run.summary): pass", None),
        ("    both = dict(run.summary), dict(run.summary)", None),
    ],
)
def test_offers_an_exact_mend_where_it_is_mechanical(line: str, mended: str | None) -> None:
    start = "import wandb\ndef f(i):\n    run = wandb.Api().run(i)\n"
    assert {replacement for _, replacement in findings(f"{start}{line}\n")} == {mended}
    if mended is not None:
        ast.parse(start + mended)
