"""``modes/trial-searches``."""

from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.mode_code import TRIAL, mode_code
from checks.facts.mode_effects import mode_effects
from checks.facts.mode_loops import Loop, mode_loops
from checks.facts.mode_settings import set_apart, setting
from checks.facts.mode_swapped import is_swapped
from checks.facts.modes_told import modes_readable
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

TRAIN = "src/train.py"
CONFIG = {"config/config.yaml": "mode: ???\noptuna: {n_trials: 20}\n"}
HEAD = "import optuna\nstudy = optuna.create_study()\n"
SEARCHES = frozenset({"optuna", "search", "tune", "tuning", "hpo", "sweep", "hyperparameter_search"})
SEARCH = "study.optimize(objective, n_trials=cfg.optuna.n_trials)\n"
OFF = "if cfg.mode == 'trial':\n    cfg.optuna.n_trials = 0\n"
QUIET = "if cfg.mode == 'trial':\n    cfg.wandb.mode = 'disabled'\n"


class TrialSearches(Rule):
    """A trial runs the Optuna search.

    What it finds
        A ``study.optimize`` that ``mode=trial`` reaches with more than no trials: a number in the call, a number other
        than 0 that trial writes to the key which the call reads, or the number in the configuration when trial writes
        none.

    Why it matters
        A trial is asked to end in a minute. Each trial of a search is a training of its own.

    How to fix
        Set ``cfg.optuna.n_trials = 0`` where ``cfg.mode`` is ``trial``, and search only where it is above 0.

    What it cannot see
        Numbers that it cannot follow, searches behind a switch that it cannot follow, and searches without Optuna.
    """

    criteria: ClassVar = {"experiment": "modes"}
    valid = (
        Valid("none", {TRAIN: HEAD + OFF + SEARCH, **CONFIG}),
        Valid("skipped", {TRAIN: HEAD + "if cfg.mode == 'full':\n    study.optimize(objective, n_trials=20)\n"}),
        Valid(
            "by-argument", {TRAIN: HEAD + "study.optimize(f, n_trials=0 if cfg.mode == 'trial' else 20)\n", **CONFIG}
        ),
        Valid("none-anywhere", {TRAIN: HEAD + QUIET + SEARCH, "config/config.yaml": "optuna: {n_trials: 0}\n"}),
        Valid(
            "switched-off",
            {TRAIN: HEAD + QUIET + "    cfg.optuna.enabled = False\nif cfg.optuna.enabled:\n    " + SEARCH, **CONFIG},
        ),
        Valid("another-optimize", {TRAIN: "import scipy\nif cfg.mode == 'trial':\n    pass\nopt.optimize(f, 20)\n"}),
    )
    invalid = (
        Invalid("from-the-configuration", {TRAIN: HEAD + QUIET + SEARCH, **CONFIG}, at=(f"{TRAIN}:5",)),
        Invalid("one-is-too-many", {TRAIN: HEAD + OFF.replace("= 0", "= 1") + SEARCH, **CONFIG}, at=(f"{TRAIN}:4",)),
        Invalid(
            "in-the-call",
            {TRAIN: HEAD + "n = 3 if cfg['mode'] == 'trial' else 50\nstudy.optimize(objective, n)\n"},
            at=(f"{TRAIN}:4",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each search."""
        if not modes_readable(context) or is_swapped(context, "n_trials"):
            return
        code = context.fact(mode_code)
        for search in context.fact(mode_loops).searches:
            if TRIAL in code.modes(search.path, search.node) and _is_plain(context, search):
                yield from _judged(context, search)


def _judged(context: Context, search: Loop) -> Iterator[Hit]:
    if search.bound is None:
        return
    found = setting(context, search.path, search.bound, TRIAL)
    numbers = [each for each in found.values if isinstance(each, int) and each > 0]
    if not numbers or len(numbers) != len(found.values) or context.fact(mode_effects).may_change_configuration:
        return
    fix = Fix(summary="Set `cfg.optuna.n_trials = 0` where `cfg.mode` is `trial`.")
    name = f"`{'.'.join(found.key)}`" if found.key else "the number of trials"
    if found.write is not None and found.write.modes == {TRIAL}:
        told = f"Under `mode=trial` {name} becomes {numbers[-1]}; a trial is asked for no search, which is 0."
        yield Hit(message=told, path=found.write.path, line=found.write.line, fix=fix)
        return
    told = f"`mode=trial` reaches this search with {numbers[-1]} trials: nothing sets {name} to 0 or leaves it out."
    told += set_apart(context, search.path, found.key, TRIAL)
    yield Hit(message=told, path=search.path, line=search.node.lineno, end_line=search.node.end_lineno, fix=fix)


def _is_plain(context: Context, search: Loop) -> bool:
    """Whether no switch around the search is set by something that is not followed."""
    code = context.fact(mode_code)
    off = [each for each in code.only(TRIAL) if not each.ends("n_trials") and each.gives(TRIAL, False, None, 0, "none")]
    return not any(SEARCHES.intersection(each.key) for each in off) and not code.is_switched(search.path, search.node)
