"""What an author is told about a configuration that does not compose."""

from checks.context import Context
from checks.finding import Finding
from checks.profiles import PROFILES
from checks.registry import rule
from checks.tree import SourceTree

MAIN = """\
import hydra


@hydra.main(config_path="../config", config_name="config", version_base=None)
def main(cfg):
    print(cfg)


main()
"""


def told(config: str) -> Finding:
    files = {"src/main.py": MAIN, "config/config.yaml": config, "config/runs/a.yaml": "run_id: a\n"}
    (finding,) = rule("hydra/does-not-compose").findings(Context(SourceTree.of(files), PROFILES["experiment"]))
    return finding


def test_group_without_a_folder_is_told_from_a_choice_that_is_not_made() -> None:
    finding = told("defaults:\n  - run: ???\n  - _self_\nmode: ???\nresults_dir: ???\n")
    assert "no folder `config/run`; the run configurations are in `config/runs`" in finding.message
    assert finding.fix is not None
    assert "config/runs/<run>.yaml" in finding.fix.summary


def test_choice_under_another_name_is_told() -> None:
    finding = told("defaults:\n  - runs: ???\n  - _self_\nrun: ???\nmode: ???\nresults_dir: ???\n")
    assert "waits for a choice of `runs` that the command does not make" in finding.message
