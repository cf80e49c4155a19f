"""``evaluation-independence/settings-not-from-config``."""

import ast
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.evaluation_code import EvaluationCode, evaluation_code
from checks.facts.metric_keys import ANY, metric_keys
from checks.facts.text_patterns import patterns
from checks.facts.wandb_reads import wandb_reads
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

EVALUATE = "src/evaluate.py"
LOADERS = frozenset({"safe_load", "full_load", "compose", "initialize", "initialize_config_dir", "YAML", "unsafe_load"})
"""Names that read a YAML file or compose a configuration."""
START = "import sys\nimport wandb\n\napi = wandb.Api()\n"
FIX = Fix(
    summary='Read them from the main configuration: `cfg = OmegaConf.load("config/config.yaml")`, then '
    "`cfg.wandb.entity` and `cfg.wandb.project`."
)


class SettingsNotFromConfig(Rule):
    """The evaluation does not take WandB's entity and project from the main configuration.

    What it finds
        A run that is fetched by a path whose entity and project are fixed texts of the code, and an evaluation that
        fetches runs and in whose code nothing reads a YAML file or composes the configuration, so that both come from
        defaults, options or the environment.

    Why it matters
        The training records where ``config/config.yaml`` says. An evaluation with an answer of its own finds nothing,
        or somebody else's runs, as soon as the two differ.

    How to fix
        Load ``config/config.yaml`` and use ``cfg.wandb.entity`` and ``cfg.wandb.project``.

    What it cannot see
        Which keys of a loaded configuration are used.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "evaluation-independence"}
    valid = (
        Valid(
            "loaded",
            {
                EVALUATE: f"{START}from omegaconf import OmegaConf as O\n\ncfg = O.load('config/config.yaml')\n"
                "run = api.run(f'{cfg.wandb.entity}/{cfg.wandb.project}/r')\n"
            },
        ),
        Valid(
            "helper-and-yaml",
            {
                EVALUATE: f"{START}import yaml\n\n\ndef settings(path='config/config.yaml'):\n"
                "    return yaml.safe_load(open(path))['wandb']\n\n\n"
                "run = api.run('/'.join([settings()['entity'], settings()['project'], 'r']))\n"
            },
        ),
        Valid(
            "hydra",
            {
                EVALUATE: "import hydra\nimport wandb\n\n\n@hydra.main(config_path='../config', config_name='config')\n"
                "def main(cfg):\n    wandb.Api().run(f'{cfg.wandb.entity}/{cfg.wandb.project}/r')\n\n\nmain()\n"
            },
        ),
        Valid("nothing-fetched", {EVALUATE: "print('nothing')\n"}),
    )
    invalid = (
        Invalid(
            "fixed-path",
            {
                EVALUATE: "import wandb\nfrom omegaconf import OmegaConf\n\n"
                "cfg = OmegaConf.load('config/config.yaml')\nPLACE = 'team/trials'\n"
                "for run_id in cfg.ids:\n    print(wandb.Api().run(f'{PLACE}/{run_id}'))\n"
            },
            at=("src/evaluate.py:7",),
        ),
        Invalid(
            "options-with-defaults",
            {
                EVALUATE: f"{START}import argparse\n\nparser = argparse.ArgumentParser()\n"
                "parser.add_argument('--entity', default='team')\nargs = parser.parse_args()\n"
                "run = api.run(f'{args.entity}/trials/r')\n"
            },
            at=("src/evaluate.py:10",),
        ),
        Invalid(
            "environment",
            {EVALUATE: f"{START}import os\n\nrun = api.run(os.environ['WANDB_ENTITY'] + '/' + sys.argv[1] + '/r')\n"},
            at=("src/evaluate.py:7",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit, where the first such run is fetched."""
        code = context.fact(evaluation_code)
        found = context.fact(wandb_reads)
        fetched = (*found.runs, *found.listed)
        if code.hidden or not fetched:
            return
        loads = _loads(code)
        for path, call in fetched:
            place = _fixed(context, path, call)
            if place or not loads:
                what = f"`{place}` is fixed in the code" if place else "nothing here reads `config/config.yaml`"
                yield Hit(
                    message=f"The entity and project of the run that is fetched here do not come from the main "
                    f"configuration: {what}.",
                    path=path,
                    line=call.lineno,
                    end_line=call.end_lineno,
                    fix=FIX,
                )
                return


def _loads(code: EvaluationCode) -> bool:
    """Whether the code may read the configuration."""
    loads = {node.attr for _, node in code.of(ast.Attribute)} & {"load", "main"} and code.names & {"OmegaConf", "hydra"}
    files = any(text.endswith((".yaml", ".yml")) for text in code.texts)
    return bool(loads) or files or bool(code.names & LOADERS)


def _fixed(context: Context, path: str, call: ast.Call) -> str:
    """``entity/project`` where both are fixed texts; empty otherwise."""
    if not call.args:
        return ""
    texts = context.fact(metric_keys).texts(path, call.args[0])
    parts = [text.split("/") for text in texts]
    places = {"/".join(each[:2]) for each in parts if len(each) >= 2 and not any(ANY in part for part in each[:2])}
    if len(places) == 1 and len(parts) == 1 and all(parts[0][:2]):
        return places.pop()
    starts = {"/".join(text.start.split("/")[:2]) for text in patterns(context, path, call.args[0])
              if text.start.count("/") > 1 and all(text.start.split("/")[:2])}  # fmt: skip
    return starts.pop() if len(starts) == 1 else ""
