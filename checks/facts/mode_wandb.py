"""In which WandB mode each run of the code starts under ``trial`` and under ``full``."""

from collections.abc import Iterator
from dataclasses import dataclass

from checks.context import Context
from checks.facts.mode_code import ENVIRONMENT, UNKNOWN, ModeCode, Write, mode_code
from checks.facts.mode_settings import is_certain, setting
from checks.facts.wandb_calls import Init, wandb_calls

OFF = ("disabled",)
"""What makes a run record nothing; ``offline`` and its old word ``dryrun`` write files to be sent later."""
ON = "online"
DEFAULT = ON
"""The mode of a run for which nothing sets one."""
MODE = ("wandb", "mode")
VARIABLE = (ENVIRONMENT, "WANDB_MODE")


@dataclass(frozen=True, slots=True)
class Start:
    """One start of a run under one mode of the program.

    Args:
        init: the call.
        values: the WandB modes that it may start in; empty where that cannot be told.
        write: the write that makes it so, if one does.
        told: whether the call is given a mode; False where it takes the default.
    """

    init: Init
    values: tuple[object, ...]
    write: Write | None
    told: bool


def starts(context: Context, mode: str) -> Iterator[Start]:
    """Every start of a run that can happen under a mode of the program."""
    code = context.fact(mode_code)
    for init in context.fact(wandb_calls).inits:
        if mode in code.modes(init.path, init.node) and not code.in_search(init.path, init.node):
            yield _start(context, code, init, mode)


def _start(context: Context, code: ModeCode, init: Init, mode: str) -> Start:
    argument = init.arguments.get("mode")
    if argument is not None:
        found = setting(context, init.path, argument, mode)
        values = () if None in found.values else found.values
        return Start(init, values, found.write, True)
    environment = list(code.under(mode, *VARIABLE))
    switched = any(code.under(mode, ENVIRONMENT, "WANDB_DISABLED"))
    if not init.complete or "settings" in init.arguments or switched:
        return Start(init, (), None, True)
    if environment:
        values = tuple(each.values.get(mode, UNKNOWN) for each in environment)
        sure = UNKNOWN not in values and any(is_certain(code, each, mode) for each in environment)
        return Start(init, values if sure else (), environment[-1], True)
    return Start(init, (DEFAULT,) if code.certain(init.path, init.node, mode) else (), None, False)


def is_elsewhere(code: ModeCode, mode: str, *values: str) -> bool:
    """Whether a setting that is not followed to a run gives one of these values under a mode."""
    return any(each.gives(mode, *values) for each in code.writes if mode in each.modes and each.kind == "argument")
