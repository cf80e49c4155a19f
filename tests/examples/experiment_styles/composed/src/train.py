"""Compose the run's configuration, tune it, train it, report to WandB."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Optional

import hydra
import torch
import wandb
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf
from optuna import Trial, create_study
from sklearn.metrics import confusion_matrix
from torch import nn, optim

import src.model
import src.preprocess as data

CONFIG_DIR = str((Path(__file__).parent.parent / "config").resolve())
Log = Callable[[dict], None]


@dataclass
class TrainingSettings:
    """The run's training section."""

    seed: int
    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    max_batches: Optional[int]


SUGGEST = {
    "loguniform": lambda trial, key, s: trial.suggest_float(key, s["low"], s["high"], log=True),
    "uniform": lambda trial, key, s: trial.suggest_float(key, s["low"], s["high"]),
    "int": lambda trial, key, s: trial.suggest_int(key, s["low"], s["high"]),
    "categorical": lambda trial, key, s: trial.suggest_categorical(key, s["choices"]),
}


def compose_run(overrides: list) -> DictConfig:
    """The base configuration, the run's own and the command line's overrides, composed by Hydra."""
    run = next(text.split("=", 1)[1] for text in overrides if text.startswith("run="))
    with initialize_config_dir(config_dir=CONFIG_DIR, version_base="1.3"):
        return compose(config_name="config", overrides=[*overrides, f"+runs@_global_={run}"])


def set_mode(cfg: DictConfig) -> None:
    """What the mode changes, before anything else happens."""
    match cfg.mode:
        case "trial":
            cfg.wandb.mode = "disabled"
            cfg.optuna["n_trials"] = 0
            cfg.training.update({"epochs": 1, "max_batches": 2})
            cfg["dataset"]["max_eval_samples"] = 64
        case "full":
            cfg.wandb.mode = "online"
        case other:
            raise ValueError(f"unknown mode: {other}")


def run_epoch(model: nn.Module, loader, optimizer: optim.Optimizer, settings: TrainingSettings, log: Log) -> None:
    """One pass over the training split, at most max_batches of it."""
    model.train()
    for number, (x, y) in enumerate(loader, 1):
        optimizer.zero_grad()
        logits = model(x)
        loss = nn.CrossEntropyLoss()(logits, y) + model.penalty()
        loss.backward()
        optimizer.step()
        log({"train_loss": float(loss), "train_acc": float((logits.argmax(1) == y).float().mean())})
        if number == settings.max_batches:
            return


def score(model: nn.Module, loader) -> tuple:
    """Mean loss, predictions and labels of a split."""
    model.eval()
    logits, labels = [], []
    with torch.no_grad():
        for x, y in loader:
            logits += [model(x)]
            labels += [y]
    logits, labels = torch.cat(logits), torch.cat(labels)
    return float(nn.functional.cross_entropy(logits, labels)), logits.argmax(1), labels


def fit(cfg: DictConfig, log: Log) -> dict[str, Any]:
    """Train and test one configuration; what came of it."""
    settings = TrainingSettings(**cfg.training)
    torch.manual_seed(settings.seed)
    loaders = data.build_loaders(cfg)
    model = src.model.build_model(cfg, loaders.num_features, loaders.num_classes)
    optimizer = optim.AdamW(model.parameters(), settings.learning_rate, weight_decay=settings.weight_decay)
    best = {"val_acc": -1.0, "epoch": 0, "weights": {}}
    for epoch in range(1, 1 + settings.epochs):
        run_epoch(model, loaders.train, optimizer, settings, log)
        val_loss, predicted, labels = score(model, loaders.val)
        record = dict(val_loss=val_loss, val_acc=float((predicted == labels).float().mean()))
        log(record)
        if record["val_acc"] > best["val_acc"]:
            weights = {name: tensor.clone() for name, tensor in model.state_dict().items()}
            best = {"val_acc": record["val_acc"], "epoch": epoch, "weights": weights}
    model.load_state_dict(best["weights"])
    test_loss, predicted, labels = score(model, loaders.test)
    return {
        "weights": best["weights"],
        "best_val_acc": best["val_acc"],
        "best_epoch": best["epoch"],
        "test_loss": test_loss,
        "test_accuracy": float((predicted == labels).float().mean()),
        "test_correct": [int(same) for same in predicted == labels],
        "confusion_matrix": confusion_matrix(labels, predicted, labels=list(range(10))).tolist(),
    }


def assign(cfg: DictConfig, values: dict) -> None:
    """Put each value where the configuration has its key."""
    for name, value in values.items():
        for section in (cfg.training, cfg.model):
            if name in section:
                section[name] = value


def tune(cfg: DictConfig) -> None:
    """Replace the searched values with the best found."""

    def objective(trial: Trial) -> float:
        trial_cfg = OmegaConf.create(OmegaConf.to_container(cfg))
        space = OmegaConf.to_container(cfg.optuna.search_space)
        assign(trial_cfg, {name: SUGGEST[s["type"]](trial, name, s) for name, s in space.items()})
        return fit(trial_cfg, log=lambda _: None)["best_val_acc"]

    study = create_study(direction=cfg.optuna.direction)
    study.optimize(objective, cfg.optuna.n_trials)
    assign(cfg, study.best_params)


def main() -> None:
    cfg = compose_run(sys.argv[1:])
    set_mode(cfg)
    if cfg.optuna.n_trials:
        tune(cfg)
    wandb.init(
        entity=cfg["wandb"]["entity"],
        project=cfg["wandb"]["project"],
        mode=cfg["wandb"]["mode"],
        id=cfg.run_id,
        name=cfg.run_id,
        config=OmegaConf.to_container(cfg, resolve=True, throw_on_missing=True),
    )
    final = fit(cfg, log=wandb.log)
    target = Path(cfg.results_dir) / cfg.run_id / "model.pt"
    target.parent.mkdir(parents=True, exist_ok=True)
    torch.save(final.pop("weights"), target)
    for name, value in final.items():
        wandb.summary[name] = value
    wandb.finish()
    print(f"{cfg.run_id}: hydra {hydra.__version__}, test accuracy {final['test_accuracy']:.3f}")


if __name__ == "__main__":
    main()
