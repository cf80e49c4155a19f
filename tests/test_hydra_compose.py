"""Composition by Hydra itself: what the documented commands receive, and input that tries to get out of the tree."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from hydra.core.hydra_config import HydraConfig
from hydra.version import getbase

from checks.context import Context
from checks.facts.hydra_commands import Composition, compositions, effective_config
from checks.profiles import PROFILES
from checks.tree import SourceTree, Unread, WhyUnread

APP = "import hydra\n\n\n@hydra.main({})\ndef main(cfg):\n    print(cfg)\n"
MAIN = APP.format('config_path="../config", config_name="config"')
KEYS = "run: ???\nmode: ???\nresults_dir: ???\n"
CANARY = "canary-7f3a"


def context(
    config: str | None = KEYS, files: Mapping[str, str] | None = None, runs: tuple[str, ...] = ("a",)
) -> Context:
    everything = {"src/main.py": MAIN, **{f"config/runs/{run}.yaml": f"run_id: {run}\n" for run in runs}}
    everything |= {} if config is None else {"config/config.yaml": config}
    return Context(SourceTree.of(everything | dict(files or {})), PROFILES["experiment"])


def composed(config: str | None = KEYS, **more: object) -> tuple[Composition, ...]:
    return context(config, **more).fact(compositions)  # type: ignore[arg-type]


def only(config: str | None = KEYS, **more: object) -> Composition:
    return composed(config, **more)[0]


def test_every_run_and_mode_is_composed() -> None:
    found = composed(runs=("a", "b-2.x"))
    assert [one.outcome.config for one in found] == [
        {"run": run, "mode": mode, "results_dir": "results"} for run in ("a", "b-2.x") for mode in ("full", "trial")
    ]
    assert found[0].command_line == "uv run python -m src.main run=a results_dir=results mode=full"


def test_run_as_a_group_brings_the_runs_own_keys() -> None:
    config = "defaults:\n  - run: ???\n  - _self_\nmode: ???\nresults_dir: ???\n"
    files = {f"config/run/{run}.yaml": f"run_id: {run}\nlr: 1e-3\n" for run in ("a", "b")}
    found = composed(config, files=files, runs=())
    assert [(one.outcome.config or {})["run"] for one in found] == [
        {"run_id": run, "lr": 1e-3} for run in ("a", "a", "b", "b")
    ]


def test_hydra_node_is_handed_on_apart() -> None:
    outcome = only(KEYS + "hydra:\n  run:\n    dir: .\n  job:\n    chdir: false\n").outcome
    assert outcome.hydra is not None
    assert outcome.hydra["run"] == {"dir": "."}
    assert outcome.hydra["job"]["chdir"] is False
    assert "hydra" not in (outcome.config or {})


def test_child_process_is_composed_with_the_arguments_it_is_given() -> None:
    started = (
        "import subprocess, sys\n"
        'COMMAND = [sys.executable, "-m", "src.train", f"run={cfg.run}", f"mode={cfg.mode}", "epochs=1"]\n'
    )
    files = {"src/main.py": MAIN + started, "src/train.py": MAIN}
    children = [one for one in composed(files=files) if one.by == "child"]
    assert [one.overrides for one in children] == [
        ("run=a", "mode=full", "epochs=1"),
        ("run=a", "mode=trial", "epochs=1"),
    ]
    assert {one.outcome.error.subject for one in children if one.outcome.error} == {"epochs"}


def test_child_with_arguments_added_later_is_left_alone() -> None:
    started = 'command = ["python", "-m", "src.train", f"run={cfg.run}"]\ncommand += extra()\n'
    assert {one.by for one in composed(files={"src/main.py": MAIN + started, "src/train.py": MAIN})} == {"user"}


def test_evaluation_receives_every_run_id() -> None:
    found = composed(KEYS + "run_ids: []\n", files={"src/evaluate.py": MAIN}, runs=("a", "b"))
    evaluation = next(one for one in found if one.command == "evaluate")
    assert evaluation.outcome.config == {
        "run": "???", "mode": "???", "results_dir": "results", "run_ids": ["a", "b"]
    }  # fmt: skip


@pytest.mark.parametrize(
    ("config", "kind", "place"),
    [
        (None, "no-config", (None, 4)),
        ("defaults:\n  - _self_\n  - run: ???\nmode: x\n", "must-specify", ("config/config.yaml", 3)),
        ("defaults:\n  - runs@x: ???\n", "must-specify", ("config/config.yaml", 2)),
        ("defaults:\n  - runs: ${run}\n" + KEYS, "interpolation", ("config/config.yaml", 2)),
        ("defaults:\n  - runs/${run}\n" + KEYS, "interpolation", ("config/config.yaml", 2)),
        ("defaults:\n  - model: net\n  - _self_\n", "no-option", ("config/config.yaml", 2)),
        ("defaults:\n  - base\n", "no-option", ("config/config.yaml", 2)),
        ("run: a\nmode: x\n", "override", ("config/config.yaml", None)),
        (KEYS + "hydra:\n  job:\n    workdir: .\n", "key", ("config/config.yaml", 6)),
        (KEYS + "hydra:\n  run:\n    dir: ${nothing}\n", "interpolation", ("config/config.yaml", 6)),
        (KEYS + "hydra:\n  run:\n    dir: ${run.run_id}\n", "key", ("config/config.yaml", 6)),
        (KEYS + "mode: x\n", "yaml", ("config/config.yaml", 4)),
        (KEYS + "mode: [\n", "yaml", ("config/config.yaml", 5)),
        ("- a\n", "other", ("config/config.yaml", None)),
        ("defaults:\n  - config\n" + KEYS, "other", ("config/config.yaml", 1)),
    ],
)
def test_refusal_is_classified_and_placed(config: str | None, kind: str, place: tuple[str | None, int | None]) -> None:
    error = only(config).outcome.error
    assert error is not None
    assert (error.kind, (error.path, error.line)) == (kind, place)


@pytest.mark.parametrize(
    "files",
    [
        {"src/main.py": APP.format("config_path=str(HERE), config_name='config'")},
        {"src/main.py": APP.format("config_path='/srv/config', config_name='config'")},
        {"src/main.py": MAIN + MAIN.replace("main(cfg)", "other(cfg)")},
        {"src/store.py": "from hydra.core.config_store import ConfigStore as C\nC.instance().store('x', node={})\n"},
        {"pyproject.toml": '[project]\ndependencies = ["hydra-core", "hydra-colorlog"]\n'},
    ],
    ids=["computed path", "absolute path", "two applications", "registered in code", "plugin"],
)
def test_what_only_running_can_show_is_not_called_an_error(files: Mapping[str, str]) -> None:
    outcome = only("defaults:\n  - override hydra/job_logging: colorlog\nrun: a\n", files=files).outcome
    assert outcome.error is None
    assert outcome.unknown


def test_environment_asked_for_by_name_is_not_called_an_error() -> None:
    assert only(KEYS + "hydra:\n  job:\n    env_copy: [WANDB_API_KEY]\n").outcome.unknown
    assert only(KEYS + "hydra:\n  run:\n    dir: ${oc.env:WANDB_DIR}/x\n").outcome.config is not None


@pytest.mark.parametrize("scheme", ["", "file://", "pkg://"])
def test_search_path_out_of_the_tree_is_never_read(tmp_path: Path, scheme: str) -> None:
    (tmp_path / "elsewhere.yaml").write_text(f"stolen: {CANARY}\n")
    config = f"defaults:\n  - elsewhere\n{KEYS}hydra:\n  searchpath: ['{scheme}{tmp_path}']\n"
    found = composed(config)
    assert CANARY not in repr(found)
    assert all(one.outcome.unknown for one in found)


def test_search_path_inside_the_tree_is_followed() -> None:
    config = f"defaults:\n  - more\n{KEYS}hydra:\n  searchpath: ['file://shared']\n"
    outcome = only(config, files={"shared/more.yaml": "depth: 3\n"}).outcome
    assert outcome.config is not None
    assert outcome.config["depth"] == 3


def test_environment_never_reaches_an_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFEREE_TEST_SECRET", CANARY)
    secret = "${oc.env:REFEREE_TEST_SECRET}"
    for config in (
        KEYS + f"a: {secret}\nhydra:\n  run:\n    dir: ${{a}}/${{nothing}}\n",
        KEYS + f"a: {secret}\n",
        f"defaults:\n  - runs: {secret}\n" + KEYS,
        f"defaults:\n  - gone\nhydra:\n  searchpath: ['file:///{secret}']\n" + KEYS,
    ):
        found = composed(config)
        assert found
        assert CANARY not in repr([(one.outcome.config, one.outcome.error, one.outcome.unknown) for one in found])


def test_endless_defaults_end() -> None:
    levels = {f"config/l{n}.yaml": f"defaults: [l{n + 1}, l{n + 1}]\n" for n in range(40)}
    error = only("defaults:\n  - l0\n", files=levels | {"config/l40.yaml": "a: 1\n"}).outcome.error
    assert error is not None
    assert "more than 2000 configurations" in error.words


def test_unread_configuration_is_unknown_and_not_missing() -> None:
    told = context().tree.without(["config/config.yaml"], Unread(WhyUnread.LINK, "a symbolic link"))
    found = Context(told, PROFILES["experiment"]).fact(compositions)
    assert {one.outcome.unknown for one in found} == {"config/config.yaml was not read: a symbolic link"}


def test_process_wide_state_is_put_back() -> None:
    before = getbase(), HydraConfig.instance().cfg
    composed(files={"src/main.py": APP.format("'../config', 'config', version_base='1.2'")})
    assert (getbase(), HydraConfig.instance().cfg) == before


def test_effective_configuration_lays_the_run_over_the_main_one() -> None:
    found = effective_config(
        context(KEYS + "a: {x: 1, y: 2}\n", files={"config/runs/r.yaml": "a: {y: 3}\nb: 4\n"}), "r"
    )
    assert found == {"run": "r", "mode": "full", "results_dir": "results", "a": {"x": 1, "y": 3}, "b": 4}


def test_effective_configuration_survives_a_composition_that_fails() -> None:
    assert effective_config(context("defaults:\n  - gone\na: 1\n"), "a") == {"a": 1, "run_id": "a"}


def test_base_profile_composes_nothing() -> None:
    tree = SourceTree.of({"src/main.py": MAIN, "config/smoke_test.yaml": "a: 1\n"})
    assert Context(tree, PROFILES["base"]).fact(compositions) == ()
