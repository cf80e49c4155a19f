"""``wandb/settings-missing``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.placeholders import leaves
from checks.facts.yaml_files import YamlFile, yaml_files
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

CONFIG = "config/config.yaml"
SETTINGS = ("entity", "project")


class SettingsMissing(Rule):
    """The main configuration does not say which WandB entity and project the runs belong to.

    What it finds
        A ``config/config.yaml`` without a value for ``wandb.entity`` or ``wandb.project``: the key is absent, empty,
        ``null`` or ``???``.

    Why it matters
        Both settings are mandatory there: the training records under them, and the evaluation, which is started without
        any run configuration, is asked to read them there. Copies elsewhere drift apart.

    How to fix
        Write a section ``wandb:`` with ``entity`` and ``project`` into ``config/config.yaml``.

    What it cannot see
        Whether the entity and the project exist. Settings under another section or key that names them the same way
        (``logging.wandb.entity``, ``wandb_entity``, a key with a point in it) are accepted, and so are interpolations
        such as ``${oc.env:WANDB_ENTITY}``.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "wandb"}
    valid = (
        Valid("plain", {CONFIG: "wandb:\n  entity: team\n  project: 2025-01-01\n"}),
        Valid("interpolated", {CONFIG: "wandb: {entity: '${oc.env:WANDB_ENTITY}', project: p}\n"}),
        Valid("in-a-section-of-its-own", {CONFIG: "logging:\n  wandb:\n    entity: team\n    project: p\n"}),
        Valid("flat-names", {CONFIG: "wandb_entity: team\nwandb_project: p\n"}),
        Valid("not-a-document", {CONFIG: "a: [\n"}),
    )
    invalid = (
        Invalid(
            "no-section", {CONFIG: "mode: ???\n", "config/runs/a.yaml": "wandb: {entity: a, project: b}\n"}, (CONFIG,)
        ),
        Invalid("empty-values", {CONFIG: "wandb:\n  entity:\n  project: ???\n"}, at=("config/config.yaml:1",)),
        Invalid("one-of-two", {CONFIG: "a: 1\nwandb:\n  project: p\n  mode: online\n"}, at=("config/config.yaml:2",)),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for the file."""
        file = context.fact(yaml_files).get(CONFIG)
        if file is None or file.error is not None:
            return
        missing = [name for name in SETTINGS if not _is_set(file, name)]
        if missing:
            yield Hit(
                message=f"`config/config.yaml` has no {' and no '.join(f'`wandb.{name}`' for name in missing)}, "
                "and that is where the evaluation must read where the runs are.",
                path=CONFIG,
                line=file.line("wandb"),
                fix=Fix(summary="Write `wandb:` with `entity:` and `project:` into `config/config.yaml`."),
            )


def _is_set(file: YamlFile, name: str) -> bool:
    """Whether some key of that name has a value; ``wandb_entity`` counts, ``modes.project`` does too."""
    return any(
        key.rpartition(".")[2] in (name, f"wandb_{name}") and value not in (None, "", "???")
        for key, value in leaves(file.value)
    )
