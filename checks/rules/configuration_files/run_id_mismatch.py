"""``configuration-files/run-id-mismatch``."""

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.search_space import RUN_FOLDERS
from checks.facts.yaml_files import YamlFile, config_files, default_names
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid


class RunIdMismatch(Rule):
    """A run configuration's identifier is missing, has spaces, or is not its file's name.

    What it finds
        A file of run configurations without ``run_id``, with a ``run_id`` other than the file's name without its
        ending, or with white space in it.

    Why it matters
        A run is started as ``run=NAME`` by its file's name, and its results are looked for under its ``run_id``. With
        two names the results of the run are not found; a space in one breaks the command line.

    How to fix
        Give the file and ``run_id`` the same name, without spaces.

    What it cannot see
        An identifier that is interpolated, or that stands in a section ``run``. A file whose name begins with an
        underscore, or that another run configuration takes its defaults from, is taken for a shared part and not for a
        run.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "configuration-files"}
    valid = (
        Valid("same-name", {"config/runs/proposed-1.yaml": "run_id: proposed-1\nmethod: a\n"}),
        Valid("number", {"config/runs/7.yaml": "run_id: 7\n"}),
        Valid("interpolated", {"config/runs/a.yaml": "run_id: ${hydra:runtime.choices.runs}\n"}),
        Valid(
            "shared-parts",
            {
                "config/runs/_common.yaml": "seed: 1\n",
                "config/runs/shared.yaml": "seed: 1\n",
                "config/runs/a.yaml": "defaults: [_common, shared, _self_]\nrun_id: a\n",
            },
        ),
    )
    invalid = (
        Invalid("other-name", {"config/runs/a.yaml": "method: x\nrun_id: b\n"}, at=("config/runs/a.yaml:2",)),
        Invalid("missing", {"config/runs/a.yaml": "method: x\n"}, at=("config/runs/a.yaml",)),
        Invalid("spaces", {"config/runs/a b.yaml": "run_id: a b\n"}, at=("config/runs/a b.yaml:1",)),
        Invalid("null", {"config/run/a.yaml": "run_id:\n"}, at=("config/run/a.yaml:1",)),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each file."""
        runs = {path: file for path, file in context.fact(config_files).items() if path.startswith(RUN_FOLDERS)}
        shared = {name for file in runs.values() for name in default_names(file)}
        for path, file in runs.items():
            stem = path.rpartition("/")[2].rpartition(".")[0]
            if isinstance(file.value, dict) and not stem.startswith("_") and stem not in shared:
                fault = _fault(file, stem)
                if fault:
                    line = file.line("run_id") or file.line("run.run_id")
                    yield Hit(message=fault, path=path, line=line, fix=_fix(context, file, stem, line))


def _fix(context: Context, file: YamlFile, stem: str, line: int | None) -> Fix:
    """The mend, exact where the identifier stands alone on its line and the file's name is fit to be one."""
    summary = "Give the file and `run_id` the same name, without spaces."
    text = context.lines(file.path)[line - 1] if line else ""
    plain = re.fullmatch(r"(\s*run_id\s*:)[^#|>&*!{\[]*?(\s+#.*)?", text)
    exact = f"{plain[1]} {stem}{plain[2] or ''}" if plain and re.fullmatch(r"[A-Za-z][\w.-]*", stem) else None
    return Fix(summary=summary, replacement=exact)


def _fault(file: YamlFile, stem: str) -> str:
    values, run = file.mapping(), file.mapping().get("run")
    found = values.get("run_id", run.get("run_id") if isinstance(run, dict) else None)
    text = "" if found is None else str(found)
    if not text:
        return "The run configuration has no `run_id`."
    if "${" in text:
        return ""
    if any(character.isspace() for character in text):
        return f"`run_id` {text[:80]!r} has white space in it, which breaks the command line and every path made of it."
    return "" if text == stem else f"`run_id` is `{text[:80]}`, and the file that a run is started by is `{stem[:80]}`."
