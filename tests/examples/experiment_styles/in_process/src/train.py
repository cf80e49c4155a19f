"""The trainer, its WandB run handle and the Optuna study in front of it."""

from __future__ import annotations

import copy
import pathlib
import typing as t

import omegaconf as oc
import optuna
import torch
import torch.nn.functional as F
import wandb as wb
from sklearn.metrics import confusion_matrix

from . import model as models
from . import preprocess

Metrics = t.Dict[str, float]


class Trainer:
    """Trains one configuration; reports to a WandB run when it is given one."""

    def __init__(self, cfg: oc.DictConfig, run: t.Any = None):
        self.cfg, self.run = cfg, run
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        torch.manual_seed(cfg.training.seed)
        self.data = preprocess.build_loaders(cfg)
        self.model = models.build_model(cfg, self.data.num_features, self.data.num_classes).to(self.device)
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), lr=cfg.training.learning_rate, weight_decay=cfg.training.weight_decay
        )
        self.best: Metrics = {"best_val_acc": -1.0}
        self.weights = self.model.state_dict()

    def report(self, split: str, loss: float, acc: float) -> None:
        """One row of the history; nothing where there is no run."""
        if self.run is not None:
            metrics = {f"{split}_loss": loss}
            metrics[f"{split}_acc"] = acc
            self.run.log(metrics)

    def step(self, batch: t.Sequence[torch.Tensor]) -> None:
        """One optimiser step."""
        features, labels = (part.to(self.device) for part in batch)
        self.optimizer.zero_grad(set_to_none=True)
        logits = self.model(features)
        loss = F.cross_entropy(logits, labels) + self.model.penalty()
        loss.backward()
        self.optimizer.step()
        self.report("train", loss.item(), logits.argmax(-1).eq(labels).float().mean().item())

    @torch.inference_mode()
    def predict(self, loader) -> tuple[float, torch.Tensor, torch.Tensor]:
        """Mean loss, predicted and true labels of a split."""
        self.model.eval()
        pairs = [(self.model(features.to(self.device)).cpu(), labels) for features, labels in loader]
        logits, labels = (torch.cat(parts) for parts in zip(*pairs))
        return F.cross_entropy(logits, labels).item(), logits.argmax(-1), labels

    def fit(self) -> Trainer:
        """All epochs; keeps the weights of the best."""
        for epoch in range(self.cfg.training.epochs):
            self.model.train()
            for index, batch in enumerate(self.data.train):
                if self.cfg.training.max_batches and index >= self.cfg.training.max_batches:
                    break
                self.step(batch)
            loss, predicted, labels = self.predict(self.data.val)
            acc = predicted.eq(labels).float().mean().item()
            self.report("val", loss, acc)
            if acc > self.best["best_val_acc"]:
                self.best = {"best_val_acc": acc, "best_epoch": epoch + 1}
                self.weights = copy.deepcopy(self.model.state_dict())
        self.model.load_state_dict(self.weights)
        return self

    def test(self) -> t.Dict[str, t.Any]:
        """What the summary keeps of the test split."""
        loss, predicted, labels = self.predict(self.data.test)
        correct = predicted.eq(labels)
        return dict(
            test_loss=loss,
            test_accuracy=correct.float().mean().item(),
            test_correct=correct.int().tolist(),
            confusion_matrix=confusion_matrix(labels, predicted, labels=range(self.data.num_classes)).tolist(),
        )


def sample(trial: optuna.Trial, space: oc.DictConfig) -> dict[str, t.Any]:
    """A value for every key of the search space."""
    values = {}
    for key in space:
        this = space[key]
        if this.type == "categorical":
            values[key] = trial.suggest_categorical(key, oc.OmegaConf.to_container(this.choices))
        else:
            values[key] = trial.suggest_float(key, this.low, this.high, log=this.type == "loguniform")
    return values


def apply(cfg: oc.DictConfig, values: t.Mapping[str, t.Any]) -> oc.DictConfig:
    """A copy of the configuration with these dotted keys set."""
    return oc.OmegaConf.merge(cfg, oc.OmegaConf.from_dotlist([f"{key}={value}" for key, value in values.items()]))


def tune(cfg: oc.DictConfig) -> oc.DictConfig:
    """The configuration with the best values of an Optuna study, or as it is where no trials are asked for."""
    if not cfg.optuna.n_trials:
        return cfg
    study = optuna.create_study(direction=cfg.optuna.direction)
    study.optimize(
        lambda trial: Trainer(apply(cfg, sample(trial, cfg.optuna.search_space))).fit().best["best_val_acc"],
        n_trials=cfg.optuna.n_trials,
    )
    return apply(cfg, study.best_trial.params)


def run(cfg: oc.DictConfig) -> None:
    """Tune, then train and test under WandB."""
    cfg = tune(cfg)
    settings = dict(cfg.wandb, id=cfg.run_id, name=cfg.run_id)
    handle = wb.init(config=oc.OmegaConf.to_container(cfg, resolve=True), **settings)
    trainer = Trainer(cfg, handle).fit()
    handle.summary.update({**trainer.best, **trainer.test()})
    out = pathlib.Path(cfg.results_dir, cfg.run_id)
    out.mkdir(parents=True, exist_ok=True)
    torch.save(trainer.weights, out / "model.pt")
    (out / "config.yaml").write_text(oc.OmegaConf.to_yaml(cfg))
    handle.finish()
