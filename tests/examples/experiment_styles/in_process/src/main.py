"""One process: apply the mode's table of overrides, then hand the configuration to the trainer."""

from pathlib import Path

import hydra
from omegaconf import DictConfig, OmegaConf, open_dict

from src import train

ROOT = Path(__file__).parents[1]

OVERRIDES = {
    "trial": {
        "wandb.mode": "disabled",
        "optuna.n_trials": 0,
        "training.epochs": 1,
        "training.max_batches": 2,
        "dataset.max_eval_samples": 64,
    },
    "full": {"wandb.mode": "online"},
}


def with_run(cfg: DictConfig) -> DictConfig:
    """Add the run's sections to the composed configuration, then what its mode changes."""
    path = ROOT.joinpath("config", "runs", cfg.run + ".yaml")
    if not path.is_file():
        raise SystemExit(f"{path} does not exist, so there is no run {cfg.run!r}")
    with open_dict(cfg):
        cfg.merge_with(OmegaConf.load(path))
    if cfg.mode not in OVERRIDES:
        raise SystemExit(f"unknown mode {cfg.mode!r}: choose from {sorted(OVERRIDES)}")
    for key, value in OVERRIDES[cfg.mode].items():
        OmegaConf.update(cfg, key, value)
    return cfg


@hydra.main(version_base=None, config_path="../config", config_name="config")
def app(cfg: DictConfig) -> None:
    train.run(with_run(cfg))


if __name__ == "__main__":
    app()
