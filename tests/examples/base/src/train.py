"""Train one run variation with mixup, keep its best checkpoint, test that, and print every metric as JSON."""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
import yaml
from sklearn.metrics import accuracy_score, f1_score
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader

from src.model import build_model
from src.preprocess import build_data

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def parse_arguments() -> argparse.Namespace:
    """Which run of which configuration to train, and where its results go."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="YAML file with the run variations")
    parser.add_argument("--run-id", required=True, help="which of its runs to train")
    parser.add_argument("--results-dir", type=Path, required=True, help="parent of this run's folder")
    return parser.parse_args()


def load_run(config: Path, run_id: str) -> dict:
    """The run variation with this id."""
    runs = {run["run_id"]: run for run in yaml.safe_load(config.read_text())["runs"]}
    if run_id not in runs:
        raise SystemExit(f"{config} has no run {run_id!r}; it has {', '.join(runs)}")
    return runs[run_id]


def mixed_loss(model: nn.Module, inputs: torch.Tensor, labels: torch.Tensor, alpha: float) -> torch.Tensor:
    """Mixup's loss: inputs blended with a shuffled copy, labels weighted alike. An alpha of 0 is plain training."""
    if alpha == 0:
        return cross_entropy(model(inputs), labels)
    weight = float(np.random.beta(alpha, alpha))
    partner = torch.randperm(len(inputs), device=inputs.device)
    logits = model(weight * inputs + (1 - weight) * inputs[partner])
    return weight * cross_entropy(logits, labels) + (1 - weight) * cross_entropy(logits, labels[partner])


def train_epoch(model: nn.Module, batches: DataLoader, optimizer: torch.optim.Optimizer, alpha: float) -> float:
    """One pass over the training split; the mean loss of its batches."""
    model.train()
    losses = []
    for inputs, labels in batches:
        loss = mixed_loss(model, inputs.to(DEVICE), labels.to(DEVICE), alpha)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return float(np.mean(losses))


@torch.no_grad()
def measure(model: nn.Module, batches: DataLoader) -> dict[str, float]:
    """Loss, accuracy and macro F1 over a split."""
    model.eval()
    outputs = [(model(inputs.to(DEVICE)).cpu(), labels) for inputs, labels in batches]
    logits, labels = torch.cat([logits for logits, _ in outputs]), torch.cat([labels for _, labels in outputs])
    predicted = logits.argmax(dim=1)
    return {
        "loss": cross_entropy(logits, labels).item(),
        "accuracy": float(accuracy_score(labels, predicted)),
        "macro_f1": float(f1_score(labels, predicted, average="macro")),
    }


def save_checkpoint(path: Path, model: nn.Module, epoch: int) -> None:
    """Keep the weights of one epoch."""
    torch.save({"model": model.state_dict(), "epoch": epoch}, path)


def load_checkpoint(path: Path, model: nn.Module) -> int:
    """Put a checkpoint's weights into the model; the epoch they are from."""
    checkpoint = torch.load(path, map_location=DEVICE, weights_only=True)
    model.load_state_dict(checkpoint["model"])
    return checkpoint["epoch"]


def train(run: dict, folder: Path) -> dict:
    """Train, test the best epoch's checkpoint, and return the history and the final metrics."""
    torch.manual_seed(run["seed"])
    np.random.seed(run["seed"])
    data = build_data(run)
    model = build_model(run["model"], data.num_features, data.num_classes).to(DEVICE)
    settings = run["training"]
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=settings["learning_rate"], weight_decay=settings["weight_decay"]
    )
    checkpoint, best, history = folder / "best.pt", -1.0, []
    for epoch in range(1, settings["epochs"] + 1):
        train_loss = train_epoch(model, data.train, optimizer, run["method"]["mixup_alpha"])
        validation = {f"val_{name}": value for name, value in measure(model, data.val).items()}
        history.append({"epoch": epoch, "train_loss": train_loss, **validation})
        print(json.dumps({"run_id": run["run_id"], **history[-1]}), flush=True)
        if validation["val_accuracy"] > best:
            best = validation["val_accuracy"]
            save_checkpoint(checkpoint, model, epoch)
    best_epoch = load_checkpoint(checkpoint, model)
    test = {f"test_{name}": value for name, value in measure(model, data.test).items()}
    return {"run_id": run["run_id"], "history": history, "final": {"best_epoch": best_epoch, **test}}


def main() -> None:
    """Train the run asked for and keep its metrics for the evaluation."""
    arguments = parse_arguments()
    run = load_run(arguments.config, arguments.run_id)
    folder = arguments.results_dir / run["run_id"]
    folder.mkdir(parents=True, exist_ok=True)
    metrics = train(run, folder)
    (folder / "metrics.json").write_text(json.dumps(metrics, indent=2))
    print(json.dumps({"run_id": run["run_id"], **metrics["final"]}), flush=True)


if __name__ == "__main__":
    main()
