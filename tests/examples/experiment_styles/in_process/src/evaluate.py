"""Evaluate finished runs: per-run reports, then the comparison."""

import argparse
import json
import os

import matplotlib
import numpy as np
import pandas as pd
import scipy.stats as st
import yaml
from matplotlib import pyplot as plt
from wandb import Api

matplotlib.use("Agg")

LEARNING_CURVE = "{run_id}_learning_curve.pdf"
CONFUSION = "{run_id}_confusion_matrix.pdf"


class Evaluation:
    """Everything that is made of the runs asked for."""

    def __init__(self, results_dir, run_ids):
        self.results_dir, self.run_ids = results_dir, run_ids
        with open(os.path.join(os.path.dirname(__file__), os.pardir, "config", "config.yaml")) as stream:
            self.config = yaml.safe_load(stream)
        self.metric = self.config["evaluation"]["primary_metric"]
        self.sign = 1 if self.config["evaluation"]["direction"] == "maximize" else -1
        self.histories, self.summaries, self.configs = {}, {}, {}

    def fetch(self):
        """Read every run from WandB."""
        api = Api()
        where = self.config["wandb"]
        for run_id in self.run_ids:
            path = "/".join([where["entity"], where["project"], run_id])
            run = api.run(path)
            self.histories[run_id] = run.history()
            self.summaries[run_id] = run.summary._json_dict
            self.configs[run_id] = dict(run.config)
            if self.configs[run_id]["mode"] != "full":
                raise SystemExit(f"{run_id} is no full run, so WandB has no data worth evaluating")

    def folder(self, name):
        """A folder below the results directory, made when missing."""
        path = os.path.join(self.results_dir, name)
        os.makedirs(path, exist_ok=True)
        return path

    def export(self, run_id):
        """The run's metrics.json."""
        record = {
            "summary": self.summaries[run_id],
            "config": self.configs[run_id],
            "history": json.loads(self.histories[run_id].to_json(orient="records")),
        }
        with open(os.path.join(self.folder(run_id), "metrics.json"), "w") as stream:
            json.dump(record, stream, indent=2)

    def plot_run(self, run_id):
        """The run's learning curve and confusion matrix."""
        history = self.histories[run_id]
        fig, axes = plt.subplots(ncols=2, figsize=(10, 4))
        for ax, kind in zip(axes, ["loss", "acc"]):
            for split in ["train", "val"]:
                history[f"{split}_{kind}"].dropna().plot(ax=ax, label=split)
            ax.set_title(kind)
            ax.legend()
        last = history["val_acc"].dropna()
        axes[1].text(last.index[-1], last.iloc[-1], f"{last.iloc[-1]:.3f}")
        fig.tight_layout()
        fig.savefig(os.path.join(self.folder(run_id), LEARNING_CURVE.format(run_id=run_id)))
        plt.close(fig)

        fig, ax = plt.subplots()
        matrix = np.asarray(self.summaries[run_id]["confusion_matrix"])
        ax.matshow(matrix)
        for (i, j), value in np.ndenumerate(matrix):
            ax.text(j, i, value, ha="center", va="center")
        fig.tight_layout()
        fig.savefig(os.path.join(self.folder(run_id), CONFUSION.format(run_id=run_id)))
        plt.close(fig)

    def best(self, *words):
        """The best run whose id has one of the words."""
        group = [run_id for run_id in self.run_ids if any(word in run_id for word in words)]
        run_id = max(group, key=lambda name: self.sign * self.summaries[name][self.metric])
        return {"run_id": run_id, "value": self.summaries[run_id][self.metric]}

    def aggregate(self):
        """Write the aggregated metrics and return them."""
        metrics = {}
        for run_id, summary in self.summaries.items():
            for name, value in summary.items():
                if isinstance(value, (int, float)) and not name.startswith("_"):
                    metrics.setdefault(name, {})[run_id] = value
        ours, theirs = self.best("proposed"), self.best("comparative", "baseline")
        aggregated = dict(primary_metric=self.metric, metrics=metrics, best_proposed=ours, best_baseline=theirs)
        aggregated["gap"] = self.sign * (ours["value"] - theirs["value"]) / theirs["value"] * 100
        with open(os.path.join(self.folder("comparison"), "aggregated_metrics.json"), "w") as stream:
            json.dump(aggregated, stream, indent=2)
        return aggregated

    def significance(self, ours, theirs):
        """Wilcoxon signed-rank test on the validation accuracies of the epochs that both runs have."""
        pair = [self.histories[name]["val_acc"].dropna().to_numpy() for name in (ours, theirs)]
        epochs = min(map(len, pair))
        a, b = (values[:epochs] for values in pair)
        if epochs < 2 or np.allclose(a, b):
            return {"test": "wilcoxon", "epochs": epochs, "p_value": None}
        return {"test": "wilcoxon", "epochs": epochs, "p_value": float(st.wilcoxon(a, b).pvalue)}

    def compare(self):
        """The comparison's figures, table and test."""
        aggregated = self.aggregate()
        out = self.folder("comparison")
        test = self.significance(aggregated["best_proposed"]["run_id"], aggregated["best_baseline"]["run_id"])
        with open(os.path.join(out, "significance.json"), "w") as stream:
            json.dump(test, stream)
        table = pd.DataFrame(aggregated["metrics"])
        table.to_csv(os.path.join(out, "comparison_metrics_table.csv"))

        fig, ax = plt.subplots()
        bars = ax.bar(table.index, table[self.metric], label=self.metric)
        for bar in bars:
            ax.annotate(f"{bar.get_height():.3f}", (bar.get_x() + bar.get_width() / 2, bar.get_height()))
        ax.legend()
        fig.tight_layout()
        fig.savefig(os.path.join(out, f"comparison_{self.metric}_bar_chart.pdf"), format="pdf")
        plt.close(fig)

        fig, ax = plt.subplots()
        drawn = ax.boxplot([self.histories[name]["val_acc"].dropna() for name in self.run_ids])
        ax.set_xticklabels(self.run_ids)
        ax.legend(drawn["medians"][:1], ["median"])
        plt.tight_layout()
        plt.savefig(os.path.join(out, "comparison_val_acc_box_plot" + ".pdf"))
        plt.close(fig)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("overrides", nargs="*", help="results_dir=PATH run_ids='[...]'")
    args = parser.parse_args()
    values = {}
    for item in args.overrides:
        key, _, value = item.partition("=")
        values[key] = value
    if values.get("mode") == "trial":
        parser.error("trial runs leave nothing in WandB, so there is nothing to evaluate")
    if "results_dir" not in values or "run_ids" not in values:
        parser.error("results_dir=PATH and run_ids='[...]' are both needed")
    evaluation = Evaluation(values["results_dir"], json.loads(values["run_ids"]))
    evaluation.fetch()
    for run_id in evaluation.run_ids:
        evaluation.export(run_id)
        evaluation.plot_run(run_id)
    evaluation.compare()


if __name__ == "__main__":
    main()
