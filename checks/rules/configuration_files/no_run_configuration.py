"""``configuration-files/no-run-configuration``."""

from collections.abc import Iterator
from typing import ClassVar

from checks.context import Context
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

RUN = "run_id: proposed-mlp-digits\n"
OLDER_FOLDER = "config/run/*.y*ml"
"""Where older trees keep them; another rule names that mismatch."""


class NoRunConfiguration(Rule):
    """The experiment has no run configuration at all.

    What it finds
        A tree without a single YAML file in the profile's folder of run configurations.

    Why it matters
        Every documented training command names a run, `run={run_id}`, and takes that run's method, model, data set and
        search space from its own file. Without one a command ends with an error, or all runs train on the main
        configuration alone and differ in nothing.

    How to fix
        Add one file for each run, `config/runs/{run_id}.yaml`, with the sections run_id, method, model, dataset,
        training and optuna.

    What it cannot see
        Runs that are generated before the command is started.
    """

    criteria: ClassVar = {"experiment": "configuration-files"}
    valid = (
        Valid("one", {"config/config.yaml": "mode: ???\n", "config/runs/proposed-mlp-digits.yaml": RUN}),
        Valid("not-text", {"config/runs/a.yaml": b"\xff"}),
        Valid("older-folder", {"config/run/proposed.yaml": RUN}),
    )
    invalid = (
        Invalid("only-the-main-file", {"config/config.yaml": "mode: ???\n", "config/runs/.gitkeep": ""}, at=("",)),
        Invalid("not-yaml", {"config/runs/proposed.json": "{}", "config/runs.yaml": RUN}, at=("",)),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for the whole tree."""
        wanted = context.profile.run_configs
        if wanted is not None and not any(context.tree.paths(wanted, wanted.replace(".yaml", ".yml"), OLDER_FOLDER)):
            yield Hit(
                message=f"There is no run configuration: nothing matches `{wanted}`, so no run that `run=` names has a "
                "method, model, data set or search space of its own.",
                fix=Fix(summary=f"Add a file for each run where `{wanted}` finds it, named after its run_id."),
            )
