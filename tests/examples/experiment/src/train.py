"""Train one run: search its hyperparameters without logging, then train the best ones under WandB."""

import copy
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import hydra
import numpy as np
import optuna
import torch
import wandb
from omegaconf import DictConfig, OmegaConf
from sklearn.metrics import confusion_matrix
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader

from src.model import MLP, build_model
from src.preprocess import build_loaders

RUNS = Path(__file__).resolve().parent.parent / "config" / "runs"
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


@dataclass
class Outcome:
    """A finished training: the weights of its best epoch and what they reached."""

    model: MLP
    best_val_acc: float
    best_epoch: int


def load_run(cfg: DictConfig) -> DictConfig:
    """The base configuration with the run's own merged in and the mode applied."""
    OmegaConf.set_struct(cfg, False)
    cfg = OmegaConf.merge(cfg, OmegaConf.load(RUNS / f"{cfg.run}.yaml"))
    if cfg.run_id != cfg.run:
        raise ValueError(f"config/runs/{cfg.run}.yaml calls itself {cfg.run_id!r}")
    if cfg.mode == "trial":
        cfg.wandb.mode = "disabled"
        cfg.optuna.n_trials = 0
        cfg.training.epochs = 1
        cfg.training.max_batches = 2
        cfg.dataset.max_eval_samples = 64
    elif cfg.mode == "full":
        cfg.wandb.mode = "online"
    else:
        raise ValueError(f"mode must be trial or full, not {cfg.mode!r}")
    return cfg


@torch.no_grad()
def predict(model: MLP, batches: DataLoader) -> tuple[float, np.ndarray, np.ndarray]:
    """Mean loss, predicted labels [samples] and true labels [samples]."""
    model.eval()
    losses, predicted, true = [], [], []
    for features, labels in batches:
        logits = model(features.to(DEVICE))
        losses.append(cross_entropy(logits, labels.to(DEVICE), reduction="sum").item())
        predicted.append(logits.argmax(dim=1).cpu().numpy())
        true.append(labels.numpy())
    predicted, true = np.concatenate(predicted), np.concatenate(true)
    return sum(losses) / len(true), predicted, true


def train(cfg: DictConfig, log: bool) -> Outcome:
    """Train with the configuration as it is; only the final training logs."""
    torch.manual_seed(cfg.training.seed)
    data = build_loaders(cfg)
    model = build_model(cfg, data.num_features, data.num_classes).to(DEVICE)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=cfg.training.learning_rate, weight_decay=cfg.training.weight_decay
    )
    best_acc, best_epoch, best_weights = -1.0, 0, model.state_dict()
    for epoch in range(1, cfg.training.epochs + 1):
        model.train()
        for features, labels in islice(data.train, cfg.training.max_batches):
            features, labels = features.to(DEVICE), labels.to(DEVICE)
            logits = model(features)
            loss = cross_entropy(logits, labels) + model.penalty()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            accuracy = (logits.argmax(dim=1) == labels).float().mean()
            if log:
                wandb.log({"train_loss": loss.item(), "train_acc": accuracy.item(), "epoch": epoch})
        val_loss, predicted, true = predict(model, data.val)
        val_acc = float((predicted == true).mean())
        if log:
            wandb.log({"val_loss": val_loss, "val_acc": val_acc, "epoch": epoch})
            print(f"epoch {epoch}: validation loss {val_loss:.4f}, accuracy {val_acc:.4f}", flush=True)
        if val_acc > best_acc:
            best_acc, best_epoch, best_weights = val_acc, epoch, copy.deepcopy(model.state_dict())
    model.load_state_dict(best_weights)
    return Outcome(model, best_acc, best_epoch)


def suggest(trial: optuna.Trial, key: str, space: DictConfig) -> float | int | str:
    """A value for one configuration key out of its search space."""
    if space.type == "loguniform":
        return trial.suggest_float(key, space.low, space.high, log=True)
    if space.type == "uniform":
        return trial.suggest_float(key, space.low, space.high)
    if space.type == "categorical":
        return trial.suggest_categorical(key, list(space.choices))
    raise ValueError(f"unknown search space {space.type!r} for {key}")


def search(cfg: DictConfig) -> DictConfig:
    """The configuration with the best hyperparameters found; nothing of the search reaches WandB."""

    def objective(trial: optuna.Trial) -> float:
        candidate = copy.deepcopy(cfg)
        for key, space in cfg.optuna.search_space.items():
            OmegaConf.update(candidate, key, suggest(trial, key, space))
        return train(candidate, log=False).best_val_acc

    study = optuna.create_study(
        direction=cfg.optuna.direction, sampler=optuna.samplers.TPESampler(seed=cfg.training.seed)
    )
    study.optimize(objective, n_trials=cfg.optuna.n_trials)
    for key, value in study.best_params.items():
        OmegaConf.update(cfg, key, value)
    return cfg


@hydra.main(config_path="../config", config_name="config", version_base="1.3")
def main(cfg: DictConfig) -> None:
    """Search if asked to, train, test the best epoch, save the weights."""
    cfg = load_run(cfg)
    if cfg.optuna.n_trials > 0:
        cfg = search(cfg)
    wandb.init(
        entity=cfg.wandb.entity,
        project=cfg.wandb.project,
        mode=cfg.wandb.mode,
        id=cfg.run_id,
        name=cfg.run_id,
        config=OmegaConf.to_container(cfg, resolve=True),
    )
    outcome = train(cfg, log=True)
    test_loss, predicted, true = predict(outcome.model, build_loaders(cfg).test)
    wandb.summary["best_val_acc"] = outcome.best_val_acc
    wandb.summary["best_epoch"] = outcome.best_epoch
    wandb.summary["test_loss"] = test_loss
    wandb.summary["test_accuracy"] = float((predicted == true).mean())
    wandb.summary["test_correct"] = (predicted == true).astype(int).tolist()
    wandb.summary["confusion_matrix"] = confusion_matrix(true, predicted, labels=range(10)).tolist()
    folder = Path(cfg.results_dir) / cfg.run_id
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(outcome.model.state_dict(), folder / "model.pt")
    OmegaConf.save(cfg, folder / "config.yaml")
    wandb.finish()


if __name__ == "__main__":
    main()
