"""``file-structure/run-folder-misnamed``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

OLD = "config/run/"


class RunFolderMisnamed(Rule):
    """The run configurations lie in `config/run/`, not in `config/runs/`.

    What it finds
        YAML files under `config/run/`, where the profile keeps run configurations in `config/runs/`; one finding for
        all of them.

    Why it matters
        Run configurations are written to and looked for in `config/runs/{run_id}.yaml`; those in another folder are
        not found there, and a second folder splits the runs in two.

    How to fix
        Rename the folder to `config/runs` and load from it; with the command `run={run_id}` that needs a group of that
        name, or a composition in the code.

    What it cannot see
        Whether the code reads the folder.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "file-structure"}
    valid = (
        Valid("right folder", {"config/runs/a.yaml": "run_id: a\n"}),
        Valid("a file called run", {"config/run.yaml": "", "config/runs/run/a.yaml": ""}),
        Valid("folder kept empty", {"config/run/.gitkeep": ""}),
    )
    invalid = (
        Invalid("older folder", {"config/run/b.yaml": "", "config/run/a.yaml": ""}, ("config/run/a.yaml",)),
        Invalid("both folders", {"config/run/a.yaml": "", "config/runs/b.yaml": ""}, ("config/run/a.yaml",)),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for the folder."""
        found = list(context.tree.paths(f"{OLD}*.yaml", f"{OLD}*.yml"))
        if found:
            count = f"{len(found)} run configuration{'s' if len(found) > 1 else ''}"
            yield Hit(
                message=f"{count} in `config/run/`; the profile keeps them in `config/runs/`.",
                path=found[0],
                fix=Fix(
                    summary="Rename `config/run` to `config/runs`, and the group that the code or `defaults` names."
                ),
                identity=OLD,
            )
