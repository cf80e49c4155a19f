"""Compare finished runs: figures as PDF, the comparison as JSON on standard output."""

import argparse
import json
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import yaml

FINAL_METRICS = ("test_accuracy", "test_macro_f1")


def parse_arguments() -> argparse.Namespace:
    """Which runs to compare and where their results are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="YAML file with the run variations")
    parser.add_argument("--results-dir", type=Path, required=True, help="where the runs left their metrics")
    return parser.parse_args()


def load_results(config: Path, results_dir: Path) -> dict[str, dict]:
    """The metrics that training kept, by run id."""
    results = {}
    for run in yaml.safe_load(config.read_text())["runs"]:
        kept = results_dir / run["run_id"] / "metrics.json"
        if not kept.exists():
            raise SystemExit(f"{kept} is missing: train {run['run_id']} before evaluating it")
        results[run["run_id"]] = json.loads(kept.read_text())
    return results


def compare(results: dict[str, dict]) -> dict:
    """The final metrics by metric and run, the best run of each, and its lead over the worst."""
    comparison = {}
    for metric in FINAL_METRICS:
        values = {run_id: result["final"][metric] for run_id, result in results.items()}
        best = max(values, key=values.get)
        comparison[metric] = {"values": values, "best": best, "lead": values[best] - min(values.values())}
    return comparison


def save(figure: plt.Figure, path: Path) -> None:
    """Lay out, write and close one figure."""
    figure.tight_layout()
    figure.savefig(path)
    plt.close(figure)


def plot_curves(results: dict[str, dict], folder: Path) -> None:
    """Validation accuracy by epoch, one line a run, its best epoch annotated."""
    figure, axis = plt.subplots(figsize=(7, 4.5))
    for run_id, result in results.items():
        epochs = [row["epoch"] for row in result["history"]]
        accuracy = [row["val_accuracy"] for row in result["history"]]
        axis.plot(epochs, accuracy, marker="o", label=run_id)
        axis.annotate(f"{max(accuracy):.3f}", (epochs[accuracy.index(max(accuracy))], max(accuracy)), va="bottom")
    axis.margins(0.1)
    axis.set(xlabel="epoch", ylabel="validation accuracy", title="Validation accuracy during training")
    axis.legend()
    save(figure, folder / "validation_accuracy.pdf")


def plot_finals(comparison: dict, folder: Path) -> None:
    """The final metrics as grouped bars with their values."""
    figure, axis = plt.subplots(figsize=(7, 4.5))
    width = 0.8 / len(comparison)
    for offset, (metric, entry) in enumerate(comparison.items()):
        places = [index + offset * width for index in range(len(entry["values"]))]
        axis.bar_label(axis.bar(places, entry["values"].values(), width, label=metric), fmt="%.3f")
    run_ids = list(comparison[FINAL_METRICS[0]]["values"])
    axis.set_xticks([index + width * (len(comparison) - 1) / 2 for index in range(len(run_ids))], run_ids)
    axis.set(ylabel="score", title="Test metrics of the best checkpoint")
    axis.margins(y=0.3)
    axis.legend(loc="upper right")
    save(figure, folder / "test_metrics.pdf")


def main() -> None:
    """Draw the figures and print the comparison."""
    arguments = parse_arguments()
    results = load_results(arguments.config, arguments.results_dir)
    comparison = compare(results)
    figures = arguments.results_dir / "figures"
    figures.mkdir(parents=True, exist_ok=True)
    plot_curves(results, figures)
    plot_finals(comparison, figures)
    print(json.dumps({"comparison": comparison, "figures": sorted(str(path) for path in figures.glob("*.pdf"))}))


if __name__ == "__main__":
    main()
