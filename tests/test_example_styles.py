"""The same experiments in other hands' styles: they run, and the engine finds nothing in them either."""

import json
from pathlib import Path

import pytest

from tests.example_support import STAND_IN, copy_of
from tests.test_examples import BASELINE, PROPOSED, RUN_IDS, is_pdf, json_lines

EXPERIMENT_STYLES = ["in_process", "composed"]
BASE_STYLES = ["workers", "coroutines"]


@pytest.mark.parametrize("style", EXPERIMENT_STYLES)
def test_experiment_style_runs_and_is_evaluated(tmp_path: Path, style: str) -> None:
    experiment = copy_of("experiment", tmp_path, style)
    recorded = {"PYTHONPATH": str(STAND_IN), "STAND_IN_WANDB": str(tmp_path / "recorded")}
    for run_id in (PROPOSED, BASELINE):
        experiment.replace(f"config/runs/{run_id}.yaml", "n_trials: 12", "n_trials: 2")
        experiment.replace(f"config/runs/{run_id}.yaml", "epochs: 30", "epochs: 3")
        for mode, env in (("trial", {}), ("full", recorded)):
            done = experiment.run("src.main", f"run={run_id}", "results_dir=out", f"mode={mode}", env=env)
            assert done.returncode == 0, done.stderr
    done = experiment.run("src.evaluate", "results_dir=out", f"run_ids={RUN_IDS}", env=recorded)
    assert done.returncode == 0, done.stderr
    aggregated = json.loads((experiment.root / "out/comparison/aggregated_metrics.json").read_text())
    ours, theirs = aggregated["best_proposed"], aggregated["best_baseline"]
    assert (ours["run_id"], theirs["run_id"]) == (PROPOSED, BASELINE)
    assert aggregated["gap"] == pytest.approx((ours["value"] / theirs["value"] - 1) * 100)
    history = json.loads((experiment.root / "out" / PROPOSED / "metrics.json").read_text())
    assert history["summary"]["best_epoch"] in (1, 2, 3)
    figures = [path.name for path in (experiment.root / "out").rglob("*.pdf") if is_pdf(path)]
    assert len(figures) == len(set(figures)) >= 6


@pytest.mark.parametrize("style", EXPERIMENT_STYLES)
def test_experiment_style_refuses_to_evaluate_a_trial(tmp_path: Path, style: str) -> None:
    experiment = copy_of("experiment", tmp_path, style)
    done = experiment.run("src.evaluate", "results_dir=out", f"run_ids={RUN_IDS}", "mode=trial")
    assert done.returncode != 0
    assert "trial" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("style", BASE_STYLES)
def test_base_style_trains_logs_and_draws(tmp_path: Path, style: str) -> None:
    base = copy_of("base", tmp_path, style)
    done = base.run("src.main", "--smoke-test", "--results-dir", "out")
    assert done.returncode == 0, done.stderr
    for run_id in ("smoke-plain", "smoke-mixup"):
        log = json_lines((base.root / "out" / run_id / "stdout.log").read_text())
        assert len(log) == 4
        assert all(entry["run_id"] == run_id and entry in json_lines(done.stdout) for entry in log)
    assert all(is_pdf(base.root / figure) for figure in json_lines(done.stdout)[-1]["figures"])


@pytest.mark.parametrize("style", BASE_STYLES)
def test_base_style_reports_a_failing_run(tmp_path: Path, style: str) -> None:
    base = copy_of("base", tmp_path, style)
    done = base.run("src.main", "--full-experiment", "--results-dir", "out")
    assert done.returncode != 0
    assert "failed" in done.stderr
    assert "PLACEHOLDER" in (base.root / "out/mixup/stderr.log").read_text()
