"""``configuration-files/not-a-mapping``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.yaml_files import YamlFile, config_files
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid


class NotAMapping(Rule):
    """A configuration file holds no keys.

    What it finds
        A file under `config/` that is empty, holds only comments, or whose root is a single value; in an experiment
        also one whose root is a list.

    Why it matters
        The program looks its parameters up by key and finds none.

    How to fix
        Write the parameters as `key: value`, or remove the file.

    What it cannot see
        A file that nothing reads.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "configuration-files", "base": "command-line"}
    valid = (
        Valid("mapping", {"config/config.yaml": "a: 1\n"}),
        Valid("list of runs in base code", {"config/smoke_test.yaml": "- name: a\n- name: b\n"}, profile="base"),
        Valid("does not parse", {"config/config.yaml": "a: [\n"}),
    )
    invalid = (
        Invalid("comments only", {"config/runs/a.yaml": "# later\n"}, ("config/runs/a.yaml",)),
        Invalid("empty", {"config/config.yaml": ""}, ("config/config.yaml",)),
        Invalid("list", {"config/runs/a.yaml": "- a\n- b\n"}, ("config/runs/a.yaml",), profile="experiment"),
        Invalid("text", {"config/full_experiment.yaml": "run everything\n"}, ("config/full_experiment.yaml",)),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each file."""
        lists_allowed = context.profile.run_configs is None
        for path, file in context.fact(config_files).items():
            kind = _kind(file)
            if file.error is None and kind and not (kind == "a list" and lists_allowed):
                yield Hit(
                    message=f"`{path}` is {kind}, not a mapping of keys to values.",
                    path=path,
                    fix=Fix(summary="Write the parameters as `key: value`, or remove the file."),
                )


def _kind(file: YamlFile) -> str:
    if isinstance(file.value, dict):
        return ""
    if isinstance(file.value, list):
        return "a list"
    return "empty" if file.value is None else "a single value"
