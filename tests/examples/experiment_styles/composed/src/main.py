"""Documented entry point: starts the training of one run as a child process."""

import os
import subprocess
import sys

import hydra
from omegaconf import DictConfig, OmegaConf

HERE = os.path.dirname(os.path.abspath(__file__))


@hydra.main("../config", "config", version_base="1.3")
def main(cfg: DictConfig) -> None:
    assert cfg.mode in {"trial", "full"}, f"mode must be trial or full, not {cfg.mode}"
    print(OmegaConf.to_yaml(cfg))
    arguments = [f"run={cfg.run}", f"results_dir={cfg.results_dir}", f"mode={cfg.mode}"]
    try:
        subprocess.check_call([sys.executable, "-u", "-m", "src.train"] + arguments, cwd=os.path.dirname(HERE))
    except subprocess.CalledProcessError as error:
        raise SystemExit(error.returncode)


if __name__ == "__main__":
    main()
