"""``modes/full-not-online``."""

from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.mode_code import FULL
from checks.facts.mode_effects import mode_effects
from checks.facts.mode_swapped import is_swapped
from checks.facts.mode_wandb import ON, Start, starts
from checks.facts.modes_told import modes_readable
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

TRAIN = "src/train.py"
CONFIG = "config/config.yaml"
START = "wandb.init(project='p', mode=cfg.wandb.mode)\n"
TRIAL_ONLY = "import wandb\nif cfg.mode == 'trial':\n    cfg.wandb.mode = 'disabled'\n" + START
BOTH = TRIAL_ONLY.replace(START, "else:\n    cfg.wandb.mode = 'online'\n" + START)
QUIET = {CONFIG: "wandb: {project: p, mode: disabled}\n"}


class FullNotOnline(Rule):
    """The full experiment starts a WandB run that is not online.

    What it finds
        A ``wandb.init`` that runs under ``mode=full`` in the mode ``disabled`` or ``offline``: because full writes that
        value to the key that the call reads, or because nothing writes it and the configuration says so.

    Why it matters
        The evaluation reads everything from WandB. A full run that is not online leaves it nothing, after hours of
        training.

    How to fix
        Set ``cfg.wandb.mode = "online"`` where ``cfg.mode`` is ``full``, before the first WandB call.

    What it cannot see
        Values that it cannot follow. A mode that is left out is ``online``, and so is taken for set.
    """

    criteria: ClassVar = {"experiment": "modes"}
    valid = (
        Valid("written", {TRAIN: BOTH, **QUIET}),
        Valid("online-in-the-configuration", {TRAIN: TRIAL_ONLY, CONFIG: "wandb: {mode: online}\n"}),
        Valid("the-default", {TRAIN: "import wandb\nif cfg.mode == 'trial':\n    wandb.init = None\nwandb.init()\n"}),
        Valid("group", {TRAIN: "import wandb\n" + START, "config/mode/full.yaml": "wandb: {mode: online}\n", **QUIET}),
    )
    invalid = (
        Invalid("disabled-in-the-configuration", {TRAIN: TRIAL_ONLY, **QUIET}, at=(f"{TRAIN}:4",)),
        Invalid("offline", {TRAIN: BOTH.replace("online", "offline"), **QUIET}, at=(f"{TRAIN}:5",)),
        Invalid(
            "by-argument",
            {TRAIN: "import wandb\nwandb.init(mode='offline' if cfg.mode == 'full' else 'disabled')\n"},
            at=(f"{TRAIN}:2",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each start of a run."""
        if not modes_readable(context) or is_swapped(context, "wandb", "mode"):
            return
        for start in starts(context, FULL):
            off = start.values and not set(start.values) & {ON, "shared", "run", None, True}
            if off and not context.fact(mode_effects).escapes:
                yield _hit(start)


def _hit(start: Start) -> Hit:
    fix = Fix(summary='Set `cfg.wandb.mode = "online"` under `mode=full`, before WandB is used.')
    if start.write is not None:
        told = f"Under `mode=full` the WandB mode becomes `{start.values[-1]}`, so the run never reaches the server."
        return Hit(message=told, path=start.write.path, line=start.write.line, fix=fix)
    told = f"`mode=full` starts this run `{start.values[-1]}`: nothing sets the WandB mode to `online`."
    node = start.init.node
    return Hit(message=told, path=start.init.path, line=node.lineno, end_line=node.end_lineno, fix=fix)
