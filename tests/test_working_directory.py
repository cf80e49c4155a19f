"""The exact replacement that keeps Hydra from changing the working directory."""

import pytest

from checks.context import Context
from checks.profiles import PROFILES
from checks.rules.hydra.working_directory_changed import WorkingDirectoryChanged
from checks.tree import SourceTree

BODY = "def main(cfg):\n    subprocess.run(['python', '-m', 'src.train', f'run={cfg.run}'], check=True)\n\n\nmain()\n"


def fix(decorator: str, project: str = "") -> str | None:
    files = {
        "src/main.py": f"import hydra, subprocess\n{decorator}\n{BODY}",
        "src/train.py": "x = 1\n",
        "config/config.yaml": "run: a\nmode: full\nresults_dir: r\n",
        "pyproject.toml": project,
    }
    context = Context(SourceTree({path: text.encode() for path, text in files.items()}), PROFILES["experiment"])
    (found,) = WorkingDirectoryChanged().findings(context)
    assert found.fix is not None
    return found.fix.replacement


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("@hydra.main('../config', 'config')", "@hydra.main('../config', 'config', version_base=None)"),
        (
            "@hydra.main(version_base='1.1', config_path='../config', config_name='config')  # old",
            "@hydra.main(version_base=None, config_path='../config', config_name='config')  # old",
        ),
        (
            "@hydra.main(\n    config_path='../config',\n    config_name='config',\n)",
            "@hydra.main(\n    config_path='../config',\n    config_name='config', version_base=None,\n)",
        ),
    ],
)
def test_is_exact(before: str, after: str) -> None:
    assert fix(before) == after


def test_is_not_given_for_a_hydra_that_would_refuse_it() -> None:
    project = '[project]\ndependencies = ["hydra-core==1.1.2"]\n'
    assert fix("@hydra.main('../config', 'config')", project) is None
