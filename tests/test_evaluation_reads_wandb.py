"""Spellings of how an evaluation reads WandB, or fails to."""

import pytest

from checks.context import Context
from checks.profiles import PROFILES
from checks.registry import rule
from checks.tree import SourceTree

EVALUATE = "src/evaluate.py"
HELPERS = {
    "src/preprocess.py": "from omegaconf import OmegaConf\nENTITY = 'a'\nPROJECT = 'b'\n\n\n"
    "def load_config():\n    return OmegaConf.load('config/config.yaml')\n"
}
EVALUATION = "import wandb, json, sys\n"

FAULTY = (
    (
        "evaluation-independence/runs-not-fetched",
        EVALUATION + 'run = wandb.init(id="x", resume="must")\nprint(run.summary)\n',
    ),
    (
        "evaluation-independence/runs-not-fetched",
        EVALUATION + 'import pandas as pd\nprint(pd.read_csv("results/history.csv"))\n',
    ),
    (
        "evaluation-independence/runs-not-fetched",
        EVALUATION
        + ('api = wandb.Api()\nfor r in api.runs("e/p", filters={"display_name": "x"}): print(r.history())\n'),
    ),
    (
        "evaluation-independence/history-not-read",
        EVALUATION + 'api = wandb.Api()\nr = api.run("x")\nprint(r.summary["acc"])\n',
    ),
    ("evaluation-independence/config-not-read", EVALUATION + 'r = wandb.Api().run("x")\nprint(r.history())\n'),
    (
        "evaluation-independence/settings-not-from-config",
        EVALUATION
        + (
            'from omegaconf import OmegaConf\nc = OmegaConf.load("config/config.yaml")\n'
            'r = wandb.Api().run("e/p/" + sys.argv[1])\n'
        ),
    ),
    (
        "evaluation-independence/settings-not-from-config",
        EVALUATION + ('ENTITY = "team"\nPROJECT = "x"\nr = wandb.Api().run(f"{ENTITY}/{PROJECT}/{sys.argv[1]}")\n'),
    ),
    (
        "evaluation-independence/settings-not-from-config",
        EVALUATION
        + ('ENTITY = "team"\nPROJECT = "x"\nr = wandb.Api().run("/".join([ENTITY, PROJECT, sys.argv[1]]))\n'),
    ),
    (
        "evaluation-independence/settings-not-from-config",
        EVALUATION + 'r = wandb.Api().run("{}/{}/{}".format("team", "proj", sys.argv[1]))\n',
    ),
)

INNOCENT = (
    (
        "evaluation-independence/runs-not-fetched",
        EVALUATION + 'api = wandb.Api()\nruns = [api.run(f"e/p/{r}") for r in sys.argv]\n',
    ),
    (
        "evaluation-independence/runs-not-fetched",
        EVALUATION
        + (
            "class C:\n    def __init__(self): self.api = wandb.Api()\n"
            '    def get(self, r): return self.api.run(r)\nC().get("x")\n'
        ),
    ),
    (
        "evaluation-independence/runs-not-fetched",
        EVALUATION + 'def fetch(api, r):\n    return api.run(r)\nfetch(wandb.Api(), "x")\n',
    ),
    ("evaluation-independence/runs-not-fetched", EVALUATION + 'from wandb.apis.public import Api\nApi().run("x")\n'),
    (
        "evaluation-independence/runs-not-fetched",
        EVALUATION + 'import requests\nrequests.post("https://api.wandb.ai/graphql")\n',
    ),
    (
        "evaluation-independence/history-not-read",
        EVALUATION + 'api = wandb.Api()\nr = api.run("x")\ndef curve(q): return q.history()\ncurve(r)\n',
    ),
    (
        "evaluation-independence/history-not-read",
        EVALUATION + 'r = wandb.Api().run("x")\nm = "history"\nprint(getattr(r, m)())\n',
    ),
    ("evaluation-independence/config-not-read", EVALUATION + 'r = wandb.Api().run("x")\nprint({**r.config})\n'),
    (
        "evaluation-independence/settings-not-from-config",
        EVALUATION
        + (
            'import yaml\nwith open("config/config.yaml") as f:\n    w = yaml.safe_load(f)["wandb"]\n'
            "r = wandb.Api().run(f\"{w['entity']}/{w['project']}/x\")\n"
        ),
    ),
    (
        "evaluation-independence/settings-not-from-config",
        EVALUATION
        + (
            'from hydra import compose, initialize\nwith initialize(config_path="../config"):\n'
            '    c = compose("config")\n'
            'r = wandb.Api().run(f"{c.wandb.entity}/{c.wandb.project}/x")\n'
        ),
    ),
    (
        "evaluation-independence/settings-not-from-config",
        EVALUATION
        + (
            "import yaml\nfrom pathlib import Path\n"
            'w = yaml.safe_load((Path("config") / "config.yaml").read_text())["wandb"]\n'
            'path = w["entity"] + "/" + w["project"]\nr = wandb.Api().run(f"{path}/x")\n'
        ),
    ),
    (
        "evaluation-independence/settings-not-from-config",
        EVALUATION
        + (
            "from src.preprocess import load_config\nc = load_config()\n"
            'r = wandb.Api().run(f"{c.wandb.entity}/{c.wandb.project}/x")\n'
        ),
    ),
)


def count(name: str, code: str) -> int:
    files = {EVALUATE: code} | (HELPERS if "src.preprocess" in code else {})
    return len(rule(name).findings(Context(SourceTree.of(files), PROFILES["experiment"])))


@pytest.mark.parametrize(("name", "code"), FAULTY)
def test_finds_the_fault_in_any_spelling(name: str, code: str) -> None:
    assert count(name, code) == 1


@pytest.mark.parametrize(("name", "code"), INNOCENT)
def test_leaves_innocent_code_alone(name: str, code: str) -> None:
    assert count(name, code) == 0
