"""Entry point: check what was asked for, then train that run in a process of its own."""

import subprocess
import sys
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

RUNS = Path(__file__).resolve().parent.parent / "config" / "runs"
MODES = ("trial", "full")


@hydra.main(config_path="../config", config_name="config", version_base="1.3")
def main(cfg: DictConfig) -> None:
    """Refuse an unknown mode or run, else start the training with the same overrides and hand on its exit status."""
    if cfg.mode not in MODES:
        sys.exit(f"mode must be one of {', '.join(MODES)}, not {cfg.mode!r}")
    known = sorted(path.stem for path in RUNS.glob("*.yaml"))
    if cfg.run not in known:
        sys.exit(f"no run is called {cfg.run!r}; config/runs has {', '.join(known)}")
    print(f"{cfg.run}: training in {cfg.mode} mode, results in {cfg.results_dir}", flush=True)
    command = [sys.executable, "-u", "-m", "src.train", *HydraConfig.get().overrides.task]
    sys.exit(subprocess.run(command, check=False).returncode)


if __name__ == "__main__":
    main()
