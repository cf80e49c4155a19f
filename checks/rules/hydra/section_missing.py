"""``hydra/section-missing``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.hydra_commands import effective_config
from checks.facts.imports import imports
from checks.facts.yaml_files import YamlFile, config_files, default_names, run_files
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

SECTIONS: Mapping[str, frozenset[str]] = {
    "method": frozenset({"method_name", "method_type", "algorithm", "approach"}),
    "model": frozenset({"models", "model_name", "architecture", "network", "backbone"}),
    "dataset": frozenset({"data", "datasets", "dataset_name", "datamodule", "task"}),
    "training": frozenset({"train", "trainer", "optimization", "optimizer", "optim"}),
    "optuna": frozenset({"search", "search_space", "hpo", "tuning", "sweep"}),
}
"""The sections of a run configuration, with other names that their content is found under."""
RUN = (
    "run_id: a\nmethod: proposed\nmodel: {name: m}\ndataset: {name: d}\ntraining: {epochs: 1}\noptuna: {n_trials: 0}\n"
)
PATH = "config/runs/a.yaml"


class SectionMissing(Rule):
    """A run configuration lacks one of its sections.

    What it finds
        A run configuration without ``method``, ``model``, ``dataset``, ``training`` or ``optuna``, where neither
        ``config/config.yaml`` nor a group of the configuration folder brings the section. A section may be a single
        value, or stand under a heading that is none of these. A section under another usual name, such as ``data``, or
        inside another section, and a missing ``optuna`` in a tree that does not use Optuna are advisory. A
        missing ``run_id`` is ``configuration-files/run-id-mismatch``'s.

    Why it matters
        The run configuration is what says how a run differs from the others: code that reads the section stops, and
        settings that stand in the code cannot be seen or searched.

    How to fix
        Add the section to the run configuration, with what the code reads from it.

    What it cannot see
        Sections that the code puts together itself, and whether a section holds what it should.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "hydra"}
    valid = (
        Valid("every section", {PATH: RUN}),
        Valid(
            "shared sections in the main configuration",
            {
                PATH: "run_id: a\nmethod: proposed\nmodel: m\n",
                "config/config.yaml": RUN.replace("run_id: a", "run: ???"),
            },
        ),
        Valid("everything under one key", {PATH: "run:\n" + "".join(f"  {line}\n" for line in RUN.splitlines())}),
        Valid(
            "a group of its own",
            {PATH: RUN.replace("model: {name: m}\n", ""), "config/model/bert.yaml": "name: bert\n"},
        ),
        Valid("a list of defaults", {PATH: "defaults:\n  - /model: bert\nrun_id: a\n"}),
        Valid("a shared part", {PATH: RUN, "config/runs/_common.yaml": "seed: 1\n"}),
        Valid("not YAML", {PATH: "a: [\n"}),
    )
    invalid = (
        Invalid("no training", {PATH: RUN.replace("training: {epochs: 1}\n", "")}, (PATH,)),
        Invalid("keys without sections", {PATH: "run_id: a\nlr: 0.1\n"}, (PATH,)),
        Invalid("another name", {PATH: RUN.replace("dataset:", "data:")}, (PATH,)),
        Invalid(
            "inside another section",
            {PATH: RUN.replace("model: {name: m}\ndataset: {name: d}\n", "model: {name: m, dataset: {name: d}}\n")},
            (PATH,),
        ),
        Invalid(
            "one of two runs", {PATH: RUN, "config/runs/b.yaml": "run_id: b\nmethod: x\n"}, ("config/runs/b.yaml",)
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each run configuration."""
        runs = context.fact(run_files)
        shared = {name for file in runs.values() for name in default_names(file)}
        for run, file in runs.items():
            if file.mapping() and "defaults" not in file.mapping() and run not in shared and not run.startswith("_"):
                missing = [name for name in SECTIONS if not _has(context, run, file, name)]
                if missing:
                    yield _hit(context, file, missing)


def _has(context: Context, run: str, file: YamlFile, name: str) -> bool:
    if name in file.mapping() or name in effective_config(context, run):
        return True
    wrappers = (value for key, value in file.mapping().items() if key not in SECTIONS)
    if any(isinstance(value, dict) and name in value for value in wrappers):
        return True
    return any(path.startswith((f"config/{name}/", f"config/{name}.")) for path in context.fact(config_files))


def _hit(context: Context, file: YamlFile, missing: list[str]) -> Hit:
    others = {name: sorted((SECTIONS[name] & set(map(str, file.mapping()))) | _inside(file, name)) for name in missing}
    sure = [name for name in missing if not others[name] and (name != "optuna" or _uses_optuna(context))]
    named = ", ".join(f"`{name}`" for name in missing)
    instead = "".join(f" Instead of `{name}` there is `{found[0]}`." for name, found in others.items() if found)
    return Hit(
        message=f"The run configuration has no {named} section, and nothing else brings "
        f"{'it' if len(missing) == 1 else 'them'} in.{instead}",
        path=file.path,
        severity=Severity.BLOCKING if sure else Severity.ADVISORY,
        fix=Fix(summary=f"Add {named} to {file.path}."),
    )


def _inside(file: YamlFile, name: str) -> set[str]:
    """The section as a part of another section."""
    every = file.mapping().items()
    return {f"{key}.{name}" for key, value in every if isinstance(value, dict) and isinstance(value.get(name), dict)}


def _uses_optuna(context: Context) -> bool:
    return any(each.top == "optuna" for names in context.fact(imports).values() for each in names)
