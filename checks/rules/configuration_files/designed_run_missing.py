"""``configuration-files/designed-run-missing``."""

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.research import Research, research
from checks.facts.search_space import RUN_FOLDERS
from checks.facts.yaml_files import YamlFile, config_files
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

HISTORY = ".research/research_history.json"
DESIGN = (
    '{"research_session": {"iterations": [\n{"experiment_runs": [{"run_id": "proposed-iter0"}]},\n'
    '{"experiment_runs": [\n{"run_id": "proposed-mlp-digits", "method_name": "proposed"},\n'
    '{"run_id": "comparative-1-mlp-digits"}]}]}}'
)
OURS = {"config/runs/proposed-mlp-digits.yaml": "run_id: proposed-mlp-digits\n"}
THEIRS = {"config/runs/comparative-1-mlp-digits.yaml": "run_id: comparative-1-mlp-digits\n"}


class DesignedRunMissing(Rule):
    """The runs that the design names and the run configurations are not the same.

    What it finds
        A run of the design's last iteration (``experiment_runs``) that no file of run configurations provides, by its
        name or its ``run_id``. A run configuration that no iteration names is advisory.

    Why it matters
        The comparison is made of exactly the designed runs. A missing one cannot be started, and with it goes the
        baseline or the proposed method that the result is stated against.

    How to fix
        Add ``config/runs/{run_id}.yaml`` for each run of the design, from its ``run_config`` where it has one.

    What it cannot see
        A design that is not in the research context, or that stands in one that cannot be read: the advice
        ``complete-implementation/research-context-broken`` names that. Names that differ in case or punctuation alone
        count as the same. A file that begins with an underscore, or that another takes its defaults from, is a shared
        part and no run.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "configuration-files"}
    valid = (
        Valid("as-designed", {HISTORY: DESIGN, **OURS, **THEIRS}),
        Valid(
            "other-punctuation",
            {
                HISTORY: DESIGN,
                "config/runs/Proposed_mlp_digits.yaml": "a: 1\n",
                "config/runs/b.yaml": "run_id: comparative-1-mlp-digits\n",
            },
        ),
        Valid(
            "earlier-iteration-kept", {HISTORY: DESIGN, **OURS, **THEIRS, "config/runs/proposed-iter0.yaml": "a: 1\n"}
        ),
        Valid("shared-part", {HISTORY: DESIGN, **OURS, **THEIRS, "config/runs/_base.yaml": "seed: 1\n"}),
        Valid("no-design", {HISTORY: "{}", **OURS}),
        Valid("design-cut-off", {HISTORY: DESIGN[:-9], **OURS}),
        Valid("no-run-at-all-is-another-fault", {HISTORY: DESIGN, "config/config.yaml": "mode: ???\n"}),
    )
    invalid = (
        Invalid("baseline-missing", {HISTORY: DESIGN, **OURS}, at=(f"{HISTORY}:5",)),
        Invalid(
            "other-method",
            {HISTORY: DESIGN, **OURS, "config/runs/b.yaml": "run_id: b\n"},
            at=("config/runs/b.yaml", f"{HISTORY}:5"),
        ),
        Invalid(
            "one-too-many",
            {HISTORY: DESIGN, **OURS, **THEIRS, "config/runs/extra.yaml": "a: 1\n"},
            at=("config/runs/extra.yaml",),
        ),
        Invalid(
            "markdown",
            {"research_context.md": "# Experiment Runs\n- run_id: proposed-a\n- run_id: `comparative-1-a`\n",
             "config/runs/proposed-a.yaml": "run_id: proposed-a\n"},
            at=("research_context.md:3",),
        ),
    )  # fmt: skip

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for all missing runs, and one for each file beyond the design."""
        design = context.fact(research)
        files = {path: file for path, file in context.fact(config_files).items() if path.startswith(RUN_FOLDERS)}
        unread = [path for path in context.tree.unread if path.startswith(RUN_FOLDERS)]
        if not design.runs or not files or unread:
            return
        provided = {_plain(name) for path, file in files.items() for name in _names(path, file)}
        missing = [run.run_id for run in design.runs if _plain(run.run_id) not in provided]
        if missing:
            yield _missing(context, design, list(dict.fromkeys(missing)))
        asked = {_plain(name) for name in (*design.earlier_runs, *(run.run_id for run in design.runs))}
        shared = {name for file in files.values() for name in _defaults(file)}
        for path, file in files.items():
            names = [_plain(name) for name in _names(path, file)]
            if not asked & set(names) and not _stem(path).startswith("_") and _stem(path) not in shared:
                yield Hit(
                    message=f"`{path}` configures a run that the design does not name.",
                    path=path,
                    fix=Fix(summary="Remove the file, or name the run in the design's `experiment_runs`."),
                    severity=Severity.ADVISORY,
                )


def _missing(context: Context, design: Research, missing: list[str]) -> Hit:
    few = ", ".join(f"`{name[:80]}`" for name in missing[:4]) + (", ..." if len(missing) > 4 else "")
    line = _line(context, design.path, missing[0])
    what = "run" if len(missing) == 1 else f"{len(missing)} runs"
    return Hit(
        message=f"The design names the {what} {few}, and no file under `config/runs/` provides "
        f"{'it' if len(missing) == 1 else 'them'}: they cannot be started or compared.",
        path=design.path if line else None,
        line=line,
        fix=Fix(summary=f"Add `config/runs/{missing[0][:80]}.yaml` with the run's configuration, and so for each."),
        identity=" ".join(missing),
    )


def _line(context: Context, path: str | None, run: str) -> int | None:
    """The last line that names the run by its id."""
    if path is None:
        return None
    pattern = re.compile(rf"""run_id["'`*]*\s*[:=]\s*["'`]*{re.escape(run)}(?![\w.-])""")
    text = context.text(path)
    found = [match.start() for match in pattern.finditer(text)]
    return text.count("\n", 0, found[-1]) + 1 if found else None


def _names(path: str, file: YamlFile) -> list[str]:
    found = file.mapping().get("run_id")
    return [_stem(path), *([str(found)] if isinstance(found, str | int) else [])]


def _stem(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[0]


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "-", name.lower()).strip("-")


def _defaults(file: YamlFile) -> Iterator[str]:
    listed = file.mapping().get("defaults")
    for entry in listed if isinstance(listed, list) else ():
        for name in (entry,) if isinstance(entry, str) else entry.values() if isinstance(entry, dict) else ():
            yield str(name).lstrip("/").rpartition("/")[2]
