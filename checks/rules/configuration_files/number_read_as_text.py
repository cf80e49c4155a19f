"""``configuration-files/number-read-as-text``."""

import ast
from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.python import modules
from checks.facts.yaml_files import config_files
from checks.facts.yaml_loading import yaml_loading
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

READS = "import yaml\n\nconfig = yaml.safe_load(open('config/a.yaml'))\n"


class NumberReadAsText(Rule):
    """`yaml.safe_load` reads a number such as `1e-5` as text.

    What it finds
        Numbers with an exponent and no point (`1e-5`) in files under `config/`, in a tree that calls PyYAML, where no
        `float(...)` of that key stands in the code.

    Why it matters
        PyYAML follows YAML 1.1, in which a float needs a point and a signed exponent: `1e-5` becomes the string
        `"1e-5"`, and an optimizer that is given a string stops with a TypeError. OmegaConf reads it as a number.

    How to fix
        Write `1.0e-5`.

    What it cannot see
        Whether the code reads this file with PyYAML or with OmegaConf, where it calls both; a conversion under
        another name. So it only advises.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "configuration-files", "base": "command-line"}
    severity = Severity.ADVISORY
    valid = (
        Valid("with a point", {"src/main.py": READS, "config/a.yaml": "lr: 1.0e-5\n"}),
        Valid("no PyYAML", {"src/main.py": "import omegaconf\n", "config/a.yaml": "lr: 1e-5\n"}),
        Valid("converted", {"src/main.py": f"{READS}lr = float(config['lr'])\n", "config/a.yaml": "lr: 1e-5\n"}),
    )
    invalid = (
        Invalid("learning rate", {"src/main.py": READS, "config/a.yaml": "a: 1\nlr: 1e-5\n"}, ("config/a.yaml:2",)),
        Invalid("in a list", {"src/main.py": READS, "config/a.yaml": "lr:\n  - 1e-4\n"}, ("config/a.yaml:2",)),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each number."""
        if not context.fact(yaml_loading).plain:
            return
        converted = set(_converted(context))
        for path, file in context.fact(config_files).items():
            for oddity in file.oddities:
                if oddity.kind == "text" and not converted & set(oddity.key.split(".")):
                    yield Hit(
                        message=f"`yaml.safe_load` reads `{oddity.text}` as text, not as a number.",
                        path=path,
                        line=oddity.line,
                        fix=Fix(summary="Write the number with a point, such as `1.0e-5`."),
                    )


def _converted(context: Context) -> Iterator[str]:
    for module in context.fact(modules).values():
        for node in module.walk():
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float":
                for inner in ast.walk(node):
                    if isinstance(inner, ast.Attribute):
                        yield inner.attr
                    elif isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                        yield inner.value
                    elif isinstance(inner, ast.Name):
                        yield inner.id
