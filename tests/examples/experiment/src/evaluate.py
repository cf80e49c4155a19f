"""Fetch finished runs from WandB; write each run's metrics and figures, then the comparison of all of them."""

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import wandb
from omegaconf import DictConfig, OmegaConf
from scipy.stats import binomtest

CONFIG = Path(__file__).resolve().parent.parent / "config" / "config.yaml"
CURVES = ("train_loss", "train_acc", "val_loss", "val_acc")
USAGE = """usage: python -m src.evaluate results_dir=PATH run_ids='["run-1", "run-2"]'"""


class Run:
    """One finished run as WandB keeps it.

    history has a row per logged step, summary the final metrics, config the resolved run configuration.
    """

    def __init__(self, run_id: str, history: pd.DataFrame, summary: dict, config: dict) -> None:
        self.run_id = run_id
        self.history = history
        self.summary = summary
        self.config = config

    @property
    def proposed(self) -> bool:
        """Whether this is the proposed method, by its id."""
        return "proposed" in self.run_id

    def curve(self, key: str) -> pd.Series:
        """The logged values of one metric, by step."""
        return self.history.set_index("_step")[key].dropna()

    def metrics(self) -> dict[str, float]:
        """The summary's single numbers that are not WandB's own."""
        return {
            key: value
            for key, value in self.summary.items()
            if not key.startswith("_") and isinstance(value, int | float)
        }


def parse_arguments(argv: list[str]) -> tuple[Path, list[str]]:
    """The results directory and the run ids of ``results_dir=… run_ids='[…]'``; exits with the usage otherwise."""
    given = dict(argument.partition("=")[::2] for argument in argv)
    if given.get("mode") == "trial":
        sys.exit("evaluation needs runs recorded by WandB, and trial mode records none: train with mode=full")
    try:
        run_ids = json.loads(given["run_ids"])
        results_dir = Path(given["results_dir"])
    except (KeyError, json.JSONDecodeError) as error:
        sys.exit(f"{USAGE}\nmissing or malformed: {error}")
    if not run_ids or not all(isinstance(run_id, str) for run_id in run_ids):
        sys.exit(f"{USAGE}\nrun_ids must be a JSON list of at least one string")
    return results_dir, run_ids


def fetch(api: wandb.Api, entity: str, project: str, run_id: str) -> Run:
    """One run's history, summary and configuration from WandB; exits where the run was a trial."""
    run = api.run(f"{entity}/{project}/{run_id}")
    history = run.history(samples=100_000)
    summary = run.summary._json_dict
    config = dict(run.config)
    if config.get("mode") == "trial":
        sys.exit(f"{run_id} is a trial run; train it with mode=full before evaluating it")
    missing = [key for key in CURVES if key not in history]
    if missing:
        sys.exit(f"{run_id} logged no {', '.join(missing)}; was it interrupted?")
    return Run(run_id, history, summary, config)


def save(figure: plt.Figure, path: Path) -> None:
    """Lay out, write and close one figure, and say where it went."""
    figure.tight_layout()
    figure.savefig(path)
    plt.close(figure)
    print(path)


def write_json(content: dict, path: Path) -> None:
    """Write one JSON file and say where it went."""
    path.write_text(json.dumps(content, indent=2, allow_nan=False) + "\n")
    print(path)


def report_run(run: Run, folder: Path) -> None:
    """One run's metrics.json, learning curves and confusion matrix."""
    folder.mkdir(parents=True, exist_ok=True)
    history = {key: run.curve(key).tolist() for key in CURVES}
    write_json(
        {"run_id": run.run_id, "config": run.config, "summary": run.summary, "history": history},
        folder / "metrics.json",
    )

    figure, (losses, accuracies) = plt.subplots(1, 2, figsize=(10, 4))
    for axis, name in ((losses, "loss"), (accuracies, "acc")):
        for split in ("train", "val"):
            curve = run.curve(f"{split}_{name}")
            axis.plot(curve.index, curve.to_numpy(), label=f"{split} {name}")
        axis.set(xlabel="step", ylabel=name)
        axis.legend()
    best = run.curve("val_acc")
    accuracies.annotate(
        f"best {best.max():.3f}",
        (best.idxmax(), best.max()),
        xytext=(0, -60),
        textcoords="offset points",
        ha="center",
        arrowprops={"arrowstyle": "->"},
    )
    figure.suptitle(run.run_id)
    save(figure, folder / f"{run.run_id}_learning_curve.pdf")

    matrix = np.array(run.summary["confusion_matrix"])
    figure, axis = plt.subplots(figsize=(6, 5))
    figure.colorbar(axis.imshow(matrix, cmap="Blues"), label="test samples")
    for (row, column), count in np.ndenumerate(matrix):
        axis.annotate(str(count), (column, row), ha="center", va="center", fontsize=7)
    axis.set(xlabel="predicted digit", ylabel="true digit", title=run.run_id)
    save(figure, folder / f"{run.run_id}_confusion_matrix.pdf")


def best_of(runs: list[Run], metric: str, maximize: bool) -> Run:
    """The run with the best value of the metric."""
    return (max if maximize else min)(runs, key=lambda run: run.summary[metric])


def gap_percent(proposed: float, baseline: float, maximize: bool) -> float:
    """How many per cent better the proposed method is than the baseline; positive is better either way."""
    gap = (proposed - baseline) / baseline * 100
    return gap if maximize else -gap


def mcnemar(proposed: Run, baseline: Run) -> dict:
    """Exact McNemar test on the test samples that only one of the two runs classifies correctly."""
    ours, theirs = (np.array(run.summary["test_correct"], dtype=bool) for run in (proposed, baseline))
    if ours.shape != theirs.shape:
        sys.exit(f"{proposed.run_id} and {baseline.run_id} were tested on different samples")
    only_ours, only_theirs = int((ours & ~theirs).sum()), int((theirs & ~ours).sum())
    differing = only_ours + only_theirs
    p_value = float(binomtest(only_ours, differing).pvalue) if differing else 1.0
    return {
        "test": "McNemar, exact, two-sided",
        "samples": len(ours),
        "only_proposed_correct": only_ours,
        "only_baseline_correct": only_theirs,
        "p_value": p_value,
    }


def compare(runs: list[Run], folder: Path, settings: DictConfig) -> None:
    """The aggregated metrics, the significance test and the figures over all runs."""
    folder.mkdir(parents=True, exist_ok=True)
    metric, maximize = settings.primary_metric, settings.direction == "maximize"
    ours = [run for run in runs if run.proposed]
    theirs = [run for run in runs if "comparative" in run.run_id or "baseline" in run.run_id]
    if not ours or not theirs:
        sys.exit("a comparison needs a run id with 'proposed' and one with 'comparative' or 'baseline'")
    proposed, baseline = best_of(ours, metric, maximize), best_of(theirs, metric, maximize)
    names = sorted({name for run in runs for name in run.metrics()})
    metrics = {name: {run.run_id: run.metrics()[name] for run in runs if name in run.metrics()} for name in names}
    gap = gap_percent(proposed.summary[metric], baseline.summary[metric], maximize)
    write_json(
        {
            "primary_metric": metric,
            "metrics": metrics,
            "best_proposed": {"run_id": proposed.run_id, "value": proposed.summary[metric]},
            "best_baseline": {"run_id": baseline.run_id, "value": baseline.summary[metric]},
            "gap": gap,
        },
        folder / "aggregated_metrics.json",
    )
    significance = mcnemar(proposed, baseline)
    write_json(significance, folder / "significance_test.json")
    bar_chart(runs, metric, f"gap {gap:+.2f}%, p = {significance['p_value']:.3f}", folder)
    box_plot(runs, folder)
    metrics_table(pd.DataFrame(metrics).T, folder)


def bar_chart(runs: list[Run], metric: str, note: str, folder: Path) -> None:
    """The primary metric of every run, proposed and baselines in colours of their own."""
    figure, axis = plt.subplots(figsize=(7, 4.5))
    for label, colour, proposed in (("proposed", "tab:blue", True), ("baseline", "tab:gray", False)):
        group = [run for run in runs if run.proposed is proposed]
        bars = axis.bar(
            [run.run_id for run in group], [run.summary[metric] for run in group], color=colour, label=label
        )
        axis.bar_label(bars, fmt="%.3f")
    axis.annotate(note, (0.02, 0.93), xycoords="axes fraction")
    axis.margins(y=0.3)
    axis.set(ylabel=metric, title=f"{metric} by run")
    axis.legend(loc="upper right")
    save(figure, folder / f"comparison_{metric}_bar_chart.pdf")


def box_plot(runs: list[Run], folder: Path) -> None:
    """How validation accuracy is spread over the epochs of every run."""
    curves = [run.curve("val_acc") for run in runs]
    figure, axis = plt.subplots(figsize=(7, 4.5))
    boxes = axis.boxplot(curves, showmeans=True)
    for position, curve in enumerate(curves, start=1):
        axis.annotate(f"{curve.median():.3f}", (position, curve.median()), xytext=(28, 0), textcoords="offset points")
    axis.set_xticks(range(1, len(runs) + 1), [run.run_id for run in runs])
    axis.set(ylabel="validation accuracy, one value an epoch", title="Validation accuracy over training")
    axis.legend([boxes["medians"][0], boxes["means"][0]], ["median", "mean"])
    save(figure, folder / "comparison_val_acc_box_plot.pdf")


def metrics_table(metrics: pd.DataFrame, folder: Path) -> None:
    """Every summary metric, a row each, of every run, a column each."""
    figure, axis = plt.subplots(figsize=(2 + 2 * len(metrics.columns), 1 + 0.3 * len(metrics)))
    axis.axis("off")
    cells = [[f"{value:.4f}" for value in row] for row in metrics.to_numpy()]
    table = axis.table(cells, rowLabels=list(metrics.index), colLabels=list(metrics.columns), loc="center")
    table.auto_set_font_size(False)
    table.set_fontsize(8)
    axis.set_title("Final metrics")
    save(figure, folder / "comparison_metrics_table.pdf")


def main() -> None:
    """Report every run, then compare them."""
    results_dir, run_ids = parse_arguments(sys.argv[1:])
    cfg = OmegaConf.load(CONFIG)
    api = wandb.Api()
    runs = [fetch(api, cfg.wandb.entity, cfg.wandb.project, run_id) for run_id in run_ids]
    for run in runs:
        report_run(run, results_dir / run.run_id)
    compare(runs, results_dir / "comparison", cfg.evaluation)


if __name__ == "__main__":
    main()
