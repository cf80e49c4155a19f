"""``hydra/working-directory-changed``."""

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.rewrite import with_keyword
from checks.facts.working_directory import Moved, moved_programs
from checks.finding import Evidence, Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

HEAD = "import hydra, subprocess, sys\n"
BODY = "def main(cfg):\n    subprocess.run([sys.executable, '-m', 'src.train', f'run={cfg.run}'], check=True)\n"
CALL = "\n\nif __name__ == '__main__':\n    main()\n"
OLD = f"{HEAD}@hydra.main(config_path='../config', config_name='config')\n{BODY}{CALL}"
NEW = f"{HEAD}@hydra.main(config_path='../config', config_name='config', version_base=None)\n{BODY}{CALL}"
CONFIG = "run: ???\nmode: full\nresults_dir: results\n"
OLD_HYDRA = re.compile(r"hydra-core\b[^\n]*(?:[=~]=\s*1\.[01]\b|<\s*1\.2\b)")


def _tree(main: str, config: str = CONFIG, **more: str) -> dict[str, str]:
    return {"src/main.py": main, "src/train.py": "x = 1\n", "config/config.yaml": config, **more}


class WorkingDirectoryChanged(Rule):
    """Hydra changes the working directory under code that relies on it.

    What it finds
        Programs that Hydra moves into its output folder before they run: `hydra.main` without `version_base` or with
        `"1.1"`, or `hydra.job.chdir: true`, and neither `hydra.job.chdir: false` nor `hydra.run.dir: .` set. It blocks
        where the moved code starts a child with `-m` or by a relative path without `cwd`, or reads a file of the tree
        by a relative path. Paths below a relative results or cache folder are advisory.
        `get_original_cwd()` of a child that such a program starts is that folder too, so it blocks as well where the
        child reads a file of the tree from there.

    Why it matters
        Python looks for `-m src.train` in the working directory, which is then `outputs/<date>/<time>`: the child ends
        with ModuleNotFoundError. Relative files are not found there, and results and caches are written to a new
        folder on every run.

    How to fix
        Add `version_base=None` to `hydra.main`: the defaults of the installed Hydra then hold, which leave the working
        directory alone.

    What it cannot see
        Code that changes the directory itself (`os.chdir`) or speaks of `PYTHONPATH` is left alone, and so is a child
        of a project that is installed with a package called `src`. Paths that only the running program knows.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "hydra"}
    valid = (
        Valid("version base None", _tree(NEW)),
        Valid("run folder is the root", _tree(OLD, CONFIG + "hydra:\n  run:\n    dir: .\n")),
        Valid("chdir is off", _tree(OLD, CONFIG + "hydra:\n  job:\n    chdir: false\n")),
        Valid("child is given the old one", _tree(OLD.replace("check=True", "cwd=hydra.utils.get_original_cwd()"))),
        Valid("changed back", _tree(OLD.replace("):\n", "):\n    os.chdir(hydra.utils.get_original_cwd())\n", 1))),
        Valid("root on the path", _tree(OLD.replace("check=True", "env={'PYTHONPATH': ROOT}"))),
        Valid("absolute script", _tree(OLD.replace("'-m', 'src.train'", "str(Path(__file__).parent / 'train.py')"))),
        Valid(
            "uv is told the folder", _tree(OLD.replace("[sys.executable,", "['uv', 'run', '--directory', R, 'python',"))
        ),
        Valid("given on the command line of the child", _tree(NEW.replace("f'run", "'hydra.run.dir=.', f'run"))),
        Valid(
            "read through the file's own place",
            _tree(
                "import hydra\nfrom pathlib import Path\nROOT = Path(__file__).parent.parent\n\n\n"
                "@hydra.main('../config', 'config')\n"
                "def main(cfg):\n    print((ROOT / 'config/config.yaml').read_text())\n" + CALL
            ),
        ),
        Valid(
            "read before the program is moved",
            _tree(
                "import hydra\nprint(open('config/config.yaml').read())\n\n\n"
                f"@hydra.main('../config', 'config')\ndef main(cfg):\n    print(cfg)\n{CALL}"
            ),
        ),
        Valid(
            "project installed with its src",
            _tree(
                OLD,
                **{"pyproject.toml": "[build-system]\n[tool.hatch.build.targets.wheel]\npackages = ['src']\n"},
            ),
        ),
    )
    invalid = (
        Invalid("child by its module", _tree(OLD), ("src/main.py:2",)),
        Invalid("asked for", _tree(NEW, CONFIG + "hydra:\n  job:\n    chdir: true\n"), ("src/main.py:2",)),
        Invalid(
            "handed to Hydra by a call",
            _tree(f"{HEAD}{BODY}\n\nhydra.main(config_path='../config', config_name='config')(main)()\n"),
            ("src/main.py:6",),
        ),
        Invalid(
            "child through a helper and an old base",
            _tree(
                "import hydra as h\nimport os\n\n\ndef start(words):\n    os.system(' '.join(words))\n\n\n"
                "@h.main(version_base='1.1', config_path='../config', config_name='config')\n"
                f"def main(cfg):\n    start(['python', '-m', 'src.train', f'run={{cfg.run}}'])\n{CALL}"
            ),
            ("src/main.py:9",),
        ),
        Invalid(
            "reads the tree's own file",
            _tree(
                "import hydra\nfrom omegaconf import OmegaConf as O\nfrom pathlib import Path\n"
                "RUNS = Path('config') / 'runs'\n\n\n@hydra.main('../config', 'config')\n"
                "def main(cfg):\n    print(O.load(RUNS / f'{cfg.run}.yaml'))\n" + CALL,
                **{"config/runs/a.yaml": "run_id: a\n"},
            ),
            ("src/main.py:7",),
        ),
        Invalid(
            "child that reads the tree from where it was started",
            _tree(
                OLD.replace("check=True", "env={'PYTHONPATH': hydra.utils.get_original_cwd()}"),
                **{
                    "src/train.py": "import hydra\nfrom pathlib import Path\n"
                    "from hydra.utils import get_original_cwd\n\n\n"
                    "@hydra.main('../config', 'config', version_base=None)\ndef main(cfg):\n"
                    "    root = Path(get_original_cwd())\n    print((root / 'config' / 'config.yaml').read_text())\n"
                    + CALL
                },
            ),
            ("src/train.py:8",),
        ),
        Invalid(
            "results below a relative folder",
            _tree(
                "import hydra, os\n\n\n@hydra.main('../config', 'config')\n"
                f"def main(cfg):\n    os.makedirs(cfg.results_dir, exist_ok=True)\n{CALL}"
            ),
            ("src/main.py:4",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each program that relies on the directory that it is moved from."""
        for moved in context.fact(moved_programs):
            yield from _inherited(context, moved)
            found = _relies(context, moved)
            if found is None:
                continue
            what, evidence, severity = found
            call = moved.call
            yield Hit(
                message=f"{_why(moved)}, and then {what}.",
                path=moved.app.path,
                line=call.lineno,
                end_line=call.end_lineno,
                evidence=(context.quote(moved.app.path, call.lineno, call.end_lineno), evidence),
                fix=_fix(context, moved),
                severity=severity,
            )


def _inherited(context: Context, moved: Moved) -> Iterator[Hit]:
    """The first file of the tree that a child looks for in the directory that it was started in."""
    for path in moved.inherited[:1]:
        yield Hit(
            message=f"`{path.text}` is looked for in the directory that this program was started in. {_why(moved)} "
            f"({moved.app.path}:{moved.app.line}), and starts this one from there, where the file is not.",
            path=path.path,
            line=path.line,
            end_line=path.node.end_lineno,
            evidence=(
                context.quote(path.path, path.line, path.node.end_lineno),
                context.quote(moved.app.path, moved.call.lineno, moved.call.end_lineno),
            ),
            fix=Fix(summary=f"Add `version_base=None` to `hydra.main` in {moved.app.path}, or give the child a `cwd`."),
        )


def _why(moved: Moved) -> str:
    program = f"`{moved.app.path}`"
    folder = f"`{moved.folder}`" if moved.folder else "a new folder below `outputs/`"
    if moved.asked:
        return f"`hydra.job.chdir` is true, so Hydra moves {program} to {folder} before it runs"
    return f"`hydra.main` has the defaults of Hydra 1.1 and moves {program} to {folder} before it runs"


def _relies(context: Context, moved: Moved) -> tuple[str, Evidence, Severity] | None:
    if moved.children:
        child = moved.children[0]
        name = f"`-m {child.module}`" if child.module else f"`{child.script}`"
        where = context.quote(child.path, child.line, child.node.end_lineno)
        return f"{name}, started without `cwd` at {child.path}:{child.line}, is not found", where, Severity.BLOCKING
    for path in sorted(moved.paths, key=lambda each: not each.read):
        where = context.quote(path.path, path.line)
        if path.read:
            said = f"the relative path `{path.text}` at {path.path}:{path.line} does not lead into the repository"
            return said, where, Severity.BLOCKING
        said = f"`{path.text}` at {path.path}:{path.line}, where it is relative, is a path below that folder"
        return said, where, Severity.ADVISORY
    return None


def _fix(context: Context, moved: Moved) -> Fix:
    if moved.asked:
        return Fix(summary="Set `hydra.job.chdir: false` in the configuration.")
    if OLD_HYDRA.search(context.text("pyproject.toml")):
        return Fix(
            summary="Set `hydra.run.dir: .` in the configuration, or allow Hydra 1.2 and pass `version_base=None`."
        )
    text = with_keyword(context, moved.app.path, moved.call, "version_base", "None") if moved.app.config_path else None
    return Fix(summary="Add `version_base=None` to `hydra.main`.", replacement=text)
