"""Metrics and figures of finished runs, from WandB."""

import argparse
import json
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import wandb
from omegaconf import OmegaConf
from scipy.stats import ttest_ind

PRIMARY = "final_test_acc"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--results-dir", required=True)
    parser.add_argument("--run-ids", required=True, help="JSON list of run ids")
    args = parser.parse_args()
    results_dir = Path(args.results_dir)
    run_ids = json.loads(args.run_ids)
    settings = OmegaConf.load("config/config.yaml").wandb
    api = wandb.Api()
    histories, summaries = {}, {}
    for run_id in run_ids:
        run = api.run(f"{settings.entity}/{settings.project}/{run_id}")
        histories[run_id] = run.history()
        summaries[run_id] = dict(run.summary)
        config = dict(run.config)
        export_run(results_dir / run_id, run_id, histories[run_id], summaries[run_id], config)
    compare(results_dir / "comparison", histories, summaries)


def export_run(target: Path, run_id: str, history, summary: dict, config: dict) -> None:
    """One run's metrics and its learning curve."""
    target.mkdir(parents=True, exist_ok=True)
    metrics = {
        "summary": {key: value for key, value in summary.items() if isinstance(value, (int, float))},
        "config": config,
        "val_acc": history["val_acc"].dropna().tolist(),
        "train_loss": history["train_loss"].dropna().tolist(),
    }
    (target / "metrics.json").write_text(json.dumps(metrics, indent=2))
    figure, axes = plt.subplots()
    axes.plot(metrics["val_acc"], label="validation accuracy")
    axes.annotate(f"{max(metrics['val_acc']):.3f}", (len(metrics["val_acc"]) - 1, metrics["val_acc"][-1]))
    axes.set_xlabel("epoch")
    axes.legend()
    figure.tight_layout()
    figure.savefig(target / f"{run_id}_learning_curve.pdf")
    plt.close(figure)


def compare(target: Path, histories: dict, summaries: dict) -> None:
    """The runs side by side."""
    target.mkdir(parents=True, exist_ok=True)
    values = {run_id: summary[PRIMARY] for run_id, summary in summaries.items()}
    proposed = {run_id: value for run_id, value in values.items() if "proposed" in run_id}
    baseline = {run_id: value for run_id, value in values.items() if "comparative" in run_id or "baseline" in run_id}
    best_proposed = max(proposed, key=proposed.get)
    best_baseline = max(baseline, key=baseline.get)
    gap = (values[best_proposed] - values[best_baseline]) / values[best_baseline] * 100
    test = ttest_ind(
        histories[best_proposed]["val_acc"].dropna(), histories[best_baseline]["val_acc"].dropna(), equal_var=False
    )
    aggregated = {
        "primary_metric": "Test accuracy",
        "metrics": {PRIMARY: values, "best_val_acc": {k: s["best_val_acc"] for k, s in summaries.items()}},
        "best_proposed": {"run_id": best_proposed, "value": values[best_proposed]},
        "best_baseline": {"run_id": best_baseline, "value": values[best_baseline]},
        "gap": gap,
    }
    (target / "aggregated_metrics.json").write_text(json.dumps(aggregated, indent=2))
    figure, axes = plt.subplots()
    bars = axes.bar(list(values), list(values.values()), label="test accuracy")
    axes.bar_label(bars, fmt="%.3f")
    axes.set_title(f"Welch's t-test on validation accuracy: p = {test.pvalue:.3g}")
    axes.legend()
    figure.tight_layout()
    figure.savefig(target / "comparison_accuracy_bar_chart.pdf")
    plt.close(figure)


if __name__ == "__main__":
    main()
