"""``wandb/entity-or-project-not-configured``."""

import ast
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.config_uses import config_uses
from checks.facts.metric_keys import ANY, metric_keys
from checks.facts.nodes import nodes
from checks.facts.wandb_calls import Init, wandb_calls
from checks.facts.words import words
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

TRAIN = "src/train.py"
SETTINGS = ("entity", "project")
ENVIRONMENT = ("WANDB_PROJECT", "WANDB_ENTITY")
HYDRA = "import hydra\nimport wandb\n\n\n@hydra.main(config_path='../config', config_name='config')\ndef main(cfg):\n"


class EntityOrProjectNotConfigured(Rule):
    """A WandB run is started under an entity or project that the configuration does not decide.

    What it finds
        A ``wandb.init``, under any alias, whose ``entity`` or ``project`` is missing or a fixed text of the code, in
        whatever way the text gets there (a constant, a default, a helper), instead of ``cfg.wandb.entity`` and
        ``cfg.wandb.project``.

    Why it matters
        The evaluation looks for the runs where ``config/config.yaml`` says. A run that is recorded elsewhere is not
        found, and whoever changes the configuration changes nothing.

    How to fix
        Call ``wandb.init(entity=cfg.wandb.entity, project=cfg.wandb.project, ...)``.

    What it cannot see
        Values that come from the environment, from ``**`` arguments, a settings object or a sweep: those are taken for
        configured. A run that is started as disabled is left alone.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "wandb"}
    valid = (
        Valid(
            "from-the-configuration",
            {TRAIN: f"{HYDRA}    wandb.init(entity=cfg.wandb.entity, project=cfg['wandb']['project'])\n\n\nmain()\n"},
        ),
        Valid("spread", {TRAIN: f"{HYDRA}    wandb.init(**cfg.wandb)\n\n\nmain()\n"}),
        Valid(
            "environment",
            {
                TRAIN: "import os\nimport wandb as wb\n\nwb.init(entity=os.environ['WANDB_ENTITY'],"
                " project=os.getenv('WANDB_PROJECT', 'p'))\n"
            },
        ),
        Valid("disabled", {TRAIN: "import wandb\n\nwandb.init(mode='disabled')\n"}),
        Valid(
            "helper-with-parameters",
            {
                TRAIN: "import wandb\n\n\ndef start(entity, project='none'):\n"
                "    return wandb.init(entity=entity, project=project)\n\n\nstart(load().entity, load().project)\n"
            },
        ),
    )
    invalid = (
        Invalid("fixed", {TRAIN: f"{HYDRA}    wandb.init(entity='me', project='trials')\n"}, at=("src/train.py:7",)),
        Invalid(
            "entity-missing", {TRAIN: f"{HYDRA}    wandb.init(project=cfg.wandb.project)\n"}, at=("src/train.py:7",)
        ),
        Invalid(
            "constant-through-a-helper",
            {
                TRAIN: "from wandb import init as begin\n\nPROJECT = 'trials'\n\n\ndef start(cfg, project=PROJECT):\n"
                "    return begin(entity=cfg.wandb.entity, project=project)\n\n\nstart(load())\n"
            },
            at=("src/train.py:7",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each start of a run."""
        found = context.fact(wandb_calls)
        if not found.inits or _set_elsewhere(context):
            return
        for init in found.inits:
            faults = [] if _is_exempt(context, init) else list(_faults(context, init))
            if faults:
                yield Hit(
                    message=f"This run is started with {' and '.join(faults)}; the evaluation looks where "
                    "`wandb.entity` and `wandb.project` of the configuration say.",
                    path=init.path,
                    line=init.node.lineno,
                    end_line=init.node.end_lineno,
                    fix=Fix(summary="Pass `entity=cfg.wandb.entity, project=cfg.wandb.project`."),
                )


def _set_elsewhere(context: Context) -> bool:
    """Whether a sweep or the environment may decide, or the whole is set up by other means."""
    for each in context.fact(words).values():
        if {"wandb", "sweep"} <= each.names or any(name in text for text in each.texts for name in ENVIRONMENT):
            return True
    return False


def _is_exempt(context: Context, init: Init) -> bool:
    mode = init.arguments.get("mode")
    disabled = mode is not None and context.fact(metric_keys).texts(init.path, mode) == {"disabled"}
    return disabled or "settings" in init.arguments or bool(init.node.args)


def _faults(context: Context, init: Init) -> Iterator[str]:
    for name in SETTINGS:
        value = init.arguments.get(name)
        if value is None:
            if init.complete:
                yield f"no `{name}`"
        elif (text := _fixed(context, init.path, value)) is not None:
            yield f"`{name}` fixed to `{text[:60]}` in the code"


def _fixed(context: Context, path: str, value: ast.expr) -> str | None:
    """The text that a value can only be; None for one that comes from anywhere else."""
    if context.fact(config_uses).key_of(path, value) is not None:
        return None
    if any(isinstance(each, ast.Call) for each in context.fact(nodes)[path].under(value, ast.Call)):
        return None
    texts = context.fact(metric_keys).texts(path, value)
    return next(iter(texts)) if len(texts) == 1 and not any(ANY in text for text in texts) else None
