"""What composition says of a tree, against the program really started with Hydra in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from checks.context import Context
from checks.facts.hydra_commands import compositions
from checks.profiles import PROFILES
from checks.tree import SourceTree

PROGRAM = """\
import hydra


@hydra.main({})
def main(cfg):
    print("started with", cfg.run)


if __name__ == "__main__":
    main()
"""
USUAL = 'config_path="../config", config_name="config"'
KEYS = "run: ???\nmode: ???\nresults_dir: ???\n"
RUN = {"config/runs/a.yaml": "run_id: a\n"}
TREES = {
    "plain keys": {"config/config.yaml": KEYS, **RUN},
    "group": {
        "config/config.yaml": "defaults:\n  - run: ???\nmode: 1\nresults_dir: 1\n",
        "config/run/a.yaml": "x: 1\n",
    },
    "group of another name": {"config/config.yaml": "defaults:\n  - run: ???\nmode: 1\nresults_dir: 1\n", **RUN},
    "interpolated default": {"config/config.yaml": "defaults:\n  - runs: ${run}\n" + KEYS, **RUN},
    "key that is not there": {"config/config.yaml": "run: a\nmode: a\n", **RUN},
    "key of Hydra's": {"config/config.yaml": KEYS + "hydra:\n  job:\n    nothing: 1\n", **RUN},
    "output folder": {"config/config.yaml": KEYS + "hydra:\n  run:\n    dir: ${results_dir}/${run}\n", **RUN},
    "output folder of no key": {"config/config.yaml": KEYS + "hydra:\n  run:\n    dir: ${run.run_id}\n", **RUN},
    "key twice": {"config/config.yaml": KEYS + "mode: 1\n", **RUN},
    "defaults that go round": {
        "config/config.yaml": "defaults:\n  - b\n" + KEYS,
        "config/b.yaml": "defaults: [b]\n",
        **RUN,
    },
    "odd run": {"config/config.yaml": KEYS, "config/runs/a b.yaml": "x: 1\n"},
    "run that cannot be given": {"config/config.yaml": KEYS, "config/runs/a=b.yaml": "x: 1\n"},
    "no name": {"config/config.yaml": KEYS, **RUN, "src/main.py": PROGRAM.format('config_path="../config"')},
    "newer defaults": {
        "config/config.yaml": KEYS,
        **RUN,
        "src/main.py": PROGRAM.format(USUAL + ', version_base="1.3"'),
    },
    "imported function": {
        "config/config.yaml": KEYS,
        **RUN,
        "src/train.py": PROGRAM.format(USUAL),
        "src/main.py": "from src.train import main\n\nmain()\n",
    },
}


@pytest.mark.parametrize("files", TREES.values(), ids=TREES.keys())
def test_composition_agrees_with_the_real_start(files: dict[str, str], tmp_path: Path) -> None:
    tree = {"src/main.py": PROGRAM.format(USUAL)} | files
    for path, text in tree.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    one = Context(SourceTree.of(tree), PROFILES["experiment"]).fact(compositions)[0]
    started = subprocess.run(
        [sys.executable, "-m", one.module, *one.overrides],
        cwd=tmp_path,
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert not one.outcome.unknown
    assert ("started with" in started.stdout) is (one.outcome.config is not None), started.stderr
