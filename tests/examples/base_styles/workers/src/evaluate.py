"""Compares the runs that were trained."""

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("pdf")
import matplotlib.pyplot as plt
import yaml


def figure(name, title, results_dir):
    """A context for one figure: yields axes, saves on leaving."""
    fig, ax = plt.subplots(constrained_layout=True)
    ax.set_title(title)

    def save():
        ax.legend()
        target = Path(results_dir, "images", name).with_suffix(".pdf")
        target.parent.mkdir(exist_ok=True)
        fig.savefig(target)
        return str(target)

    return ax, save


def main():
    config_path, results_dir = sys.argv[1:]
    run_ids = list(yaml.safe_load(Path(config_path).read_text())["run_variations"])
    reports = {run_id: json.loads(Path(results_dir, run_id, "report.json").read_text()) for run_id in run_ids}
    written = []

    ax, save = figure("training_curves", "Validation accuracy", results_dir)
    for run_id, report in reports.items():
        ax.plot([row["val_accuracy"] for row in report["history"]], label=run_id)
        ax.annotate(run_id, (0, report["history"][0]["val_accuracy"]))
    written.append(save())

    accuracies = {run_id: report["final"]["test_accuracy"] for run_id, report in reports.items()}
    ax, save = figure("test_accuracy", "Test accuracy", results_dir)
    for run_id, accuracy in accuracies.items():
        ax.bar(run_id, accuracy, label=run_id)
        ax.text(run_id, accuracy, f"{accuracy:.3f}", ha="center")
    written.append(save())

    ranking = sorted(accuracies, key=accuracies.get, reverse=True)
    comparison = {"metric": "test_accuracy", "values": accuracies, "ranking": ranking, "figures": written}
    json.dump(comparison, sys.stdout)
    print()


if __name__ == "__main__":
    main()
