"""Trains one run variation and reports JSON lines."""

import json
import os
import sys
from dataclasses import asdict, dataclass, field
from typing import Dict, List

import numpy as np
import torch
import torch.nn as nn
import yaml

from . import model as model_lib
from . import preprocess


@dataclass
class Report:
    """What a run reports; printed as one JSON object."""

    run_id: str
    history: List[Dict[str, float]] = field(default_factory=list)
    final: Dict[str, float] = field(default_factory=dict)


def emit(run_id: str, **metrics) -> None:
    payload = {"run_id": run_id}
    payload.update(metrics)
    print(json.dumps(payload))
    sys.stdout.flush()


class Checkpoint:
    """The best weights so far, on disk."""

    def __init__(self, filename):
        self.filename, self.best = filename, float("inf")

    def offer(self, loss, model, optimizer):
        if loss < self.best:
            self.best = loss
            torch.save({"model_state": model.state_dict(), "optimizer_state": optimizer.state_dict()}, self.filename)

    def restore(self, model):
        state = torch.load(self.filename, map_location="cpu")
        model.load_state_dict(state["model_state"])
        return model


def accuracy_and_loss(model, loader, device):
    model.eval()
    correct = total = loss = 0
    with torch.no_grad():
        for x, y in loader:
            logits = model(x.to(device))
            loss += nn.functional.cross_entropy(logits, y.to(device), reduction="sum").item()
            correct += (logits.argmax(-1).cpu() == y).sum().item()
            total += y.numel()
    return correct / total, loss / total


def main(config_path, run_id, results_dir):
    with open(config_path) as handle:
        config = yaml.safe_load(handle)
    variation = {**config["common"], **config["run_variations"][run_id]}
    torch.manual_seed(variation["seed"])
    rng = np.random.default_rng(variation["seed"])
    device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
    loaders = preprocess.loaders(variation)
    net = model_lib.create(variation, loaders["num_features"], loaders["num_classes"]).to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=variation["learning_rate"], momentum=variation["momentum"])
    checkpoint = Checkpoint(os.path.join(results_dir, run_id, "checkpoint.pth"))
    report = Report(run_id)
    alpha = variation["mixup_alpha"]
    for epoch in range(variation["epochs"]):
        net.train()
        for x, y in loaders["train"]:
            x, y = x.to(device), y.to(device)
            lam = rng.beta(alpha, alpha) if alpha else 1.0
            order = torch.randperm(x.size(0), device=device)
            logits = net(lam * x + (1 - lam) * x[order])
            loss = lam * nn.functional.cross_entropy(logits, y) + (1 - lam) * nn.functional.cross_entropy(
                logits, y[order]
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        accuracy, val_loss = accuracy_and_loss(net, loaders["val"], device)
        checkpoint.offer(val_loss, net, optimizer)
        report.history.append({"epoch": epoch, "val_accuracy": accuracy, "val_loss": val_loss})
        emit(run_id, **report.history[-1])
    accuracy, test_loss = accuracy_and_loss(checkpoint.restore(net), loaders["test"], device)
    report.final = {"test_accuracy": accuracy, "test_loss": test_loss}
    with open(os.path.join(results_dir, run_id, "report.json"), "w") as handle:
        json.dump(asdict(report), handle)
    emit(run_id, **report.final)


if __name__ == "__main__":
    main(*sys.argv[1:4])
