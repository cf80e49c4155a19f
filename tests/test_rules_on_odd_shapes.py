"""Shapes of code and configuration that nobody writes in good faith: every rule answers, none raises."""

import pytest

from checks.context import Context
from checks.profiles import PROFILES
from checks.registry import rules_for
from checks.tree import SourceTree

LOOP = "for k, v in cfg.optuna.search_space.items():\n    cfg[{}] = v\n"

CODE = {
    "long concatenation of a key": LOOP.format("'a' + " * 2000 + "k"),
    "long chain of replacements": LOOP.format("k" + ".replace('a', 'b')" * 900),
    "thousands of attributes": "import wandb, json, torch\nx = wandb.Api()"
    + ".a" * 3000
    + ".summary\nprint(dict(x"
    + ".b" * 2500
    + ".summary))\njson.dump(a"
    + ".c" * 3000
    + ", open('x', 'w'))\ntorch.save(model"
    + ".s()" * 3000
    + ", 'm')\n",
    "thousands of subscripts": "import json\nprint(json.dumps(x" + "[0]" * 3000 + "))\n",
    "calls without arguments": "import json, torch\njson.dump()\nprint(json.dumps())\ntorch.save()\n"
    "for k in sorted(): cfg[k] = 1\n",
    "starred arguments": "import json\njson.dump(*a)\njson.dump(**a)\nprint(json.dumps(*a), dict(*run.summary))\n",
    "strange loop targets": "for (a, b), c in s.best_params.items(): pass\nfor a.b in x.search_space: cfg[a.b] = 1\n",
    "functions that call one another": "import wandb\ndef f(a): return g(a)\n"
    "def g(a): return f(a)\nprint(f(1).summary)\n",
    "lone surrogate": "x = '\\ud800'\nprint(x)\n",
}

YAML = {
    "keys that are no text": "optuna: {search_space: {? [a, b] : {type: int}, ~: {type: [1]}, 1: 0, a.b: 1}}\n",
    "numbers past a float": f"optuna: {{search_space: {{a: {{type: int, low: {'9' * 600}, high: .nan}}}}}}\n",
    "run_id of another kind": "run_id: {a: [1]}\nrun: 3\ndefaults: [{a: b}, 3, ~]\n",
    "tags and placeholders": "a: !!python/object:os.system PLACEHOLDER\nseed: [PLACEHOLDER, {b: PLACEHOLDER}]\n",
}


def run_all(code: str, text: str) -> int:
    files = dict.fromkeys(("src/evaluate.py", "src/train.py", "src/main.py"), code)
    files |= dict.fromkeys(("config/runs/a.yaml", "config/full_experiment.yaml"), text)
    contexts = [Context(SourceTree.of(files), profile) for profile in PROFILES.values()]
    return sum(len(rule.findings(context)) for context in contexts for rule in rules_for(context.profile.name))


@pytest.mark.parametrize("code", CODE.values(), ids=CODE)
def test_odd_code_gets_an_answer(code: str) -> None:
    assert run_all(code, "run_id: a\noptuna: {search_space: {lr: {type: int, low: 1, high: 2}}}\n") > 0


@pytest.mark.parametrize("text", YAML.values(), ids=YAML)
def test_odd_configuration_gets_an_answer(text: str) -> None:
    assert run_all("print(1)\n", text) > 0
