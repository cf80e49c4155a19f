"""The example repositories run as their specification says, and the engine finds nothing in them."""

import json
import re
import shutil
import subprocess
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
import uv

from tests.example_support import EXAMPLES, STAND_IN, Copy, copy_of

PROPOSED = "proposed-gated-mlp-digits"
BASELINE = "comparative-1-mlp-digits"
RUN_IDS = f'["{PROPOSED}", "{BASELINE}"]'


@pytest.fixture
def base(tmp_path: Path) -> Copy:
    return copy_of("base", tmp_path)


@pytest.fixture
def experiment(tmp_path: Path) -> Copy:
    return copy_of("experiment", tmp_path)


def json_lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def is_pdf(path: Path) -> bool:
    return path.read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize("name", ["base", "experiment"])
def test_uv_locks_the_project_to_what_the_interpreter_has(name: str, tmp_path: Path) -> None:
    installed = EXAMPLES.parent / "example_support" / "requirements.txt"
    pins = ["torch==2.13.0", *(line for line in installed.read_text().splitlines() if "==" in line)]
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    for pin in pins:
        empty_wheel(shelf, *pin.split("=="))
    project = tmp_path / "project"
    shutil.copytree(EXAMPLES / name, project)
    command = [uv.find_uv_bin(), "lock", "--offline", "--no-config", "--no-index", "--find-links", str(shelf)]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    locked = {package["name"] for package in tomllib.loads((project / "uv.lock").read_text())["package"]}
    assert len(locked) == 1 + len(tomllib.loads((project / "pyproject.toml").read_text())["project"]["dependencies"])


def empty_wheel(folder: Path, name: str, version: str) -> None:
    """A wheel that holds nothing but its metadata, for a resolver that must not reach the network."""
    stem = f"{name.replace('-', '_')}-{version}"
    with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{stem}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(f"{stem}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{stem}.dist-info/RECORD", "")


def test_base_smoke_test_trains_logs_and_draws(base: Copy) -> None:
    done = base.run("src.main", "--smoke-test", "--results-dir", "out")
    assert done.returncode == 0, done.stderr
    runs = ("smoke-plain", "smoke-mixup")
    printed = json_lines(done.stdout)
    for run_id in runs:
        log = json_lines((base.root / "out" / run_id / "stdout.log").read_text())
        assert [entry.get("epoch") for entry in log] == [1, 2, 3, None]
        assert all(entry["run_id"] == run_id and entry in printed for entry in log)
        assert (base.root / "out" / run_id / "stderr.log").read_text() == ""
        assert (base.root / "out" / run_id / "best.pt").stat().st_size > 0
    comparison = printed[-1]["comparison"]["test_accuracy"]
    assert set(comparison["values"]) == set(runs)
    assert min(comparison["values"].values()) > 0.6
    figures = [base.root / figure for figure in printed[-1]["figures"]]
    assert len(figures) == 2
    assert all(is_pdf(figure) for figure in figures)


def test_base_failing_run_is_reported_and_the_others_finish(base: Copy) -> None:
    base.replace("config/smoke_test.yaml", "mixup_alpha: 0.4", "mixup_alpha: much")
    done = base.run("src.main", "--smoke-test", "--results-dir", "out")
    assert done.returncode != 0
    assert "failed: smoke-mixup (1)" in done.stderr
    assert "could not convert string to float: 'much'" in done.stderr
    assert "could not convert string to float: 'much'" in (base.root / "out/smoke-mixup/stderr.log").read_text()
    assert json_lines((base.root / "out/smoke-plain/stdout.log").read_text())[-1]["best_epoch"] >= 1


def test_base_full_experiment_stops_at_the_placeholder(base: Copy) -> None:
    done = base.run("src.main", "--full-experiment", "--results-dir", "out")
    assert done.returncode != 0
    assert "no loader yet for the data set 'DATASET_PLACEHOLDER'" in done.stderr


@pytest.mark.parametrize("flags", [[], ["--smoke-test", "--full-experiment"]])
def test_base_wants_exactly_one_experiment(base: Copy, flags: list[str]) -> None:
    done = base.run("src.main", *flags, "--results-dir", "out")
    assert done.returncode == 2
    assert "--smoke-test" in done.stderr


@pytest.mark.parametrize("run_id", [PROPOSED, BASELINE])
def test_experiment_trial_runs_offline(experiment: Copy, run_id: str) -> None:
    done = experiment.run("src.main", f"run={run_id}", "results_dir=out", "mode=trial")
    assert done.returncode == 0, done.stderr
    assert re.findall(r"^epoch \d+", done.stdout, re.MULTILINE) == ["epoch 1"]
    made = {str(path.relative_to(experiment.root / "out")) for path in (experiment.root / "out").rglob("*.*")}
    assert made == {f"{run_id}/config.yaml", f"{run_id}/model.pt"}
    assert not (experiment.root / "outputs").exists()
    assert not (experiment.root / "wandb").exists()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((f"run={PROPOSED}", "results_dir=out"), "mode"),
        ((f"run={PROPOSED}", "results_dir=out", "mode=pilot"), "mode must be one of trial, full, not 'pilot'"),
        (("run=nothing", "results_dir=out", "mode=trial"), f"config/runs has {BASELINE}, {PROPOSED}"),
    ],
)
def test_experiment_refuses_what_it_does_not_know(experiment: Copy, arguments: tuple[str, ...], complaint: str) -> None:
    done = experiment.run("src.main", *arguments)
    assert done.returncode != 0
    assert complaint in done.stderr


def test_experiment_full_runs_are_recorded_and_evaluated(experiment: Copy) -> None:
    for run_id in (PROPOSED, BASELINE):
        experiment.replace(f"config/runs/{run_id}.yaml", "n_trials: 12", "n_trials: 2")
        experiment.replace(f"config/runs/{run_id}.yaml", "epochs: 30", "epochs: 3")
        done = experiment.run("src.main", f"run={run_id}", "results_dir=out", "mode=full", env=recording(experiment))
        assert done.returncode == 0, done.stderr
    done = evaluate(experiment)
    assert done.returncode == 0, done.stderr
    metrics = json.loads((experiment.root / "out" / PROPOSED / "metrics.json").read_text())
    assert len(metrics["history"]["val_acc"]) == 3
    assert max(metrics["history"]["val_acc"]) == metrics["summary"]["best_val_acc"] > 0.8
    assert metrics["config"]["optuna"]["n_trials"] == 2
    assert metrics["config"]["training"]["learning_rate"] != 0.003
    assert len(metrics["summary"]["test_correct"]) == 360


@pytest.mark.parametrize(("direction", "best", "gap"), [("maximize", 0.9, 12.5), ("minimize", 0.9, -50.0)])
def test_evaluation_computes_the_known_answers(experiment: Copy, direction: str, best: float, gap: float) -> None:
    experiment.replace("config/config.yaml", "direction: maximize", f"direction: {direction}")
    record(experiment, PROPOSED, accuracy=0.9, correct=[1, 1, 1, 1, 1, 1, 1, 1, 1, 0])
    record(experiment, BASELINE, accuracy=0.8, correct=[0, 0, 1, 1, 1, 1, 1, 1, 1, 1])
    record(experiment, "baseline-2-weak", accuracy=0.6, correct=[0] * 10)
    done = evaluate(experiment, json.dumps([PROPOSED, BASELINE, "baseline-2-weak"]))
    assert done.returncode == 0, done.stderr
    comparison = experiment.root / "out/comparison"
    aggregated = json.loads((comparison / "aggregated_metrics.json").read_text())
    assert list(aggregated) == ["primary_metric", "metrics", "best_proposed", "best_baseline", "gap"]
    assert aggregated["best_proposed"] == {"run_id": PROPOSED, "value": best}
    assert aggregated["best_baseline"]["run_id"] == (BASELINE if direction == "maximize" else "baseline-2-weak")
    assert aggregated["gap"] == pytest.approx(gap)
    assert aggregated["metrics"]["test_accuracy"] == {PROPOSED: 0.9, BASELINE: 0.8, "baseline-2-weak": 0.6}
    if direction == "maximize":
        significance = json.loads((comparison / "significance_test.json").read_text())
        assert (significance["only_proposed_correct"], significance["only_baseline_correct"]) == (2, 1)
        assert significance["p_value"] == pytest.approx(1.0)
    figures = {path.name for path in (experiment.root / "out").rglob("*.pdf") if is_pdf(path)}
    assert figures == {
        *(f"{run}_{topic}.pdf" for run in aggregated["metrics"]["test_accuracy"] for topic in PER_RUN),
        *(f"comparison_{topic}.pdf" for topic in ("test_accuracy_bar_chart", "val_acc_box_plot", "metrics_table")),
    }


PER_RUN = ("learning_curve", "confusion_matrix")


def test_evaluation_refuses_a_trial(experiment: Copy) -> None:
    done = experiment.run("src.evaluate", "results_dir=out", f"run_ids={RUN_IDS}", "mode=trial")
    assert done.returncode != 0
    assert "train with mode=full" in done.stderr
    record(experiment, PROPOSED, accuracy=0.9, correct=[1], mode="trial")
    done = evaluate(experiment, f'["{PROPOSED}"]')
    assert done.returncode != 0
    assert f"{PROPOSED} is a trial run" in done.stderr
    assert not (experiment.root / "out").exists()


@pytest.mark.parametrize("run_ids", ["proposed", "[]", "[1]"])
def test_evaluation_says_what_run_ids_must_be(experiment: Copy, run_ids: str) -> None:
    done = evaluate(experiment, run_ids)
    assert done.returncode != 0
    assert "usage: python -m src.evaluate results_dir=PATH" in done.stderr
    assert "Traceback" not in done.stderr


def recording(experiment: Copy) -> dict[str, str]:
    return {"PYTHONPATH": str(STAND_IN), "STAND_IN_WANDB": str(experiment.root.parent / "recorded")}


def evaluate(experiment: Copy, run_ids: str = RUN_IDS) -> subprocess.CompletedProcess[str]:
    return experiment.run("src.evaluate", "results_dir=out", f"run_ids={run_ids}", env=recording(experiment))


def record(experiment: Copy, run_id: str, accuracy: float, correct: list[int], mode: str = "full") -> None:
    """Leave a finished run where the stand-in for wandb finds it."""
    curves = [
        {"_step": step, "train_loss": 1 / step, "train_acc": 0.5, "val_loss": 1 / step, "val_acc": accuracy - 1 / step}
        for step in range(1, 6)
    ]
    summary = {"test_accuracy": accuracy, "test_correct": correct, "confusion_matrix": [[3, 1], [0, 6]], "_step": 5}
    folder = Path(recording(experiment)["STAND_IN_WANDB"]) / "example-lab" / "feature-gates"
    folder.mkdir(parents=True, exist_ok=True)
    content = {"history": curves, "summary": summary, "config": {"run_id": run_id, "mode": mode}}
    (folder / f"{run_id}.json").write_text(json.dumps(content))
