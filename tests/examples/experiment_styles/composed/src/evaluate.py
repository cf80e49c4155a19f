"""From recorded runs to figures and a comparison."""

import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
import wandb
from omegaconf import OmegaConf
from scipy import stats

ROOT = Path(__file__).resolve().parents[1]
METRICS_FILE = "metrics.json"


def figure_path(results_dir: Path, owner: str, topic: str) -> Path:
    """Where a figure goes: in its owner's folder, its name starting with the owner's."""
    folder = results_dir / owner
    folder.mkdir(parents=True, exist_ok=True)
    return (folder / f"{owner}_{topic}").with_suffix(".pdf")


def finish(fig, results_dir: Path, owner: str, topic: str) -> None:
    fig.tight_layout()
    fig.savefig(figure_path(results_dir, owner, topic), bbox_inches="tight")
    plt.close(fig)


def export_run(run_id: str, history: pd.DataFrame, summary: dict, config: dict, results_dir: Path) -> None:
    """metrics.json, learning curves and confusion matrix of one run."""
    curves = history[["train_loss", "val_loss", "train_acc", "val_acc"]]
    content = {"run_id": run_id, "config": config, "summary": summary}
    content["history"] = {name: curves[name].dropna().tolist() for name in curves}
    (results_dir / run_id).mkdir(parents=True, exist_ok=True)
    with (results_dir / run_id / METRICS_FILE).open("w", encoding="utf-8") as file:
        json.dump(content, file)
    fig, ax = plt.subplots()
    for name in curves:
        sns.lineplot(x=curves[name].dropna().index, y=curves[name].dropna(), ax=ax, label=name)
    ax.annotate("end", (curves.index[-1], curves["val_acc"].iloc[-1]))
    ax.legend()
    finish(fig, results_dir, run_id, "learning_curve")
    fig, ax = plt.subplots()
    sns.heatmap(np.array(summary["confusion_matrix"]), annot=True, fmt="d", ax=ax)
    finish(fig, results_dir, run_id, "confusion_matrix")


def is_baseline(run_id: str) -> bool:
    return "comparative" in run_id or "baseline" in run_id


def aggregate(summaries: dict[str, dict], metric: str, minimize: bool) -> dict:
    """The comparison's five fields."""
    table: dict[str, dict] = {}
    for run_id in summaries:
        scalars = {k: v for k, v in summaries[run_id].items() if np.isscalar(v) and not k.startswith("_")}
        for name in scalars:
            table.setdefault(name, {}).update({run_id: scalars[name]})
    ranked = sorted(table[metric], key=table[metric].get, reverse=not minimize)
    proposed = next(run_id for run_id in ranked if "proposed" in run_id)
    baseline = next(run_id for run_id in ranked if is_baseline(run_id))
    ours, theirs = table[metric][proposed], table[metric][baseline]
    gap = (ours - theirs) / theirs * 100
    if minimize:
        gap = -gap
    return {
        "primary_metric": metric,
        "metrics": table,
        "best_proposed": {"run_id": proposed, "value": ours},
        "best_baseline": {"run_id": baseline, "value": theirs},
        "gap": gap,
    }


def draw_comparison(aggregated: dict, histories: dict[str, pd.DataFrame], note: str, results_dir: Path) -> None:
    metric = aggregated["primary_metric"]
    fig, ax = plt.subplots()
    values = pd.Series(aggregated["metrics"][metric], name=metric)
    sns.barplot(x=values.index, y=values, hue=values.index, ax=ax, legend="full")
    for container in ax.containers:
        ax.bar_label(container, fmt="%.3f")
    ax.set_title(note)
    finish(fig, results_dir, "comparison", f"{metric}_bar_chart")
    long = pd.concat([history[["val_acc"]].dropna().assign(run=run_id) for run_id, history in histories.items()])
    fig, ax = plt.subplots()
    sns.boxplot(data=long, x="run", y="val_acc", hue="run", ax=ax, legend="full")
    ax.annotate(f"n = {len(long)} epochs", (0.02, 0.02), xycoords="axes fraction")
    finish(fig, results_dir, "comparison", "val_acc_box_plot")
    fig, ax = plt.subplots()
    ax.set_axis_off()
    frame = pd.DataFrame(aggregated["metrics"]).T.round(4)
    ax.table(cellText=frame.values, rowLabels=frame.index, colLabels=frame.columns, loc="center")
    finish(fig, results_dir, "comparison", "metrics_table")


def main() -> None:
    args = OmegaConf.from_cli()
    if args.get("mode") == "trial":
        raise SystemExit("a trial records nothing to evaluate; run with mode=full first")
    run_ids = json.loads(args.run_ids) if isinstance(args.run_ids, str) else list(args.run_ids)
    results_dir = Path(args.results_dir)
    cfg = OmegaConf.load(ROOT / "config" / "config.yaml")
    api = wandb.Api()
    histories, summaries = {}, {}
    for run_id in run_ids:
        run = api.run(f"{cfg.wandb.entity}/{cfg.wandb.project}/{run_id}")
        history, summary, config = run.history(), run.summary._json_dict, dict(run.config)
        if config.get("mode") == "trial" or history.empty:
            raise SystemExit(f"{run_id} has no recorded history; was it a trial?")
        export_run(run_id, history, summary, config, results_dir)
        histories[run_id], summaries[run_id] = history, summary
    aggregated = aggregate(summaries, cfg.evaluation.primary_metric, cfg.evaluation.direction == "minimize")
    destination = results_dir / "comparison" / "aggregated_metrics.json"
    destination.parent.mkdir(parents=True, exist_ok=True)
    destination.write_text(json.dumps(aggregated, indent=4))
    best = [summaries[aggregated[key]["run_id"]]["test_correct"] for key in ("best_proposed", "best_baseline")]
    test = stats.ttest_rel(*best)
    draw_comparison(aggregated, histories, f"paired t-test, p = {test.pvalue:.3f}", results_dir)


if __name__ == "__main__":
    main()
