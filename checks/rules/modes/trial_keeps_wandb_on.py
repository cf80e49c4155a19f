"""``modes/trial-keeps-wandb-on``."""

from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.mode_code import TRIAL, mode_code
from checks.facts.mode_effects import mode_effects
from checks.facts.mode_settings import set_apart
from checks.facts.mode_swapped import is_swapped
from checks.facts.mode_wandb import MODE, OFF, Start, is_elsewhere, starts
from checks.facts.modes_told import modes_readable
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

TRAIN = "src/train.py"
CONFIG = "config/config.yaml"
ONLINE = "wandb: {project: p, mode: online}\n"
OFFLINE = "import wandb\nif cfg.mode == 'trial':\n    cfg.wandb.mode = 'offline'\nwandb.init(mode=cfg.wandb.mode)\n"
START = "wandb.init(project=cfg.wandb.project, mode=cfg.wandb.mode)\n"
QUIET = "import wandb\nif cfg.mode == 'trial':\n    cfg.optuna.n_trials = 0\n" + START
BY_ARGUMENT = "import wandb as w\nw.init(mode='disabled' if cfg.mode == 'trial' else 'online')\n"
ENVIRONMENT = "import os, wandb\nif cfg.mode == 'trial':\n    os.environ['WANDB_MODE'] = 'disabled'\nwandb.init()\n"
UNREAD = "import wandb\nif cfg.mode == 'trial':\n    cfg.wandb.mode = 'disabled'\nwandb.init(project='p')\n"


class TrialKeepsWandbOn(Rule):
    """A trial starts a WandB run that is not disabled.

    What it finds
        A ``wandb.init`` that runs under ``mode=trial`` in a WandB mode other than ``disabled``: trial writes another
        value to the key that the call reads, or nothing writes it and the configuration says ``online``, or the call
        reads no mode at all. ``WANDB_MODE``, an argument by mode, a table, a YAML group and a call that trial never
        reaches are seen as means of switching it off.

    Why it matters
        A trial is asked to leave no trace. With WandB on it needs a key and a network, and puts a run of one epoch
        where the evaluation looks for results.

    How to fix
        Set ``cfg.wandb.mode = "disabled"`` where ``cfg.mode`` is ``trial``, before the first WandB call, and give
        ``mode=cfg.wandb.mode`` to ``wandb.init``.

    What it cannot see
        A mode that comes from code or values which it cannot follow; runs that other libraries start.
    """

    criteria: ClassVar = {"experiment": "modes"}
    valid = (
        Valid("disabled", {TRAIN: QUIET.replace("optuna.n_trials = 0", "wandb.mode = 'disabled'"), CONFIG: ONLINE}),
        Valid("by-argument", {TRAIN: BY_ARGUMENT}),
        Valid("not-started", {TRAIN: "import wandb\nif cfg.mode != 'trial':\n    wandb.init(project='p')\n"}),
        Valid(
            "environment",
            {TRAIN: ENVIRONMENT},
        ),
        Valid("disabled-unless-full", {TRAIN: QUIET, CONFIG: "wandb: {mode: disabled}\n"}),
        Valid(
            "in-the-parent",
            {
                TRAIN: "import wandb\n" + START,
                "src/main.py": "args = ['-m', 'src.train']\nif cfg.mode == 'trial':\n"
                "    args += ['wandb.mode=disabled']\n",
                CONFIG: ONLINE,
            },
        ),
        Valid(
            "environment-of-the-child",
            {
                TRAIN: "import wandb\nwandb.init(project='p')\n",
                "src/main.py": "import os\nenv = dict(os.environ)\nif cfg.mode == 'trial':\n"
                "    env['WANDB_MODE'] = 'disabled'\nstart(['-m', 'src.train'], env=env)\n",
            },
        ),
        Valid("looked-up", {TRAIN: "import wandb\nwandb.init(mode=pick({'trial': 1, 'full': 2}[cfg.mode]))\n"}),
    )
    invalid = (
        Invalid("nothing-sets-it", {TRAIN: QUIET, CONFIG: ONLINE}, at=(f"{TRAIN}:4",)),
        Invalid("offline", {TRAIN: OFFLINE, CONFIG: ONLINE}, at=(f"{TRAIN}:3",)),
        Invalid("nothing-reads-it", {TRAIN: UNREAD, CONFIG: ONLINE}, at=(f"{TRAIN}:4",)),
        Invalid(
            "only-the-search-is-quiet",
            {
                TRAIN: "import wandb\ndef objective(trial):\n    cfg.wandb.mode = 'disabled'\n"
                "def main(cfg):\n    quick = cfg.mode == 'trial'\n"
                "    study.optimize(objective, n_trials=0 if quick else 9)\n"
                "    wandb.init(mode=cfg.wandb.mode)\n",
                CONFIG: ONLINE,
            },
            at=(f"{TRAIN}:7",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each start of a run."""
        if not modes_readable(context) or is_swapped(context, "wandb", "mode"):
            return
        code = context.fact(mode_code)
        if is_elsewhere(code, TRIAL, *OFF):
            return
        for start in starts(context, TRIAL):
            on = start.values and not set(start.values) & {*OFF, None, False}
            if on and not context.fact(mode_effects).escapes:
                yield _hit(start, set_apart(context, start.init.path, MODE, TRIAL))


def _hit(start: Start, apart: str) -> Hit:
    value = start.values[-1]
    fix = Fix(summary='Set `cfg.wandb.mode = "disabled"` under `trial` and hand `mode=cfg.wandb.mode` to `wandb.init`.')
    if start.write is not None:
        told = f"Under `mode=trial` the WandB mode becomes `{value}`; a trial is asked for `disabled`."
        return Hit(message=told, path=start.write.path, line=start.write.line, fix=fix)
    told = f"`mode=trial` starts this run `{value}`: " + (
        "nothing sets the WandB mode to `disabled`." if start.told else "the call is given no mode."
    )
    end = start.init.node.end_lineno
    return Hit(message=told + apart, path=start.init.path, line=start.init.node.lineno, end_line=end, fix=fix)
