"""``hydra/child-without-arguments``."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from checks.context import Context
from checks.facts.config_uses import Way, config_uses
from checks.facts.hydra_apps import apps_started_by
from checks.facts.processes import Process, processes
from checks.facts.reach import reachable
from checks.facts.words import words
from checks.facts.yaml_files import yaml_files
from checks.finding import Evidence, Fix
from checks.rule import Hit, Invalid, Rule, Valid

KEYS: Mapping[str, frozenset[str]] = {
    "run": frozenset({"run", "runs", "run_id", "run_name"}),
    "mode": frozenset({"mode"}),
    "results_dir": frozenset({"results_dir"}),
}
"""What the documented command is given, with the keys that may carry it on."""
READS = frozenset({Way.ATTRIBUTE, Way.SUBSCRIPT, Way.GET, Way.GETATTR, Way.SELECT})
MAIN = (
    "import hydra, subprocess, sys\n\n\n@hydra.main('../config', 'config', version_base=None)\ndef main(cfg):\n"
    "    subprocess.run([sys.executable, '-m', 'src.train', {}], check=True)\n\n\nmain()\n"
)
TRAIN = (
    "import hydra\n\n\n@hydra.main('../config', 'config', version_base=None)\ndef main(cfg):\n"
    "    open(f'{cfg.results_dir}/{cfg.run}', 'w')\n    if cfg.mode == 'trial':\n        cfg.epochs = 1\n\n\nmain()\n"
)
CONFIG = "run: ???\nmode: full\nresults_dir: results\nepochs: 9\n"
ALL = "f'run={cfg.run}', f'mode={cfg.mode}', f'results_dir={cfg.results_dir}'"


def _tree(given: str, train: str = TRAIN, config: str = CONFIG) -> dict[str, str]:
    return {"src/main.py": MAIN.replace("{}", given), "src/train.py": train, "config/config.yaml": config}


class ChildWithoutArguments(Rule):
    """A child program is not given its run, mode or results folder.

    What it finds
        A process of another Hydra program of the tree, whose arguments lack `run=`, `mode=` or `results_dir=` although
        its code reads that key from its own configuration.

    Why it matters
        The child composes its configuration anew from its own command line. Without the argument it works with the
        value of the file: a trial that trains in full mode, a run that is not the one asked for, results in another
        folder; where the file says `???`, it stops.

    How to fix
        Hand the three on: `f"run={cfg.run}", f"mode={cfg.mode}", f"results_dir={cfg.results_dir}"`, or all of them
        with `*HydraConfig.get().overrides.task`.

    What it cannot see
        Arguments that cannot be read off the code, such as `*sys.argv[1:]`, count as complete. Programs that speak
        through environment variables or options with dashes are left alone.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "hydra"}
    valid = (
        Valid("all are given", _tree(ALL)),
        Valid("handed on as they came", _tree("*sys.argv[1:]")),
        Valid("handed on by Hydra", _tree("*hydra.core.hydra_config.HydraConfig.get().overrides.task")),
        Valid("run by its id", _tree(ALL.replace("run=", "run.run_id=", 1))),
        Valid(
            "mode never read by the child",
            _tree(ALL.replace("f'mode={cfg.mode}', ", ""), TRAIN.replace("cfg.mode == 'trial'", "cfg.epochs")),
        ),
        Valid("no Hydra program", _tree("'x'", "import sys\nprint(sys.argv)\n")),
        Valid(
            "through the environment",
            _tree("f'run={cfg.run}'", TRAIN.replace("import hydra\n", "import hydra, os\nMODE = os.environ['MODE']\n")),
        ),
    )
    invalid = (
        Invalid("no mode", _tree("f'run={cfg.run}', f'results_dir={cfg.results_dir}'"), ("src/main.py:6",)),
        Invalid("no run", _tree("f'mode={cfg.mode}', 'results_dir=' + cfg.results_dir"), ("src/main.py:6",)),
        Invalid("nothing but settings", _tree("'epochs=1', *['wandb.mode=disabled']"), ("src/main.py:6",)),
        Invalid(
            "appended elsewhere",
            {
                **_tree(""),
                "src/main.py": "import hydra, os\n\n\n@hydra.main('../config', 'config', version_base=None)\n"
                "def main(cfg):\n    more = ' '.join([f'run={cfg.run}', f'mode={cfg.mode}'])\n"
                "    os.system('python -m src.train ' + more)\n\n\nmain()\n",
            },
            ("src/main.py:7",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each call that starts such a process."""
        seen = set()
        for each in context.fact(processes):
            if each.node in seen or not _is_readable(context, each):
                continue
            missing = dict(_missing(context, each))
            if missing:
                seen.add(each.node)
                yield _hit(context, each, missing)


def _is_readable(context: Context, process: Process) -> bool:
    """Whether all that the child is told stands in its arguments."""
    file = process.file
    if process.in_process or process.arguments.open or process.env is not None or file not in context.tree:
        return False
    if any(word.start.startswith("-") or not word.start for word in process.arguments.words) or file == process.path:
        return False
    return not any(context.fact(words)[path].mention("environ", "getenv") for path in (file, process.path) if path)


def _missing(context: Context, process: Process) -> Iterator[tuple[str, tuple[Any, Evidence]]]:
    """The keys that the child reads and is not given, with the value that it finds and the place where it reads."""
    apps = apps_started_by(context, process.file or "")
    if len(apps) != 1 or apps[0].unknown or apps[0].how != "main" or apps[0].config_file is None:
        return
    file = context.fact(yaml_files).get(apps[0].config_file)
    config = file.mapping() if file else {}
    given = {key.partition(".")[0].partition("@")[0] for key, _ in process.given_keys()}
    inside = {piece.path for piece in reachable(context, process.file or "")} - {process.path}
    for name, carriers in KEYS.items():
        if given & carriers or name not in config:
            continue
        uses = (use for use in context.fact(config_uses).reads if use.key[:1] == (name,) and use.path in inside)
        read = next((use for use in uses if use.kind in READS), None)
        if read is not None:
            yield name, (config[name], context.quote(read.path, read.line))


def _hit(context: Context, process: Process, missing: Mapping[str, tuple[Any, Evidence]]) -> Hit:
    names = " and ".join(f"`{name}=`" for name in missing)
    value, read = next(iter(missing.values()))
    found = "nothing" if value in (None, "???") else f"`{value}` of the configuration file"
    return Hit(
        message=f"`{process.file}` is started without {names}, which its code reads: it finds {found} there, whatever "
        "this program was given.",
        path=process.path,
        line=process.line,
        end_line=process.node.end_lineno,
        evidence=(context.quote(process.path, process.line, process.node.end_lineno), read),
        fix=Fix(summary=f'Hand on {names} among the child\'s arguments, such as `f"{next(iter(missing))}={{...}}"`.'),
    )
