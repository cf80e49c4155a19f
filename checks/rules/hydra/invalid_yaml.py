"""``hydra/invalid-yaml``."""

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.yaml_files import YamlFile, config_files
from checks.facts.yaml_loading import yaml_loading
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

FILE = {"experiment": "config/config.yaml", "base": "config/smoke_test.yaml"}
TEMPLATE = re.compile(r"\{\{|\{%")


class InvalidYaml(Rule):
    """A file under `config/` is not YAML.

    What it finds
        YAML and YML files under `config/` that PyYAML cannot parse, a template (`{{ name }}`, `{% for %}`) among them,
        and files past the limits under which configuration is read: 256 KB, 100 levels, 50,000 nodes with every alias
        and merge key expanded. Also a date that does not exist, where the code reads YAML with PyYAML.

    Why it matters
        The program stops when it reads the file, before any run starts.

    How to fix
        Mend the line. Quote texts that hold `: `, `{`, `[`, `%` or `#`; indent with spaces; write templates out.

    What it cannot see
        A file that the code renders before it reads it.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "hydra", "base": "command-line"}
    valid = (
        Valid("plain", {"config/config.yaml": "a: 1\nb: [x, 'y: {{ z }}']\n"}),
        Valid("anchors and merge keys", {"config/config.yaml": "a: &a {x: 1}\nb:\n  <<: *a\n  y: 2\n"}),
        Valid("template elsewhere", {"docs/page.yaml": "{% for x in y %}\n"}),
    )
    invalid = (
        Invalid("open bracket", {"config/config.yaml": "a: 1\nb: [1, 2\nc: 3\n"}, ("config/config.yaml:3",)),
        Invalid("tab", {"config/runs/a.yaml": "a:\n\tb: 1\n"}, ("config/runs/a.yaml:2",)),
        Invalid("template", {"config/config.yaml": "a: 1\nb: {{ b }}\n"}, ("config/config.yaml:2",)),
        Invalid("deeper than the limit", {"config/config.yaml": "a: " + "[" * 50_000}, ("config/config.yaml:1",)),
        Invalid(
            "date that does not exist",
            {"src/main.py": "import yaml\nyaml.safe_load('')\n", "config/a.yaml": "day: 2020-13-45\n"},
            ("config/a.yaml:1",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each file, and one for each refused date."""
        plain = context.fact(yaml_loading).plain
        for path, file in context.fact(config_files).items():
            if file.error is not None:
                template = _template_line(file)
                words = "it is a template" if template else file.error.message
                yield Hit(
                    message=f"`{path}` is not YAML that can be read: {words}.",
                    path=path,
                    line=template or file.error.line,
                    fix=Fix(summary="Write the values out." if template else "Mend this line, or the one above it."),
                )
            for oddity in file.oddities if plain else ():
                if oddity.kind == "refused":
                    yield Hit(
                        message=f"`{oddity.key}: {oddity.text}` looks like a date and is none: `yaml.safe_load` stops.",
                        path=path,
                        line=oddity.line,
                        fix=Fix(summary="Quote the value."),
                    )


def _template_line(file: YamlFile) -> int | None:
    if file.error is None:
        return None
    lines = file.text.split("\n")
    near = range(max(file.error.line - 1, 1), min(file.error.line, len(lines)) + 1)
    return next((line for line in near if TEMPLATE.search(re.sub(r"'[^']*'|\"[^\"]*\"", "", lines[line - 1]))), None)
