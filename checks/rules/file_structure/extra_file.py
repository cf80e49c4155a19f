"""``file-structure/extra-file``."""

import posixpath
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.layout import is_build_file, is_expected, is_owned
from checks.finding import Fix
from checks.profiles import Profile
from checks.rule import Hit, Invalid, Rule, Valid

MOST_ALONE = 5
"""A folder that holds nothing listed and more extra files than this is one finding."""

OLD_RUN_FOLDER = "config/run/"


class ExtraFile(Rule):
    """A file that the experiment owns and the profile's list does not name.

    What it finds
        Files under `src/` and `config/`, Python files anywhere, and build files at the root (`setup.py`,
        `requirements.txt`, ...) that are not listed; one finding a file, or one for a whole folder of them. Free are
        the repository's furniture (`.github/`, `.research/`, `.logs/`, `docs/`, `.gitignore`, `.gitkeep`, a README, a
        LICENSE, a CITATION), `uv.lock`, a Dockerfile, and in an experiment `config/runs/*.yaml`.

    Why it matters
        The profile asks for exactly its files, so that readers and programs find everything in a known place; a helper
        module hides code from both, and a second build file contradicts `pyproject.toml`.

    How to fix
        Move the code into the listed file it serves and delete the extra one; dependencies belong in `pyproject.toml`.

    What it cannot see
        Whether anything uses the file. `config/run/` instead of `config/runs/` is `file-structure/run-folder-misnamed`.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "file-structure", "base": "file-structure"}
    valid = (
        Valid(
            "furniture",
            dict.fromkeys(
                (
                    ".github/scripts/x.py",
                    ".research/a.py",
                    ".logs/b.txt",
                    "docs/conf.py",
                    "README.md",
                    "LICENSE",
                    "CITATION.cff",
                    "uv.lock",
                    "Dockerfile",
                    ".gitignore",
                    "src/.gitkeep",
                    "config/README.md",
                    ".python-version",
                    "data/notes.csv",
                ),
                "",
            ),
        ),
        Valid("run configurations", {"config/runs/proposed-a-b.yaml": "", "config/runs/x.y.yaml": ""}, "experiment"),
        Valid("older run folder", {"config/run/a.yaml": ""}, "experiment"),
        Valid("listed files", {"src/train.py": "", "pyproject.toml": ""}),
    )
    invalid = (
        Invalid("package marker", {"src/__init__.py": ""}, ("src/__init__.py",)),
        Invalid("helper module", {"src/utils.py": "", "src/train.py": ""}, ("src/utils.py",)),
        Invalid("Python elsewhere", {"main.py": "", "tests/test_a.py": ""}, ("main.py", "tests/test_a.py")),
        Invalid(
            "build files",
            dict.fromkeys(("setup.py", "requirements-dev.txt", "environment.yml", "setup.cfg"), ""),
            ("setup.py", "requirements-dev.txt", "environment.yml", "setup.cfg"),
        ),
        Invalid("other configuration", {"config/model/a.yaml": ""}, ("config/model/a.yaml",)),
        Invalid("run configuration that Hydra cannot see", {"config/runs/a.yml": ""}, ("config/runs/a.yml",)),
        Invalid("run configurations in base code", {"config/runs/a.yaml": ""}, ("config/runs/a.yaml",), "base"),
        Invalid("nested", {"config/runs/a/b.yaml": ""}, ("config/runs/a/b.yaml",), "experiment"),
        Invalid("whole folder", {f"src/layers/l{n}.py": "" for n in range(9)}, ("src/layers/l0.py",)),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each file, or for a folder that holds many."""
        folders: dict[str, list[str]] = defaultdict(list)
        for path in context.tree.paths():
            if is_owned(path) and not is_expected(path, context.profile) and not _is_older(path, context.profile):
                folders[_strange_folder(path, context.profile)].append(path)
        for folder, paths in folders.items():
            if folder and len(paths) > MOST_ALONE:
                yield Hit(
                    message=f"`{folder}/` holds {len(paths)} files, none on the {context.profile.name} profile's list.",
                    path=paths[0],
                    fix=Fix(summary="Move what is needed into the listed files and delete the folder."),
                    identity=folder,
                )
            else:
                yield from (_hit(path, context.profile) for path in paths)


def _is_older(path: str, profile: Profile) -> bool:
    return profile.run_configs is not None and path.startswith(OLD_RUN_FOLDER)


def _strange_folder(path: str, profile: Profile) -> str:
    """The topmost folder above a path that holds nothing listed; empty where every folder above it does."""
    parts = posixpath.dirname(path).split("/")
    known = [*profile.files, *([profile.run_configs] if profile.run_configs else [])]
    for length in range(1, len(parts) + 1):
        folder = "/".join(parts[:length])
        if folder and not any(listed.startswith(f"{folder}/") for listed in known):
            return folder
    return ""


def _hit(path: str, profile: Profile) -> Hit:
    message = f"`{path}` is not one of the files that the {profile.name} profile lists."
    if is_build_file(path):
        fix = "Declare what it says in `pyproject.toml` and delete it."
    elif path == "src/__init__.py":
        fix = "Delete it; `python -m src.main` works without it."
    elif path.endswith(".py"):
        fix = "Move its code into the listed file that uses it and delete it."
    else:
        fix = "Move what is needed into a listed file and delete it."
    return Hit(message=message, path=path, fix=Fix(summary=fix), identity=path)
