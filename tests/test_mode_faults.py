"""One fault at a time put into a whole, clean experiment: the rules of the modes name it, and nothing else."""

from pathlib import Path

import pytest

from checks.context import Context
from checks.facts.mode_code import TRIAL, mode_code
from checks.facts.mode_effects import mode_effects
from checks.facts.mode_loops import mode_loops
from checks.facts.mode_order import orders
from checks.facts.mode_processes import together
from checks.facts.mode_settings import setting
from checks.loaders import load
from checks.profiles import PROFILES
from checks.registry import rules_for
from checks.tree import SourceTree

EXAMPLE = Path(__file__).parent / "examples" / "experiment"
TRAIN, MAIN, CONFIG = "src/train.py", "src/main.py", "config/config.yaml"
OFF = '        cfg.wandb.mode = "disabled"\n'
ELSE = '    else:\n        raise ValueError(f"mode must be trial or full, not {cfg.mode!r}")\n'
FULL = '    elif cfg.mode == "full":\n        cfg.wandb.mode = "online"\n'
LIMITS = "        cfg.training.max_batches = 2\n        cfg.dataset.max_eval_samples = 64\n"
OVERRIDES = (
    '    if cfg.mode == "trial":\n'
    + OFF
    + "        cfg.optuna.n_trials = 0\n        cfg.training.epochs = 1\n"
    + LIMITS
    + FULL
    + ELSE
)
REFUSAL = (
    "    if cfg.mode not in MODES:\n        sys.exit(f\"mode must be one of {', '.join(MODES)}, not {cfg.mode!r}\")\n"
)
Change = tuple[str, str, str]


def changed(*changes: Change) -> Context:
    files = dict(load(str(EXAMPLE)).files)
    for path, before, after in changes:
        assert before.encode() in files[path], before
        files[path] = files[path].replace(before.encode(), after.encode())
    return Context(SourceTree(files), PROFILES["experiment"])


def said(context: Context) -> set[str]:
    rules = [each for each in rules_for("experiment") if each.id().startswith(("modes/", "wandb/mode-set"))]
    return {finding.rule.partition("/")[2] for each in rules for finding in each.findings(context)}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ((), set()),
        (((TRAIN, OFF, ""),), set()),
        (((TRAIN, OFF, ""), (CONFIG, "mode: disabled", "mode: online")), {"trial-keeps-wandb-on"}),
        (((TRAIN, "        mode=cfg.wandb.mode,\n", ""),), {"trial-keeps-wandb-on"}),
        (((TRAIN, "        cfg.optuna.n_trials = 0\n", ""),), {"trial-searches"}),
        (((TRAIN, "        cfg.training.epochs = 1\n", ""),), {"trial-epochs"}),
        (((TRAIN, "cfg.training.epochs = 1", "cfg.training.epochs = 3"),), {"trial-epochs"}),
        (((TRAIN, "cfg.training.epochs = 1", "cfg.training.num_epochs = 1"),), {"trial-epochs"}),
        (((TRAIN, "        cfg.training.max_batches = 2\n", ""),), {"trial-runs-all-batches"}),
        (((TRAIN, "        cfg.dataset.max_eval_samples = 64\n", ""),), {"trial-evaluates-everything"}),
        (((TRAIN, FULL, '    elif cfg.mode == "full":\n        pass\n'),), {"full-not-online"}),
        (((TRAIN, FULL + ELSE, '    else:\n        cfg.wandb.mode = "online"\n'),), set()),
        (
            ((TRAIN, FULL + ELSE, '    else:\n        cfg.wandb.mode = "online"\n'), (MAIN, REFUSAL, "")),
            {"other-value-accepted"},
        ),
        (((TRAIN, 'if cfg.mode == "trial"', 'if cfg.mode != "trial"'),), {"override-under-wrong-mode"}),
        (((CONFIG, "mode: ???", "mode: full"),), {"mode-not-required"}),
    ],
)
def test_one_fault_at_a_time(changes: tuple[Change, ...], expected: set[str]) -> None:
    assert said(changed(*changes)) >= expected
    assert said(changed(*changes)) <= expected | (
        {"trial-runs-all-batches"} if "full-not-online" in expected else set()
    )


def test_settings_of_the_parent_do_not_reach_the_child() -> None:
    context = changed(
        (TRAIN, OVERRIDES, ""),
        (MAIN, "    known = ", OVERRIDES + "    known = "),
        (CONFIG, "mode: disabled", "mode: online"),
    )
    assert not context.fact(together).shares(MAIN, TRAIN)
    rules = [each for each in rules_for("experiment") if each.id().startswith("modes/trial-")]
    found = [each for rule in rules for each in rule.findings(context)]
    told = {
        each.rule.partition("/")[2] for each in found if "of `src/main.py` sets it in its own process" in each.message
    }
    assert told == {"trial-keeps-wandb-on", "trial-searches", "trial-epochs"}


def test_settings_written_into_the_childs_arguments_do() -> None:
    handed = '    if cfg.mode == "trial":\n        command += ["wandb.mode=disabled", "training.epochs=1"]\n'
    context = changed((TRAIN, OVERRIDES, ""), (MAIN, "    sys.exit(subprocess", handed + "    sys.exit(subprocess"))
    assert said(context).isdisjoint({"trial-keeps-wandb-on", "trial-epochs"})


def test_started_before_the_mode_is_settled() -> None:
    settled = "    cfg = load_run(cfg)\n"
    context = changed(
        (TRAIN, settled + "    if", '    wandb.init(mode=cfg.wandb.mode, project="p")\n' + settled + "    if"),
        (TRAIN, "    wandb.init(\n        entity", "    dict(\n        entity"),
    )
    assert said(context) == {"mode-set-late"}
    happened = [[event.what for event in events] for events in context.fact(orders)[TRIAL] if events]
    assert all(each.index("init") < each.index("write") for each in happened if {"init", "write"} <= set(each))
    assert any({"init", "write"} <= set(each) for each in happened)


def test_the_facts_read_the_example() -> None:
    context = changed()
    loops, effects = context.fact(mode_loops), context.fact(mode_effects)
    assert [len(each) for each in (loops.epochs, loops.batches, loops.searches)] == [1, 1, 1]
    assert not effects.unknown
    assert {".".join(each.key) for each in context.fact(mode_code).only(TRIAL) if each.path == TRAIN} >= {
        "wandb.mode",
        "optuna.n_trials",
        "training.epochs",
    }
    epochs = loops.epochs[0]
    assert epochs.bound is not None
    assert setting(context, epochs.path, epochs.bound, "trial").is_only(1)
    assert set(setting(context, epochs.path, epochs.bound, "full").values) == {30}
