"""``configuration-files/number-read-as-text``."""

import ast
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.python import modules
from checks.facts.syntax import walk
from checks.facts.yaml_files import config_files
from checks.facts.yaml_loading import yaml_loading
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

READS = "import yaml\n\nconfig = yaml.safe_load(open('config/a.yaml'))\n"


class NumberReadAsText(Rule):
    """`yaml.safe_load` reads a number such as `1e-5` as text.

    What it finds
        Numbers with an exponent and no point (`1e-5`) in files under `config/`, in a tree that reads YAML with PyYAML
        alone, where no `float(...)` of that key stands in the code.

    Why it matters
        PyYAML follows YAML 1.1, in which a float needs a point and a signed exponent: `1e-5` becomes the string
        `"1e-5"`, and an optimizer that is given a string stops with a TypeError. OmegaConf reads it as a number.

    How to fix
        Write `1.0e-5`.

    What it cannot see
        A conversion under another name, or later on. So it only advises.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "configuration-files", "base": "command-line"}
    severity = Severity.ADVISORY
    valid = (
        Valid("with a point", {"src/main.py": READS, "config/a.yaml": "lr: 1.0e-5\n"}),
        Valid(
            "OmegaConf too",
            {
                "src/main.py": f"{READS}from omegaconf import OmegaConf as O\nO.load('config/a.yaml')\n",
                "config/a.yaml": "lr: 1e-5\n",
            },
        ),
        Valid("converted", {"src/main.py": f"{READS}lr = float(config['lr'])\n", "config/a.yaml": "lr: 1e-5\n"}),
    )
    invalid = (
        Invalid("learning rate", {"src/main.py": READS, "config/a.yaml": "a: 1\nlr: 1e-5\n"}, ("config/a.yaml:2",)),
        Invalid("in a list", {"src/main.py": READS, "config/a.yaml": "lr:\n  - 1e-4\n"}, ("config/a.yaml:2",)),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each file, at its first such number."""
        loading = context.fact(yaml_loading)
        if not loading.plain or loading.omegaconf or loading.primary:
            return
        converted = set(_converted(context))
        for path, file in context.fact(config_files).items():
            found = [each for each in file.oddities if each.kind == "text" and not converted & set(each.key.split("."))]
            if found:
                more = f", and {len(found) - 1} more numbers below" if len(found) > 1 else ""
                yield Hit(
                    message=f"`yaml.safe_load` reads `{found[0].text}` as text, not as a number{more}.",
                    path=path,
                    line=found[0].line,
                    fix=Fix(summary="Write such numbers with a point, as in `1.0e-5`."),
                )


def _converted(context: Context) -> Iterator[str]:
    for module in context.fact(modules).values():
        for node in module.walk():
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float":
                for inner in walk(node):
                    if isinstance(inner, ast.Attribute):
                        yield inner.attr
                    elif isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                        yield inner.value
                    elif isinstance(inner, ast.Name):
                        yield inner.id
