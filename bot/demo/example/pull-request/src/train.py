"""One training run, with an optional search before it."""

import json
from pathlib import Path

import optuna
import torch
import wandb
from omegaconf import DictConfig, OmegaConf
from torch import nn

from src.model import build_model, consistency_penalty
from src.preprocess import build_splits, class_weights


def run_training(cfg: DictConfig) -> None:
    """Search where the mode allows it, then train with the best values and report to WandB."""
    torch.manual_seed(cfg.seed)
    if cfg.optuna.n_trials > 0:
        _search(cfg)
    run = wandb.init(
        entity=cfg.wandb.entity,
        project=cfg.wandb.project,
        id=cfg.run_id,
        mode=cfg.wandb.mode,
        config=OmegaConf.to_container(cfg, resolve=True),
    )
    best, test = _fit(cfg, log=True)
    wandb.summary["best_val_acc"] = best
    wandb.summary["final_test_acc"] = test
    results = {"run_id": cfg.run_id, "best_val_acc": best, "final_test_acc": test}
    target = Path(cfg.results_dir) / cfg.run_id
    target.mkdir(parents=True, exist_ok=True)
    with open(target / "results.json", "w") as file:
        json.dump(results, file, indent=2)
    run.finish()


def _search(cfg: DictConfig) -> None:
    space = cfg.optuna.search_space

    def objective(trial: optuna.Trial) -> float:
        for name in ("learning_rate", "consistency_weight"):
            if name in space:
                low, high = space[name].low, space[name].high
                log = space[name].type == "loguniform"
                cfg.training[name] = trial.suggest_float(name, low, high, log=log)
        best, _ = _fit(cfg, log=False)
        return best

    study = optuna.create_study(direction="maximize")
    study.optimize(objective, n_trials=cfg.optuna.n_trials)
    for name, value in study.best_params.items():
        cfg.training[name] = value


def _fit(cfg: DictConfig, log: bool) -> tuple[float, float]:
    splits = build_splits(cfg)
    model = build_model(cfg)
    loss_of = nn.CrossEntropyLoss(weight=class_weights(splits.labelled))
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=cfg.training.learning_rate, weight_decay=cfg.training.weight_decay
    )
    best, step = 0.0, 0
    for epoch in range(cfg.training.epochs):
        model.train()
        for number, (images, labels) in enumerate(splits.labelled):
            if cfg.training.max_batches is not None and number >= cfg.training.max_batches:
                break
            loss = loss_of(model(images), labels)
            if cfg.training.consistency_weight > 0:
                chosen = torch.randint(len(splits.unlabelled), (cfg.dataset.batch_size,))
                penalty = consistency_penalty(model, splits.unlabelled[chosen], cfg.training.noise)
                loss = loss + cfg.training.consistency_weight * penalty
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
            if log:
                wandb.log({"train_loss": loss.item(), "epoch": epoch}, step=step)
        accuracy = _accuracy(model, splits.validation)
        best = max(best, accuracy)
        if log:
            wandb.log({"val_acc": accuracy, "epoch": epoch}, step=step)
    return best, _accuracy(model, splits.test)


@torch.no_grad()
def _accuracy(model: nn.Module, loader: torch.utils.data.DataLoader) -> float:
    model.eval()
    right = total = 0
    for images, labels in loader:
        right += (model(images).argmax(dim=1) == labels).sum().item()
        total += len(labels)
    return right / total
