"""Settings of one mode that are written under the other alone."""

from collections.abc import Iterator

from checks.context import Context
from checks.facts.mode_code import FULL, TRIAL, Write, mode_code

DISTURBING = ("assigned", "updated", "override", "environment")
"""Ways of writing that certainly reach the run; a table counts where it is merged."""


def swapped(context: Context) -> tuple[Write, ...]:
    """Every write of trial's value under ``full`` alone, or of full's value under ``trial`` alone."""
    code = context.fact(mode_code)
    return tuple(_of(code.only(FULL), FULL)) + tuple(_of(code.only(TRIAL), TRIAL))


def is_swapped(context: Context, *names: str) -> bool:
    """Whether one of them writes a key that ends with these parts."""
    return any(each.ends(*names) for each in context.fact(swapped))


def _of(writes: Iterator[Write], mode: str) -> Iterator[Write]:
    for each in writes:
        if (each.kind in DISTURBING or each.applied) and each.kind not in ("argument", "yaml") and _wrong(each, mode):
            yield each


def _wrong(write: Write, mode: str) -> bool:
    wandb = write.ends("wandb", "mode") or write.ends("os.environ", "WANDB_MODE")
    if mode == TRIAL:
        return wandb and write.gives(mode, "online")
    if wandb:
        return write.gives(mode, "disabled")
    return (write.ends("optuna", "n_trials") and write.gives(mode, 0)) or (
        write.key[-1] in ("epochs", "num_epochs", "max_epochs", "n_epochs", "num_train_epochs") and write.gives(mode, 1)
    )
