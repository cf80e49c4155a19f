"""Which mode a statement runs under, and what each mode writes, in the spellings that people and models use."""

import ast

import pytest

from checks.context import Context
from checks.facts.mode_code import ModeCode, mode_code
from checks.facts.nodes import nodes
from checks.profiles import PROFILES
from checks.tree import SourceTree

TRAIN = "src/train.py"


def code(text: str, **others: str) -> tuple[ModeCode, Context]:
    files = {TRAIN: text, **{path.replace("__", "/"): body for path, body in others.items()}}
    context = Context(SourceTree({path: body.encode() for path, body in files.items()}), PROFILES["experiment"])
    return context.fact(mode_code), context


def modes_of(text: str) -> dict[str, str]:
    """Under which modes each call of a one-letter function runs: ``t``, ``f``, ``tf`` or nothing."""
    found, context = code(text)
    here = context.fact(nodes)[TRAIN]
    calls = [c for c in here.of(ast.Call) if isinstance(c.func, ast.Name) and c.func.id in "abc"]
    ran = {c: found.modes(TRAIN, c) for c in calls}
    return {ast.unparse(c.func): "".join(m[0] for m in ("trial", "full") if m in ran[c]) for c in calls}


@pytest.mark.parametrize(
    "test",
    [
        "cfg.mode == 'trial'",
        "'trial' == cfg.mode",
        "cfg['mode'] == 'trial'",
        "cfg.get('mode') == 'trial'",
        "cfg.get('mode', 'full').lower() == 'trial'",
        "getattr(cfg, 'mode', 'full') == 'trial'",
        "OmegaConf.select(cfg, 'mode') == 'trial'",
        "str(cfg.mode).strip().lower() == 'trial'",
        "cfg.mode in ('trial',)",
        "cfg.mode in {'trial'} and step > 2",
        "cfg.mode not in ['full', 'main']",
        "cfg.mode != 'full'",
        "not (cfg.mode == 'full')",
        "cfg.mode.startswith('tr')",
        "(quick := cfg.mode == 'trial')",
        "self.cfg.mode == 'trial'",
        "config.experiment.mode == 'trial'",
        "bool(cfg.mode == 'trial')",
        "{'trial': True, 'full': False}[cfg.mode]",
        "{'trial': True}.get(cfg.mode, False)",
        "is_trial",
        "cfg.trial_mode",
    ],
)
def test_tests_for_trial(test: str) -> None:
    assert modes_of(f"import omegaconf\ndef main(cfg, self, step):\n    if {test}:\n        a()\n    b()\n") == {
        "a": "t",
        "b": "tf",
    }


@pytest.mark.parametrize(
    "text",
    [
        ("def main(cfg):\n    if cfg.mode != 'trial':\n        b()\n        return\n    a()\n"),
        (
            "def main(cfg):\n"
            "    if cfg.mode == 'full':\n"
            "        b()\n"
            "        return 1\n"
            "    elif cfg.mode != 'trial':\n"
            "        raise ValueError\n"
            "    a()\n"
        ),
        (
            "def main(cfg):\n"
            "    mode = cfg.mode\n"
            "    quick = mode == 'trial'\n"
            "    if quick:\n"
            "        a()\n"
            "    else:\n"
            "        b()\n"
        ),
        (
            "def main(cfg):\n"
            "    match cfg.mode:\n"
            "        case 'trial':\n"
            "            a()\n"
            "        case 'full':\n"
            "            b()\n"
            "        case _:\n"
            "            raise ValueError\n"
        ),
        (
            "def main(cfg):\n"
            "    match cfg.mode:\n"
            "        case 'trial' | 'quick':\n"
            "            a()\n"
            "        case _:\n"
            "            b()\n"
        ),
        ("def main(cfg):\n    x = a() if cfg.mode == 'trial' else b()\n"),
        ("def main(cfg):\n    cfg.mode == 'trial' and a()\n    cfg.mode == 'trial' or b()\n"),
        ("def main(cfg):\n    step({'trial': lambda: a(), 'full': lambda: b()}[cfg.mode])\n"),
        ("def f(): a()\ndef g(): b()\ndef main(cfg):\n    {'trial': f, 'full': g}[cfg.mode]()\n"),
        (
            "def f(): a()\n"
            "def g(): b()\n"
            "def main(cfg):\n"
            "    if cfg.mode == 'trial':\n"
            "        f()\n"
            "    else:\n"
            "        g()\n"
        ),
        (
            "def f(quick):\n"
            "    if quick:\n"
            "        a()\n"
            "    else:\n"
            "        b()\n"
            "def main(cfg):\n"
            "    f(cfg.mode == 'trial')\n"
        ),
        (
            "def f(*, trial_mode=False):\n"
            "    if trial_mode:\n"
            "        a()\n"
            "    else:\n"
            "        b()\n"
            "def main(cfg):\n"
            "    f(trial_mode=cfg.mode == 'trial')\n"
        ),
        (
            "def quick(cfg):\n"
            "    return cfg.mode == 'trial'\n"
            "def main(cfg):\n"
            "    if quick(cfg):\n"
            "        a()\n"
            "    else:\n"
            "        b()\n"
        ),
        (
            "class T:\n"
            "    def __init__(self, cfg):\n"
            "        self.quick = cfg.mode == 'trial'\n"
            "    def go(self):\n"
            "        if self.quick:\n"
            "            a()\n"
            "        else:\n"
            "            b()\n"
        ),
        (
            "from enum import Enum\n"
            "class Mode(str, Enum):\n"
            "    TRIAL = 'trial'\n"
            "    FULL = 'full'\n"
            "def main(cfg):\n"
            "    if Mode(cfg.mode) is Mode.TRIAL:\n"
            "        a()\n"
            "    else:\n"
            "        b()\n"
        ),
        ("T = 'trial'\ndef main(cfg):\n    if cfg.mode == T:\n        a()\n    else:\n        b()\n"),
        (
            "def main(cfg):\n"
            "    if cfg.mode == 'trial':\n"
            "        cfg.wandb.mode = 'disabled'\n"
            "    else:\n"
            "        cfg.wandb.mode = 'online'\n"
            "    if cfg.wandb.mode == 'disabled':\n"
            "        a()\n"
            "    else:\n"
            "        b()\n"
        ),
        (
            "def stop(cfg):\n"
            "    if cfg.mode == 'trial':\n"
            "        raise SystemExit\n"
            "def main(cfg):\n"
            "    if cfg.mode == 'trial':\n"
            "        a()\n"
            "    stop(cfg)\n"
            "    b()\n"
        ),
        (
            "def main(cfg):\n"
            "    for x in y:\n"
            "        if cfg.mode == 'trial':\n"
            "            a()\n"
            "            break\n"
            "        b()\n"
        ),
        ("import sys\ndef main(cfg):\n    if cfg.mode == 'trial':\n        a()\n        sys.exit(0)\n    b()\n"),
        (
            "def main(cfg):\n"
            "    limit = None\n"
            "    if cfg.mode == 'trial':\n"
            "        limit = 2\n"
            "    if limit:\n"
            "        a()\n"
            "    else:\n"
            "        b()\n"
        ),
    ],
)
def test_ways_through_the_code(text: str) -> None:
    assert modes_of(text) == {"a": "t", "b": "f"}


@pytest.mark.parametrize(
    "text",
    [
        ("def main(cfg):\n    if cfg.other.mode == 'min':\n        a()\n"),
        ("def main(cfg, trial):\n    if trial:\n        a()\n"),
        ("def main(cfg):\n    found = []\n    fill(found)\n    if found:\n        a()\n"),
        ("def main(cfg):\n    if cfg.mode == 'trial' or cfg.quick:\n        a()\n"),
        ("def main(cfg):\n    if cfg.mode == unknown():\n        a()\n"),
        ("n = 0\ndef f():\n    global n\n    n = 1\ndef main(cfg):\n    if n:\n        a()\n"),
        ("def f(): a()\ndef main(cfg):\n    f()\n    if cfg.mode == 'trial':\n        f()\n"),
        ("def f(): a()\ndef main(cfg):\n    start(f)\n    if cfg.mode == 'trial':\n        f()\n"),
        (
            "def main(cfg):\n"
            "    try:\n"
            "        if cfg.mode == 'trial':\n"
            "            raise ValueError\n"
            "    except ValueError:\n"
            "        pass\n"
            "    a()\n"
        ),
        ("def f(n):\n    if n: f(n - 1)\n    a()\ndef main(cfg):\n    f(2)\n"),
    ],
)
def test_what_does_not_depend_on_the_mode(text: str) -> None:
    assert modes_of(text)["a"] == "tf"


HELPERS = {
    "for k, v in TRIAL.items(): OmegaConf.update(cfg, k, v)": "TRIAL = {'wandb.mode': 'disabled'}\n",
    "quiet(cfg)": "def quiet(c):\n    c.wandb.mode = 'disabled'\n",
    "wandb_off(cfg.wandb)": "def wandb_off(section):\n    section.mode = 'disabled'\n",
}


@pytest.mark.parametrize(
    "line",
    [
        "cfg.wandb.mode = 'disabled'",
        "cfg['wandb']['mode'] = 'disabled'",
        "OmegaConf.update(cfg, 'wandb.mode', 'disabled')",
        "OmegaConf.update(cfg, key='wandb.mode', value='disabled')",
        "OmegaConf.update(cfg.wandb, 'mode', 'disabled', merge=True)",
        "setattr(cfg.wandb, 'mode', 'disabled')",
        "cfg.wandb.update({'mode': 'disabled'})",
        "cfg.wandb.update(mode='disabled')",
        "cfg.merge_with({'wandb': {'mode': 'disabled'}})",
        "cfg = OmegaConf.merge(cfg, {'wandb': {'mode': 'disabled'}})",
        "cfg = OmegaConf.merge(cfg, OmegaConf.create({'wandb': {'mode': 'disabled'}}))",
        "cfg = OmegaConf.merge(cfg, OmegaConf.from_dotlist(['wandb.mode=disabled']))",
        "for k, v in {'wandb.mode': 'disabled'}.items(): OmegaConf.update(cfg, k, v)",
        "for k, v in TRIAL.items(): OmegaConf.update(cfg, k, v)",
        "w = cfg.wandb; w.mode = 'disabled'",
        "quiet(cfg)",
        "wandb_off(cfg.wandb)",
        "command.append('wandb.mode=disabled')",
        "command += ['+wandb.mode=disabled']",
        "set_nested(cfg, 'wandb.mode', 'disabled')",
        "with open_dict(cfg): cfg.wandb.mode = OFF",
    ],
)
def test_ways_to_write_a_key(line: str) -> None:
    text = (
        "OFF = 'disabled'\n"
        f"{HELPERS.get(line, '')}def main(cfg, command):\n    if cfg.mode == 'trial':\n"
        f"        {line}\n    else:\n        pass\n"
    )
    found, _ = code(text)
    written = [each for each in found.under("trial", "wandb", "mode") if each.gives("trial", "disabled")]
    assert {each.modes for each in written} == {frozenset({"trial"})}


def test_environment_table_yaml_and_search() -> None:
    found, _ = code(
        "import os\nTABLE = {'trial': {'optuna': {'n_trials': 0}}, 'full': {'optuna.n_trials': 9}}\n"
        "def objective(trial, cfg):\n    cfg.wandb.mode = 'disabled'\n"
        "def main(cfg):\n    if cfg.mode == 'trial':\n        os.environ['WANDB_MODE'] = 'disabled'\n"
        "    study.optimize(lambda t: objective(t, cfg), n_trials=3)\n",
        **{"config__mode__full.yaml": "wandb:\n  mode: online\n"},
    )
    assert [w.line for w in found.under("trial", "os.environ", "WANDB_MODE")] == [7]
    assert [(w.line, w.gives("trial", 0)) for w in found.under("trial", "n_trials") if w.kind == "table"] == [(2, True)]
    assert [(w.path, w.gives("full", "online")) for w in found.only("full") if w.ends("wandb", "mode")] == [
        ("config/mode/full.yaml", True)
    ]
    assert [w.line for w in found.writes if w.search and w.ends("wandb", "mode")] == [4]


def test_hostile_sizes() -> None:
    chain = "cfg" + ".a" * 400
    total = " + ".join(["1"] * 900)
    branches = "".join(f"    elif cfg.mode == 'm{n}':\n        x = {n}\n" for n in range(90))
    text = f"def main(cfg):\n    if {chain}:\n        a()\n    y = {total}\n    if y:\n        b()\n"
    assert modes_of(text + f"    if cfg.mode == 'trial':\n        c()\n{branches}") == {"a": "tf", "b": "tf", "c": "t"}
