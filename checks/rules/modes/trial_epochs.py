"""``modes/trial-epochs``."""

import re
from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.facts.mode_code import TRIAL, Write, mode_code
from checks.facts.mode_effects import mode_effects, read_names
from checks.facts.mode_keys import Key
from checks.facts.mode_loops import Loop, mode_loops
from checks.facts.mode_settings import Setting, set_apart, setting
from checks.facts.mode_swapped import is_swapped
from checks.facts.modes_told import modes_readable
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

TRAIN = "src/train.py"
CONFIG = {"config/config.yaml": "mode: ???\ntraining: {epochs: 10, num_epochs: 10}\n"}
LOOP = "for epoch in range(cfg.training.epochs):\n    step(epoch)\n"
ONE = "if cfg.mode == 'trial':\n    cfg.training.epochs = 1\n"
QUIET = "if cfg.mode == 'trial':\n    cfg.optuna.n_trials = 0\n"
STEPS = re.compile(r"(?i).*(step|iter|budget|minute|second|time|update|episode|round).*")
"""What training may be cut by instead."""
EPOCHS = re.compile(r"(?i).*epochs?")


class TrialEpochs(Rule):
    """A trial trains for more than one epoch.

    What it finds
        A loop over epochs, or a trainer's `num_train_epochs` or `max_epochs`, that ``mode=trial`` runs with more than
        one: because trial writes another number to its key, because it writes 1 to a key that nothing reads, or because
        it writes none and the configuration says more. A limit on steps, iterations or time that trial sets counts
        instead, and so does a ``break`` out of the loop.

    Why it matters
        A trial is asked to be one epoch, so that broken code is found in a minute.

    How to fix
        Set the key that the loop reads to 1 where ``cfg.mode`` is ``trial``.

    What it cannot see
        Numbers that it cannot follow, and loops that do not say ``epoch``.
    """

    criteria: ClassVar = {"experiment": "modes"}
    valid = (
        Valid("one", {TRAIN: ONE + LOOP, **CONFIG}),
        Valid("in-the-bound", {TRAIN: "for epoch in range(1 if cfg.mode == 'trial' else cfg.epochs):\n    go()\n"}),
        Valid("at-most-one", {TRAIN: "n = cfg.training.epochs\nif cfg.mode == 'trial':\n    n = min(1, n)\n"
                              "for epoch in range(1, n + 1):\n    go()\n", **CONFIG}),
        Valid("steps", {TRAIN: QUIET + "    cfg.training.max_steps = 2\n" + LOOP, **CONFIG}),
        Valid("left-early", {TRAIN: QUIET + LOOP + "    if cfg.mode == 'trial':\n        break\n", **CONFIG}),
        Valid("one-anyway", {TRAIN: QUIET + LOOP, "config/config.yaml": "training: {epochs: 1}\n"}),
        Valid("helper-not-in-the-tree", {TRAIN: "from kit import fit\ncfg = fit(cfg, cfg.mode)\n" + LOOP, **CONFIG}),
    )  # fmt: skip
    invalid = (
        Invalid("not-set", {TRAIN: QUIET + LOOP, **CONFIG}, at=(f"{TRAIN}:3",)),
        Invalid("two", {TRAIN: ONE.replace("= 1", "= 2") + LOOP, **CONFIG}, at=(f"{TRAIN}:2",)),
        Invalid("wrong-key", {TRAIN: ONE + LOOP.replace(".epochs", ".num_epochs"), **CONFIG}, at=(f"{TRAIN}:2",)),
        Invalid(
            "trainer",
            {TRAIN: QUIET + "args = TrainingArguments(num_train_epochs=cfg.training.epochs)\n", **CONFIG},
            at=(f"{TRAIN}:3",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each loop, or for the write that goes wrong."""
        if not modes_readable(context) or is_swapped(context, "epochs"):
            return
        code = context.fact(mode_code)
        seen: set[tuple[str, int | None]] = set()
        for loop in context.fact(mode_loops).epochs:
            if TRIAL not in code.modes(loop.path, loop.node) or loop.bound is None:
                continue
            found = setting(context, loop.path, loop.bound, TRIAL)
            hit = _judged(context, loop, found)
            if hit is not None and (hit.path or "", hit.line) not in seen:
                seen.add((hit.path or "", hit.line))
                yield hit


def _judged(context: Context, loop: Loop, found: Setting) -> Hit | None:
    numbers = [each for each in found.values if isinstance(each, int | float) and each - loop.start > 1]
    if not numbers or len(numbers) != len(found.values) or _is_cut(context, loop):
        return None
    name = f"`{'.'.join(found.key)}`" if found.key else "the number of epochs"
    if found.write is not None and found.write.modes == {TRIAL}:
        told = f"Under `mode=trial` {name} becomes {numbers[-1]}; a trial is asked for one epoch."
        return Hit(message=told, path=found.write.path, line=found.write.line, fix=Fix(summary="Set it to 1."))
    beside = _written_beside(context, found.key)
    if beside is not None:
        told = (
            f"Under `mode=trial` `{'.'.join(beside.key)}` becomes 1, which nothing reads: the loop over epochs reads "
            f"{name}, which stays {numbers[-1]}."
        )
        proof = (context.quote(beside.path, beside.line), context.quote(loop.path, loop.node.lineno))
        fix = Fix(summary=f"Set {name} to 1 instead.")
        return Hit(message=told, path=beside.path, line=beside.line, evidence=proof, fix=fix)
    told = f"`mode=trial` trains for {numbers[-1]} epochs here: nothing sets {name} to 1."
    told += set_apart(context, loop.path, found.key, TRIAL)
    fix = Fix(summary="Set the number of epochs to 1 where `cfg.mode` is `trial`.")
    return Hit(message=told, path=loop.path, line=loop.node.lineno, fix=fix)


def _is_cut(context: Context, loop: Loop) -> bool:
    """Whether a trial ends its training by other means, or by means that are not followed."""
    code, effects = context.fact(mode_code), context.fact(mode_effects)
    if effects.may_change_configuration or any(STEPS.fullmatch(each.key[-1]) for each in code.only(TRIAL)):
        return True
    return any(effects.leaves(each, loop.path, loop.node) for each in effects.unknown)


def _written_beside(context: Context, key: Key) -> Write | None:
    """A write of 1 to another key for epochs, which no code reads."""
    for each in context.fact(mode_code).only(TRIAL):
        if key and EPOCHS.fullmatch(each.key[-1]) and each.key[-1] != key[-1] and each.gives(TRIAL, 1):
            return None if each.key[-1] in context.fact(read_names) else each
    return None
