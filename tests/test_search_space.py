"""Ways in which code applies, or fails to apply, the search space of a run configuration."""

import re

import pytest

from checks.context import Context
from checks.facts.unused_keys import Unused, Why, unused_keys
from checks.profiles import PROFILES
from checks.tree import SourceTree

RUN = "config/runs/a.yaml"
YAML = """\
run_id: a
training: {batch: 8, adapter_lr: 1}
adapter: {rank: 4}
optuna:
  n_trials: 9
  search_space:
    batch: {type: int, low: 1, high: 2}
    adapter_rank: {type: int, low: 1, high: 2}
"""

UNUSED = {
    "written at the root": """
def objective(trial):
    for name, spec in cfg.optuna.search_space.items():
        cfg[name] = trial.suggest_int(name, spec.low, spec.high)
    return train(cfg.training)
""",
    "setattr, copied configuration, sorted keys": """
import copy
def objective(trial, base):
    cfg = copy.deepcopy(base)
    space = dict(cfg["optuna"]["search_space"])
    for k in sorted(space.keys()):
        setattr(cfg, k, trial.suggest_int(k, space[k]["low"], space[k]["high"]))
    return cfg.training
""",
    "through a sampling helper and a writing helper": """
from omegaconf import OmegaConf
def sample(trial, space):
    return {key: trial.suggest_int(key, d.low, d.high) for key, d in (space or {}).items()}
def put(config, where, value):
    OmegaConf.update(config, where, value)
def objective(trial, cfg):
    for key, value in sample(trial, cfg.optuna.search_space).items():
        put(cfg, key, value)
""",
    "best parameters written under a section that lacks them": """
from omegaconf import OmegaConf
def run(study, cfg):
    space = OmegaConf.to_container(cfg.optuna.search_space)
    for k, v in study.best_params.items():
        print(f"best {k}={v}")
        OmegaConf.update(cfg, "model." + k, v)
""",
    "never named": "def objective(trial, cfg):\n    cfg.training.batch = trial.suggest_int('b', 1, 2)\n",
    "no search at all": "def main(cfg):\n    print(cfg.training)\n",
}

APPLIED = {
    "underscores are dots": """
from omegaconf import OmegaConf
def objective(trial, cfg):
    for k, spec in cfg.optuna.search_space.items():
        place = 1
        OmegaConf.update(cfg, k.replace("_", "."), trial.suggest_int(k, spec.low, spec.high))
    return cfg.batch
""",
    "first section that has the key": """
def objective(trial, cfg):
    for k, spec in cfg.optuna.search_space.items():
        value = trial.suggest_int(k, spec.low, spec.high)
        if k in cfg.training:
            cfg.training[k] = value
        else:
            cfg.adapter[k.replace("adapter_", "")] = value
""",
    "a table of places": """
PLACES = {"batch": "training.batch", "adapter_rank": "adapter.rank"}
from omegaconf import OmegaConf
def objective(trial, cfg):
    for k, spec in cfg.optuna.search_space.items():
        OmegaConf.update(cfg, PLACES[k], trial.suggest_int(k, spec.low, spec.high))
""",
    "walked down by parts": """
def put(cfg, key, value):
    *path, last = key.split("__")
    for part in path:
        cfg = cfg[part]
    cfg[last] = value
def objective(trial, cfg):
    for k, spec in cfg.optuna.search_space.items():
        put(cfg, k, trial.suggest_int(k, spec.low, spec.high))
""",
    "given as keyword arguments": """
def objective(trial, cfg):
    space = cfg.optuna.search_space
    params = {k: trial.suggest_int(k, space[k].low, space[k].high) for k in space}
    return train(cfg, **params)
""",
    "root keys spread into the sections later": """
def spread(cfg):
    for k, v in cfg.items():
        if k in cfg.training:
            cfg.training[k] = v
def objective(trial, cfg):
    for k, spec in cfg.optuna.search_space.items():
        cfg[k] = trial.suggest_int(k, spec.low, spec.high)
    spread(cfg)
""",
    "read from the root by hand": """
def objective(trial, cfg):
    for k, spec in cfg.optuna.search_space.items():
        cfg[k] = trial.suggest_int(k, spec.low, spec.high)
    return cfg.get("batch"), cfg.adapter_rank
""",
    "sampled elsewhere": "import lib\ndef objective(trial, cfg):\n    lib.sample(trial, cfg.optuna.search_space)\n",
    "enumerated": """
def objective(trial, cfg):
    for i, (k, spec) in enumerate(cfg.optuna.search_space.items()):
        cfg.training[NAMES[i]] = trial.suggest_int(k, spec.low, spec.high)
""",
    "the whole section given away": "import lib\ndef main(cfg):\n    lib.search(cfg.optuna)\n",
    "a walk that knows only low, high and choices": """
def walk(trial, node, name):
    if "choices" in node:
        return trial.suggest_categorical(name, node["choices"])
""",
}


def unused(code: str, run: str = YAML, **others: str) -> tuple[Unused, ...]:
    """What is found where something calls every function of the code."""
    calls = "".join(f"start({name})\n" for name in re.findall(r"^def (\w+)", code, re.MULTILINE))
    return uncalled(code + calls, run, **others)


def uncalled(code: str, run: str = YAML, **others: str) -> tuple[Unused, ...]:
    files = {RUN: run, "src/train.py": code, **{f"config/{name}.yaml": text for name, text in others.items()}}
    return unused_keys(Context(SourceTree.of(files), PROFILES["experiment"]))


@pytest.mark.parametrize("code", UNUSED.values(), ids=UNUSED)
def test_names_the_keys_without_effect(code: str) -> None:
    assert [found.keys for found in unused(code)] == [("batch", "adapter_rank")]


@pytest.mark.parametrize("code", APPLIED.values(), ids=APPLIED)
def test_stays_silent_where_a_key_may_have_an_effect(code: str) -> None:
    assert unused(code) == ()


def test_names_only_the_keys_that_lead_nowhere() -> None:
    (found,) = unused(UNUSED["written at the root"], f"batch: 3\n{YAML}")
    assert found.keys == ("adapter_rank",)


def test_an_interpolation_reads_the_root() -> None:
    reads = "model: {rank: '${adapter_rank}', b: \"${oc.select:batch,3}\"}\n"
    assert unused(UNUSED["written at the root"], YAML + reads) == ()


def test_a_sweeper_of_hydra_may_run_the_search() -> None:
    assert unused(UNUSED["no search at all"], config="defaults: [override hydra/sweeper: optuna]\n") == ()


@pytest.mark.parametrize("run", ["optuna: 3\n", "optuna: {search_space: []}\n", "- 1\n", "optuna: [\n", ""])
def test_other_shapes_are_no_crash(run: str) -> None:
    assert unused(UNUSED["no search at all"], run) == ()


def test_a_section_under_a_name_of_its_own_is_not_taken_for_a_plain_dictionary() -> None:
    code = """
def objective(trial, cfg):
    section = cfg.training
    for k, spec in cfg.optuna.search_space.items():
        section[k] = trial.suggest_int(k, spec.low, spec.high)
"""
    assert unused(code) == ()


def test_a_dictionary_that_only_reads_named_keys_back_is_followed() -> None:
    code = """
def objective(trial, cfg):
    picked = {}
    for k, spec in cfg.optuna.search_space.items():
        picked[k] = trial.suggest_int(k, spec.low, spec.high)
    cfg.training.size = picked["batch"]
"""
    (found,) = unused(code)
    assert found.keys == ("adapter_rank",)


HELPER = """
def suggest(trial, cfg):
    return lib.sample(trial, cfg.optuna.search_space)
"""

FIXED = """
def objective(trial):
    cfg.training.batch = trial.suggest_int("b", 1, 2)
study.optimize(objective)
"""


def test_a_helper_that_nothing_calls_reads_nothing() -> None:
    (found,) = uncalled(HELPER + FIXED)
    assert (found.keys, found.why) == (("batch", "adapter_rank"), Why.NEVER_READ)


def test_a_helper_of_an_uncalled_helper_reads_nothing() -> None:
    code = f"{HELPER}def apply(trial, cfg):\n    cfg.merge_with(suggest(trial, cfg))\n{FIXED}"
    assert [found.why for found in uncalled(code)] == [Why.NEVER_READ]


@pytest.mark.parametrize(
    "use",
    [
        "from src.train import suggest as pick\npick(trial, cfg)\n",
        "import src.train\nsrc.train.suggest(trial, cfg)\n",
        "getattr(train, 'suggest')(trial, cfg)\n",
        "getattr(train, f'sugg_{kind}')(trial, cfg)\n",
        "eval(cfg.optuna.sampler)(trial, cfg)\n",
        "HOOKS = {'sample': 'src.train:suggest'}\n",
    ],
)
def test_a_helper_that_another_file_mentions_may_be_called(use: str) -> None:
    files = {RUN: YAML, "src/train.py": HELPER.replace("suggest(", "sugg_it(") if "sugg_" in use else HELPER + FIXED}
    files["src/main.py"] = f"{use}{FIXED}"
    assert unused_keys(Context(SourceTree.of(files), PROFILES["experiment"])) == ()


def test_a_helper_that_the_configuration_names_may_be_called() -> None:
    assert uncalled(HELPER + FIXED, config="sampler: {_target_: src.train.suggest}\n") == ()


def test_a_parent_that_nothing_names_is_read_by_nothing() -> None:
    code = """
from omegaconf import OmegaConf
def objective(trial, cfg):
    for k, spec in cfg.optuna.search_space.items():
        OmegaConf.update(cfg, "training." + k.replace("_", "."), trial.suggest_int(k, spec.low, spec.high))
    for group in optimizer.param_groups:
        group["rank"] = cfg.training["batch"]
"""
    (found,) = unused(code)
    assert found.keys == ("adapter_rank",)
    assert unused(code + "    return cfg.training['adapter']\n") == ()
    assert unused(code + "    return OmegaConf.select(cfg, 'training.adapter.rank')\n") == ()


BY_NAME = """
def objective(trial):
    space = cfg.optuna.search_space
    for name in ("batch", "depth"):
        if name in space:
            cfg.training[name] = trial.suggest_int(name, space[name].low, space[name].high)
    return train(cfg)
for name, value in study.best_params.items():
    cfg.training[name] = value
"""


@pytest.mark.parametrize(
    "code",
    [
        BY_NAME,
        BY_NAME.replace('("batch", "depth")', "NAMES") + "NAMES = ['batch', 'depth']\n",
        BY_NAME.replace('name in ("batch", "depth")', 'i, name in enumerate(("batch", "depth"))'),
        BY_NAME.replace("space[name].low", "space.get(name).low"),
    ],
)
def test_keys_that_are_sampled_by_name_leave_out_the_others(code: str) -> None:
    (found,) = unused(code)
    assert (found.keys, found.why) == (("adapter_rank",), Why.NEVER_SAMPLED)


@pytest.mark.parametrize(
    "code",
    [
        BY_NAME.replace('("batch", "depth")', "cfg.names"),
        BY_NAME.replace('("batch", "depth")', '("batch", *more)'),
        BY_NAME.replace('("batch", "depth")', "names()"),
        BY_NAME.replace("space[name].low", "space.get(other).low"),
        BY_NAME.replace('"depth"', '"adapter_rank"'),
        BY_NAME + "lib.use(adapter_rank=space)\n",
    ],
)
def test_names_that_come_from_elsewhere_may_be_any(code: str) -> None:
    assert unused(code) == ()


BY_ARGUMENT = """
def pick(trial, space, name):
    return trial.suggest_int(name, space[name]["low"], space[name]["high"])
def objective(trial):
    cfg.training.batch = pick(trial, cfg.optuna.search_space, "batch")
study.optimize(objective)
"""


def test_a_name_that_every_call_writes_out_is_one() -> None:
    (found,) = uncalled(BY_ARGUMENT)
    assert (found.keys, found.why) == (("adapter_rank",), Why.NEVER_SAMPLED)
    assert uncalled(BY_ARGUMENT.replace('"batch")', "cfg.first)")) == ()
    assert uncalled(f"{BY_ARGUMENT}register(pick)\n") == ()
