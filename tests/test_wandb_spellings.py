"""Spellings of what the WandB rules look for in the training, and innocent code beside them."""

import pytest

from checks.context import Context
from checks.profiles import PROFILES
from checks.registry import rule
from checks.tree import SourceTree

TRAIN = "src/train.py"
HELPERS = {
    "src/preprocess.py": "from omegaconf import OmegaConf\nENTITY = 'a'\nPROJECT = 'b'\n\n\n"
    "def load_config():\n    return OmegaConf.load('config/config.yaml')\n"
}
MAIN = """import hydra, wandb, os
from omegaconf import OmegaConf, DictConfig
@hydra.main(config_path="../config", config_name="config")
def main(cfg: DictConfig):
"""
RUN = "import wandb\nrun = wandb.init()\n"
SEARCH = "import optuna, wandb\n"

FAULTY = (
    (
        "wandb/entity-or-project-not-configured",
        MAIN + '    wandb.init(project="my-project", config=dict(cfg))\nmain()\n',
    ),
    (
        "wandb/entity-or-project-not-configured",
        MAIN + '    wandb.init(project=cfg.wandb.project, entity="airas")\nmain()\n',
    ),
    ("wandb/entity-or-project-not-configured", MAIN + "    wandb.init(project=cfg.wandb.project)\nmain()\n"),
    ("wandb/entity-or-project-not-configured", MAIN + "    wandb.init()\nmain()\n"),
    ("wandb/entity-or-project-not-configured", MAIN + "    wandb.init(name=cfg.run_id, mode=cfg.wandb.mode)\nmain()\n"),
    (
        "wandb/entity-or-project-not-configured",
        MAIN + ('    project = "p"\n    entity = "e"\n    run = wandb.init(entity=entity, project=project)\nmain()\n'),
    ),
    (
        "wandb/entity-or-project-not-configured",
        MAIN
        + (
            '    d = {"entity": "e", "project": "p"}\n'
            '    run = wandb.init(entity=d["entity"], project=d["project"])\nmain()\n'
        ),
    ),
    (
        "wandb/entity-or-project-not-configured",
        (
            'import wandb\nclass T:\n    ENTITY = "me"\n    PROJECT = "p"\n    def go(self):\n'
            "        wandb.init(entity=self.ENTITY, project=self.PROJECT)\nT().go()\n"
        ),
    ),
    (
        "wandb/entity-or-project-not-configured",
        ("import wandb\nfrom src.preprocess import ENTITY, PROJECT\nwandb.init(entity=ENTITY, project=PROJECT)\n"),
    ),
    ("wandb/nothing-logged", RUN + 'print("x")\n'),
    ("wandb/nothing-logged", RUN + "import numpy as np\nnp.log(3)\nx.log()\n"),
    ("wandb/nothing-logged", RUN + 'import logging\nlogger = logging.getLogger()\nlogger.log(10, "x")\n'),
    ("wandb/nothing-logged", RUN + 'wandb.watch(model)\nwandb.save("x")\nwandb.summary["a"] = 1\n'),
    ("wandb/no-summary", RUN + 'run.log({"best": 1})\nsummary = {"a": 1}\nprint(summary)\n'),
    ("wandb/no-summary", RUN + "from torchsummary import summary\nsummary(model)\n"),
    (
        "wandb/trials-logged",
        SEARCH
        + (
            'def objective(trial):\n    with wandb.init(project="p", reinit=True) as run:\n'
            '        run.log({"a": 1})\n    return 1\nstudy = optuna.create_study()\n'
            "study.optimize(objective)\n"
        ),
    ),
    (
        "wandb/trials-logged",
        SEARCH
        + (
            "def train(cfg):\n    run = wandb.init(mode=cfg.wandb.mode)\n    for e in range(2):\n"
            '        run.log({"a": 1})\ndef objective(trial, cfg):\n    return train(cfg)\n'
            "from functools import partial\n"
            "optuna.create_study().optimize(partial(objective, cfg=1))\n"
        ),
    ),
    (
        "wandb/trials-logged",
        SEARCH
        + (
            "class Tr:\n    def __init__(self, cfg): self.run = wandb.init()\n    def fit(self):\n"
            '        self.run.log({"x": 1})\n        return 1\ndef objective(trial):\n'
            "    return Tr(trial).fit()\noptuna.create_study().optimize(objective)\n"
        ),
    ),
    (
        "wandb/trials-logged",
        SEARCH
        + (
            "def objective(trial):\n    v = train()\n"
            '    wandb.log({"trial": trial.number, "value": v})\n    return v\n'
            "def train(): return 1\nwandb.init()\nstudy = optuna.create_study()\n"
            "study.optimize(objective, n_trials=3)\n"
        ),
    ),
    (
        "wandb/trials-logged",
        SEARCH
        + (
            "def train(cfg, step):\n    for i in range(9):\n        if i % 2 == 0:\n"
            '            wandb.log({"a": 1})\n    return 1\n'
            "optuna.create_study().optimize(lambda t: train(1, 2))\n"
        ),
    ),
    (
        "wandb/trials-logged",
        SEARCH
        + (
            "logger = wandb if x else None\ndef objective(t):\n    return 1\n"
            "study = optuna.create_study()\n"
            'study.optimize(objective, callbacks=[lambda s, t: wandb.log({"v": t.value})])\n'
        ),
    ),
    ("wandb/log-outside-run", RUN + 'wandb.finish()\nwandb.log({"a":1})\n'),
    ("wandb/log-outside-run", RUN + 'run.finish()\nwandb.summary["a"] = 1\n'),
)

INNOCENT = (
    (
        "wandb/trials-logged",
        SEARCH
        + (
            "def train(log):\n    log({'a': 1})\n    return 1\ndef objective(t):\n    return train(lambda _: None)\n"
            "optuna.create_study().optimize(objective)\nwandb.init()\ntrain(wandb.log)\n"
        ),
    ),
    (
        "wandb/trials-logged",
        SEARCH
        + (
            "class Silent:\n    def log(self, metrics):\n        pass\n"
            "def train(run):\n    run.log({'a': 1})\n    return 1\n"
            "optuna.create_study().optimize(lambda t: train(Silent()))\ntrain(wandb.init())\n"
        ),
    ),
    (
        "wandb/entity-or-project-not-configured",
        MAIN + "    wandb.init(entity=cfg.wandb.entity, project=cfg.wandb.project)\nmain()\n",
    ),
    (
        "wandb/entity-or-project-not-configured",
        MAIN + ("    w = cfg.wandb\n    wandb.init(entity=w.entity, project=w.project, mode=w.mode)\nmain()\n"),
    ),
    (
        "wandb/entity-or-project-not-configured",
        MAIN + ("    kw = dict(entity=cfg.wandb.entity, project=cfg.wandb.project)\n    wandb.init(**kw)\nmain()\n"),
    ),
    (
        "wandb/entity-or-project-not-configured",
        MAIN
        + (
            '    name = OmegaConf.select(cfg, "wandb.project")\n'
            '    wandb.init(entity=cfg.get("wandb", {}).get("entity"), project=name)\n'
            "main()\n"
        ),
    ),
    (
        "wandb/entity-or-project-not-configured",
        MAIN + ('    wandb.init(entity=getattr(cfg.wandb, "entity", None), project=cfg["wandb"]["project"])\nmain()\n'),
    ),
    (
        "wandb/entity-or-project-not-configured",
        MAIN
        + (
            '    wandb.init(entity=cfg.wandb.get("entity", None), project=cfg.wandb.get("project", "default"))\n'
            "main()\n"
        ),
    ),
    (
        "wandb/entity-or-project-not-configured",
        MAIN
        + (
            '    if cfg.mode == "trial":\n        wandb.init(mode="disabled")\n    else:\n'
            "        wandb.init(entity=cfg.wandb.entity, project=cfg.wandb.project)\nmain()\n"
        ),
    ),
    (
        "wandb/entity-or-project-not-configured",
        MAIN
        + ('    run = wandb.init(entity=cfg.wandb.entity or None, project=cfg.wandb.project or "default")\nmain()\n'),
    ),
    (
        "wandb/entity-or-project-not-configured",
        MAIN
        + (
            '    project = cfg.wandb.project if "project" in cfg.wandb else "fallback"\n'
            "    wandb.init(entity=cfg.wandb.entity, project=project)\nmain()\n"
        ),
    ),
    (
        "wandb/entity-or-project-not-configured",
        MAIN
        + (
            '    os.environ["WANDB_PROJECT"] = cfg.wandb.project\n'
            '    os.environ["WANDB_ENTITY"] = cfg.wandb.entity\n    wandb.init()\nmain()\n'
        ),
    ),
    (
        "wandb/entity-or-project-not-configured",
        MAIN
        + ("    wandb.init(settings=wandb.Settings(entity=cfg.wandb.entity, project=cfg.wandb.project))\nmain()\n"),
    ),
    (
        "wandb/entity-or-project-not-configured",
        MAIN
        + (
            "    start(cfg)\ndef start(c):\n"
            '    return wandb.init(project=f"{c.wandb.project}", entity=str(c.wandb.entity))\n'
            "main()\n"
        ),
    ),
    (
        "wandb/entity-or-project-not-configured",
        MAIN + ('    wandb.init(project=f"{cfg.wandb.project}-{cfg.run_id}", entity=cfg.wandb.entity)\nmain()\n'),
    ),
    ("wandb/nothing-logged", RUN + 'for e in range(3):\n    run.log({"a":1})\n'),
    ("wandb/nothing-logged", RUN + 'log_fn = run.log\nfor e in x: log_fn({"a": 1})\n'),
    (
        "wandb/nothing-logged",
        RUN + 'from functools import partial\nlog = partial(wandb.log, commit=True)\nlog({"a":1})\n',
    ),
    (
        "wandb/nothing-logged",
        RUN
        + (
            "class L:\n    def __init__(self, r): self.r = r\n    def log(self, d): self.r.log(d)\n"
            'l = L(run)\nfor i in range(3): l.log({"a": 1})\n'
        ),
    ),
    (
        "wandb/nothing-logged",
        RUN
        + ("import pytorch_lightning as pl\nlogger = pl.loggers.WandbLogger()\ntrainer = pl.Trainer(logger=logger)\n"),
    ),
    ("wandb/nothing-logged", RUN + 'log_table(wandb, {"a": 1})\ndef log_table(w, d):\n    w.log(d)\n'),
    ("wandb/nothing-logged", RUN + 'getattr(run, "log")({"a":1})\n'),
    ("wandb/nothing-logged", RUN + "fit(callbacks=[run.log])\n"),
    ("wandb/nothing-logged", RUN + "from helpers import track\ntrack(run)\n"),
    ("wandb/nothing-logged", RUN + "from src.model import Trainer\nTrainer(run).fit()\n"),
    ("wandb/no-summary", RUN + 'run.summary["a"] = 1\n'),
    ("wandb/no-summary", RUN + 'wandb.summary.update({"a":1})\n'),
    ("wandb/no-summary", RUN + "run.summary.update(a=1)\n"),
    ("wandb/no-summary", RUN + 'wandb.run.summary["best"] = 1\n'),
    ("wandb/no-summary", RUN + "s = wandb.run.summary\nfor k in x: s[k] = 1\n"),
    ("wandb/no-summary", RUN + 'def save(summary):\n    summary["x"] = 1\nsave(run.summary)\n'),
    (
        "wandb/no-summary",
        RUN + "def save(r, d):\n    for k, v in d.items():\n        r.summary[k] = v\nsave(run, {})\n",
    ),
    ("wandb/no-summary", RUN + 'wandb.define_metric("acc", summary="max")\n'),
    (
        "wandb/no-summary",
        RUN
        + (
            "class T:\n    def __init__(self): self.run = run\n"
            '    def end(self): self.run.summary["x"] = 1\nT().end()\n'
        ),
    ),
    (
        "wandb/trials-logged",
        SEARCH
        + (
            'def train(cfg, run=None):\n    if run is not None:\n        run.log({"a": 1})\n'
            "    return 1\ndef objective(t):\n    return train(t)\n"
            "optuna.create_study().optimize(objective)\ntrain(1, wandb.init())\n"
        ),
    ),
    (
        "wandb/trials-logged",
        SEARCH
        + (
            "import os\ndef train():\n    wandb.init()\n    return 1\ndef objective(t):\n"
            '    os.environ["WANDB_MODE"] = "disabled"\n    return train()\n'
            "optuna.create_study().optimize(objective)\n"
        ),
    ),
    (
        "wandb/trials-logged",
        SEARCH
        + (
            "def train(final):\n    if not final:\n        return 1\n    wandb.init()\n    return 1\n"
            "def objective(t):\n    return train(False)\noptuna.create_study().optimize(objective)\n"
        ),
    ),
    (
        "wandb/trials-logged",
        SEARCH
        + (
            "def train(cfg, trial=None):\n    if trial is None:\n        wandb.init()\n    return 1\n"
            "def objective(t):\n    return train(1, t)\noptuna.create_study().optimize(objective)\n"
        ),
    ),
    (
        "wandb/trials-logged",
        SEARCH
        + (
            'def objective(t):\n    run = wandb.init(mode="disabled")\n    run.log({"a": 1})\n'
            "    return 1\noptuna.create_study().optimize(objective)\n"
        ),
    ),
    (
        "wandb/trials-logged",
        SEARCH
        + (
            'def search(cfg):\n    mode = cfg.wandb.mode\n    cfg.wandb.mode = "disabled"\n'
            "    def objective(t):\n        return train(cfg)\n"
            "    optuna.create_study().optimize(objective)\n    cfg.wandb.mode = mode\n"
            "def train(cfg):\n    wandb.init(mode=cfg.wandb.mode)\nsearch(1)\n"
        ),
    ),
    ("wandb/log-outside-run", RUN + 'run.finish()\nrun = wandb.init()\nrun.log({"a":1})\n'),
    ("wandb/log-outside-run", RUN + 'if x:\n    run.finish()\nrun.log({"a":1})\n'),
    ("wandb/log-outside-run", RUN + "def close():\n    run.finish()\n\ndef log():\n    run.log({})\n"),
    ("wandb/log-outside-run", RUN + "try:\n    pass\nfinally:\n    run.finish()\nif run:\n    print(1)\n"),
    (
        "wandb/log-outside-run",
        RUN + ('run.finish()\nrestart()\nrun.log({"a":1})\ndef restart():\n    global run\n    run = wandb.init()\n'),
    ),
)


def count(name: str, code: str) -> int:
    files = {TRAIN: code} | (HELPERS if "src.preprocess" in code else {})
    return len(rule(name).findings(Context(SourceTree.of(files), PROFILES["experiment"])))


@pytest.mark.parametrize(("name", "code"), FAULTY)
def test_finds_the_fault_in_any_spelling(name: str, code: str) -> None:
    assert count(name, code) == 1


@pytest.mark.parametrize(("name", "code"), INNOCENT)
def test_leaves_innocent_code_alone(name: str, code: str) -> None:
    assert count(name, code) == 0
