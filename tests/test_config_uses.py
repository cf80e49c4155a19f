"""Which configuration keys the code reads and writes, in every spelling."""

import ast

import pytest

from checks.context import Context
from checks.facts.config_uses import ConfigUses, Way, config_uses
from checks.facts.nodes import nodes
from checks.profiles import PROFILES
from checks.tree import SourceTree

HEAD = """\
import hydra
from omegaconf import OmegaConf
from hydra import compose, initialize
"""


def uses(code: str, **others: str) -> ConfigUses:
    files = {"src/train.py": HEAD + code, **{f"src/{name}.py": text for name, text in others.items()}}
    tree = SourceTree({path: text.encode() for path, text in files.items()})
    return Context(tree, PROFILES["experiment"]).fact(config_uses)


def app(body: str) -> str:
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    return f"@hydra.main(config_path='../config', config_name='config')\ndef main(cfg):\n{lines}"


def read(found: ConfigUses) -> set[str]:
    return {".".join(use.key) for use in found.reads}


def wrote(found: ConfigUses) -> dict[str, str]:
    return {".".join(use.key): ast.unparse(use.value) if use.value else "" for use in found.writes if not use.whole}


@pytest.mark.parametrize(
    "body",
    [
        "f(cfg.a.b)",
        "f(cfg['a']['b'])",
        "f(cfg['a'].b)",
        "f(cfg.get('a', {}).get('b'))",
        "f(getattr(cfg.a, 'b', 3))",
        "f(OmegaConf.select(cfg, 'a.b'))",
        "f(OmegaConf.select(cfg, key='a.b', default=1))",
        "c = OmegaConf.to_container(cfg, resolve=True)\nf(c['a']['b'])",
        "a = cfg.a\nf(a.b)",
        "if (a := cfg.a):\n    f(a.b)",
        "a, x = cfg.a, 3\nf(a.b)",
        "for name in ('b', 'c'):\n    f(cfg.a[name])",
        "KEYS = ['b']\nprint([cfg.a[k] for k in KEYS])",
        "c = OmegaConf.merge(cfg, {'x': 1})\nf(c.a.b)",
        "import copy\nc = copy.deepcopy(cfg)\nf(c.a.b)",
        "def inner():\n    return f(cfg.a.b)\ninner()",
        "g = lambda c: c\nf((cfg.a if cfg.a else None).b)",
        "key = 'a'\nf(cfg[key].b)",
        "f(cfg.a['%s' if 0 else 'b'] if 0 else cfg.a.b)",
    ],
)
def test_a_key_is_read(body: str) -> None:
    assert "a.b" in read(uses(app(body)))


@pytest.mark.parametrize(
    ("body", "helper"),
    [
        ("run(cfg)", "def run(config):\n    f(config.a.b)\n"),
        ("run(cfg.a)", "def run(section, x=1):\n    f(section['b'])\n"),
        ("run(part=cfg.a)", "def run(*, part):\n    f(part.b)\n"),
        ("run(cfg)", "def run(c):\n    return step(c.a)\n\ndef step(s):\n    return f(s.b)\n"),
        (
            "c = load(cfg)\nf(c.a.b)",
            "def load(c):\n    return OmegaConf.merge(c, {})\nfrom omegaconf import OmegaConf\n",
        ),
        ("c, d = pair(cfg)\nf(d.b)", "def pair(c):\n    return c, c.a\n"),
        (
            "Trainer(cfg).go()",
            (
                "class Trainer:\n    def __init__(self, c):\n        self.c = c\n"
                "    def go(self):\n        f(self.c.a.b)\n"
            ),
        ),
        (
            "Sub(cfg)",
            (
                "class Base:\n    def __init__(self, c):\n        self.c = c.a\n\n"
                "class Sub(Base):\n    def go(self):\n        f(self.c.b)\n"
            ),
        ),
        ("import functools\ng = functools.partial(run, 1, cfg)\ng()", "def run(trial, c):\n    f(c.a.b)\n"),
        ("study.optimize(lambda t: run(t, cfg))", "def run(trial, c):\n    f(c.a.b)\n"),
        ("t = Thread(target=run, args=(1, cfg))", "def run(n, c):\n    f(c.a.b)\n"),
        ("run(cfg, 'b')", "def run(c, name):\n    f(c.a[name])\n"),
    ],
)
def test_a_key_is_read_in_a_helper_of_another_file(body: str, helper: str) -> None:
    names = "run, load, pair, Trainer, Sub"
    assert "a.b" in read(uses(f"from src.helper import {names}\n{app(body)}", helper=helper))


@pytest.mark.parametrize(
    "code",
    [
        (
            "from pathlib import Path\nROOT = Path(__file__).parent.parent\n"
            "c = OmegaConf.load(ROOT / 'config' / 'config.yaml')\nf(c.a.b)\n"
        ),
        "import yaml\nwith open('config/config.yaml') as h:\n    c = yaml.safe_load(h)\nf(c['a']['b'])\n",
        (
            "import yaml\nCONFIG = 'config/config.yaml'\nc = yaml.safe_load(open(CONFIG).read())\n"
            "f(c.get('a', {}).get('b'))\n"
        ),
        "c = OmegaConf.load(f'config/runs/{run}.yaml')\nf(c.a.b)\n",
        "import os\nc = OmegaConf.load(os.path.join(ROOT, 'config', 'runs', f'{run}.yaml'))\nf(c.a.b)\n",
        "with initialize(config_path='../config'):\n    c = compose('config')\nf(c.a.b)\n",
        "def main(c):\n    f(c.a.b)\n\nhydra.main(config_path='../config', config_name='config')(main)()\n",
    ],
)
def test_configuration_comes_in(code: str) -> None:
    assert "a.b" in read(uses(code))


@pytest.mark.parametrize(
    "body",
    [
        "f(cfg.a.b.split('/'))",
        "name = str(cfg.a.b)\nname.strip().b",
        "cfg = make()\nf(cfg.a.c)\nf(cfg.x)",
        "a = cfg.a.b\na = Model(a)\na.config.hidden",
        "for cfg in things:\n    f(cfg.z)",
        "with open_file() as cfg:\n    cfg.z",
    ],
)
def test_what_is_no_key_is_not_read(body: str) -> None:
    assert read(uses(app(body))) <= {"a", "a.b"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("cfg.a.b = 1", {"a.b": "1"}),
        ("cfg['a']['b'] = 1", {"a.b": "1"}),
        ("setattr(cfg.a, 'b', 1)", {"a.b": "1"}),
        ("OmegaConf.update(cfg, 'a.b', 1)", {"a.b": "1"}),
        ("OmegaConf.update(cfg, key='a.b', value=1, merge=False)", {"a.b": "1"}),
        ("for k, v in {'a.b': 1, 'c': 2}.items():\n    OmegaConf.update(cfg, k, v)", {"a.b": "1", "c": "2"}),
        ("for k, v in (('b', 1), ('c', 2)):\n    cfg.a[k] = v", {"a.b": "1", "a.c": "2"}),
        ("cfg.a.update({'b': 1})", {"a.b": "1"}),
        ("cfg.a.update(b=1)", {"a.b": "1"}),
        ("cfg = OmegaConf.merge(cfg, {'a': {'b': 1}})", {"a": "{'b': 1}", "a.b": "1"}),
        ("over = {'a': {'b': 1}}\ncfg = OmegaConf.merge(cfg, OmegaConf.create(over))", {"a": "{'b': 1}", "a.b": "1"}),
        ("cfg.a, cfg.b = 1, 2", {"a": "1", "b": "2"}),
        ("a = cfg.a\na.b = 1", {"a.b": "1"}),
        ("cfg.setdefault('b', 1)", {"b": "1"}),
        ("put(cfg, 'a.b', 1)\nput(cfg, 'c', 2)", {"a.b": "1", "c": "2"}),
    ],
)
def test_a_key_is_written(body: str, expected: dict[str, str]) -> None:
    put = "def put(c, key, value):\n    OmegaConf.update(c, key, value)\n\n"
    assert wrote(uses(put + app(body))) == expected


def test_a_write_of_unknown_keys_says_so() -> None:
    found = uses(app("for k, v in study.best_params.items():\n    OmegaConf.update(cfg, k, v)"))
    assert [(use.key, use.whole) for use in found.writes] == [((), True)]


def test_what_is_handed_to_unknown_code_is_used_whole() -> None:
    found = uses(app("instantiate(cfg.model)\nbuild(**cfg.data)\nprint(cfg.shown)\nf(cfg.training.lr)"))
    whole = {".".join(use.key) for use in found.reads if use.whole}
    assert whole == {"model", "data", "training.lr"}
    assert {".".join(use.key) for use in found.reads if use.kind is Way.SHOWN} == {"shown"}


def test_a_key_laid_over_the_root_keeps_its_own_place() -> None:
    found = uses(app("cfg = OmegaConf.merge(cfg, cfg.run)\nf(cfg.training.lr)"))
    places = {held.place for use in found.reads if use.key == ("training", "lr") for held in use.held}
    assert places == {("training", "lr"), ("run", "training", "lr")}


def test_a_question_is_no_read_that_can_fail() -> None:
    found = uses(app("if 'b' in cfg.a and hasattr(cfg, 'c'):\n    f(cfg.get('d'))"))
    assert all(use.has_default for use in found.reads if use.key != ("a",))


def test_deep_and_wide_code_is_bounded() -> None:
    chain = "cfg" + ".a" * 900
    calls = "\n".join(f"def f{i}(c):\n    f{i + 1}(c)\n    f{(i * 7) % 300}(c)\n" for i in range(300))
    found = uses(calls + app(f"f0(cfg)\ng({chain})\n" + "\n".join(f"cfg = m(cfg.k{i})" for i in range(300))))
    assert len(found.reads) < 20_000


def test_the_key_of_an_expression_and_of_a_target() -> None:
    code = HEAD + app("cfg.wandb.mode = 'disabled'\nw = cfg['wandb']\nf(w.entity, other)\ncfg['a'].b = 1")
    context = Context(SourceTree({"src/train.py": code.encode()}), PROFILES["experiment"])
    found = context.fact(config_uses)
    keys = {ast.unparse(node): found.key_of("src/train.py", node) for node in context.fact(nodes)["src/train.py"]}
    assert keys["cfg.wandb.mode"] == ("wandb", "mode")
    assert keys["w.entity"] == ("wandb", "entity")
    assert keys["cfg['a'].b"] == ("a", "b")
    assert keys["cfg"] == ()
    assert keys["other"] is None
