"""Which missing keys are reported, for which runs, and how sure it is that the place is reached."""

import pytest

from checks.context import Context
from checks.facts.missing_keys import MissingKey, missing_keys
from checks.profiles import PROFILES
from checks.tree import SourceTree

CONFIG = """\
run: ???
mode: ???
results_dir: ???
wandb: {mode: online}
optuna: null
training: {epochs: 3}
"""
A = "run_id: a\nmethod: proposed-gate\nmodel: {gate: 1}\n"
B = "run_id: b\nmethod: baseline\nmodel: {width: 2}\n"
HEAD = """\
import sys

import hydra
from omegaconf import DictConfig, OmegaConf


@hydra.main(config_path="../config", config_name="config", version_base=None)
def main(cfg):
    OmegaConf.set_struct(cfg, False)
    cfg = OmegaConf.merge(cfg, OmegaConf.load(f"config/runs/{cfg.run}.yaml"))
"""


def missing(body: str, helper: str = "", config: str = CONFIG) -> dict[str, MissingKey]:
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    code = f"{HEAD}{lines}\n\n{helper}\nmain()\n"
    files = {"src/main.py": code, "config/config.yaml": config, "config/runs/a.yaml": A, "config/runs/b.yaml": B}
    tree = SourceTree({path: text.encode() for path, text in files.items()})
    return {".".join(each.key): each for each in Context(tree, PROFILES["experiment"]).fact(missing_keys)}


def runs(found: MissingKey) -> set[str | None]:
    return {case.run for case in found.runs_in}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("f(cfg.model.gate)", {"b"}),
        ("if cfg.method == 'baseline':\n    f(cfg.model.gate)", {"b"}),
        ("if 'proposed' not in cfg.method:\n    f(cfg.model.gate)", {"b"}),
        ("if cfg.method.startswith('base'):\n    f(cfg.model.gate)", {"b"}),
        ("kind = str(cfg.method).lower()\nif kind in ('baseline', 'other'):\n    f(cfg.model.gate)", {"b"}),
        ("if cfg.method != 'baseline':\n    return\nf(cfg.model.gate)", {"b"}),
        ("x = cfg.model.gate if cfg.method == 'baseline' else 0", {"b"}),
        ("cfg.method == 'baseline' and f(cfg.model.gate)", {"b"}),
        ("build(cfg.model, cfg.method)", {"b"}),
        ("if cfg.mode not in ('trial', 'full'):\n    sys.exit(1)\nf(cfg.model.gate)", {"b"}),
        ("if cfg.method == 'proposed-gate':\n    f(cfg.model.width)", {"a"}),
        ("match cfg.method:\n    case 'baseline':\n        f(cfg.model.gate)\n    case _:\n        pass", {"b"}),
        ("match cfg.method:\n    case 'baseline' | 'x':\n        pass\n    case _:\n        f(cfg.model.width)", {"a"}),
        ("match cfg.method:\n    case 'proposed-gate':\n        return\nf(cfg.model.gate)", {"b"}),
        ("for i in range(3):\n    f(cfg.model.gate)", {"b"}),
    ],
)
def test_the_runs_that_fail_are_named(body: str, expected: set[str]) -> None:
    (found,) = missing(
        body, "def build(model, method):\n    if method == 'baseline':\n        f(model.gate)\n"
    ).values()
    assert runs(found) == expected
    assert found.sure


@pytest.mark.parametrize(
    "body",
    [
        "if cfg.method == 'proposed-gate':\n    f(cfg.model.gate)",
        "if 'gate' in cfg.method:\n    f(cfg.model.gate)",
        "if cfg.method == 'baseline':\n    return\nf(cfg.model.gate)",
        "if cfg.method == 'baseline':\n    n = 1\nelse:\n    f(cfg.model.gate)",
        "if cfg.method == 'never':\n    f(cfg.model.nothing)",
        "if unknown():\n    f(cfg.model.gate)",
        "f(cfg.model.get('gate'))",
        "if cfg.model.get('gate'):\n    f(cfg.model.gate)",
        "if hasattr(cfg.model, 'gate'):\n    f(cfg.model.gate)",
        "try:\n    f(cfg.nothing)\nexcept (KeyError, AttributeError):\n    pass",
        "n = cfg.run.run_id if isinstance(cfg.run, DictConfig) else cfg.run",
        "if cfg.optuna and cfg.optuna.n_trials:\n    search()",
        "if cfg.optuna is not None:\n    search(cfg.optuna.n_trials)",
        "f(cfg.run_id, cfg.mode, cfg.results_dir)",
        "cfg.model.gate = 3\nf(cfg.model.gate)",
        "OmegaConf.update(cfg, 'extra.depth', 3)\nf(cfg.extra.depth)",
        "cfg = OmegaConf.merge(cfg, {'extra': {'depth': 3}})\nf(cfg.extra.depth)",
        "cfg.extra = read()\nf(cfg.extra.depth)",
        "cfg = wrap(cfg)\nf(cfg.depth)",
        "def unused(c):\n    return c.nothing",
        "show(cfg.training)\nshow(cfg.model)",
    ],
)
def test_what_does_not_fail_is_left_alone(body: str) -> None:
    assert missing(body, "def show(part):\n    print(part.epochs if kind(part) else part)\n") == {}


def test_each_key_of_a_written_loop_is_looked_for() -> None:
    assert set(missing("part = cfg.training\nfor key in ('epochs', 'lr'):\n    f(part[key])")) == {"training.lr"}


def test_a_place_that_may_not_be_reached_is_not_sure() -> None:
    found = missing("if unknown():\n    f(cfg.model.nothing)")["model.nothing"]
    assert found.everywhere
    assert not found.runs_in


@pytest.mark.parametrize(
    "body",
    [
        "if '--main' in sys.argv:\n    n = 1\nelse:\n    sys.exit(1)\nf(cfg.model.nothing)",
        "if '--main' not in sys.argv:\n    raise SystemExit(2)\nf(cfg.model.nothing)",
    ],
)
def test_what_follows_a_flag_that_the_documented_command_lacks_is_not_sure(body: str) -> None:
    found = missing(body)["model.nothing"]
    assert not found.sure
    assert not found.runs_in


def child(arguments: str, read: str) -> set[str]:
    """Keys that a child misses which ``src/main.py`` starts with these arguments; their values are not written."""
    main = (
        "import subprocess\nimport sys\n\nimport hydra\n\n\n"
        '@hydra.main(config_path="../config", config_name="config", version_base=None)\n'
        f"def main(cfg):\n    n = measure()\n    words = [{arguments}]\n"
        "    subprocess.run([sys.executable, '-m', 'src.train', *words], check=True)\n\n\nmain()\n"
    )
    train = main.partition("def main")[0] + f"def main(cfg):\n    print({read})\n\n\nmain()\n"
    files = {"src/main.py": main, "src/train.py": train, "config/config.yaml": CONFIG, "config/runs/a.yaml": A}
    tree = SourceTree({path: text.encode() for path, text in files.items()})
    found = Context(tree, PROFILES["experiment"]).fact(missing_keys)
    return {".".join(each.key) for each in found if each.use.path == "src/train.py"}


def test_keys_that_a_child_is_given_are_there() -> None:
    assert child("f'mode.quick={n}'", "cfg.mode.quick") == set()
    assert child("f'+limit={n}'", "cfg.limit") == set()
    assert child("f'+training.limit={n}'", "cfg.training.limit") == set()
    assert child("f'training.epochs={n}'", "cfg.training.limit, cfg.mode.quick") == {"training.limit", "mode.quick"}


def test_a_branch_that_the_code_itself_opens_counts_as_reached() -> None:
    body = "cfg.wandb.mode = 'disabled' if cfg.mode == 'trial' else 'online'\nlog(cfg)"
    helper = "def log(cfg):\n    if cfg.wandb.mode == 'disabled':\n        return None\n    return f(cfg.run.run_id)\n"
    found = missing(body, helper)["run.run_id"]
    assert runs(found) == {"a", "b"}
    assert not found.sure
    assert found.above == "a"


def test_files_are_looked_at_where_hydra_does_not_compose() -> None:
    broken = f"defaults:\n  - _self_\n  - group: ${{run}}\n{CONFIG}"
    assert set(missing("f(cfg.training.epochs, cfg.model.depth)", config=broken)) == {"model.depth"}


def test_a_long_chain_of_conditions_is_bounded() -> None:
    chain = "\n".join(f"elif cfg.method == 'm{i}':\n    n = {i}" for i in range(400))
    assert set(missing(f"if cfg.method == 'x':\n    n = 0\n{chain}\nf(cfg.nothing)")) == {"nothing"}


def test_names_the_read_and_not_the_call_of_the_function_that_reads() -> None:
    helper = "def gate(cfg):\n    if cfg.mode == 'trial':\n        return 1\n    return cfg.model.gate\n"
    found = missing("print(gate(cfg))", helper)["model.gate"]
    assert (found.use.line, runs(found), {case.mode for case in found.runs_in}) == (17, {"b"}, {"full"})
