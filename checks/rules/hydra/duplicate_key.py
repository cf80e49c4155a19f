"""``hydra/duplicate-key``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.yaml_files import config_files
from checks.facts.yaml_loading import yaml_loading
from checks.finding import Fix, Severity
from checks.rule import Hit, Invalid, Rule, Valid

TWICE = "lr: 1\nmodel:\n  name: a\nlr: 2\n"
APP = "import hydra\n\n@hydra.main(config_path='../config', config_name='config')\ndef main(cfg): ...\n"


class DuplicateKey(Rule):
    """A configuration file holds a key twice.

    What it finds
        The same key twice in one mapping of a file under `config/`. Blocking where Hydra or `OmegaConf.load` reads
        the file, advisory where only `yaml.safe_load` may, and for a key that is no text, such as a number.

    Why it matters
        Hydra and OmegaConf refuse such a file. `yaml.safe_load` takes the last value without a word, so that the
        first one, which a reader sees first, is never used.

    How to fix
        Keep one of the two.

    What it cannot see
        Which of the two values was meant.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "hydra", "base": "command-line"}
    valid = (
        Valid("same key in two mappings", {"config/config.yaml": "a:\n  lr: 1\nb:\n  lr: 1\n"}),
        Valid("a number and a text", {"config/config.yaml": "1: a\n'1': b\n"}),
        Valid("merge key overridden", {"config/config.yaml": "a: &a {x: 1}\nb:\n  <<: *a\n  x: 2\n"}),
    )
    invalid = (
        Invalid("read by Hydra", {"src/main.py": APP, "config/config.yaml": TWICE}, ("config/config.yaml:4",)),
        Invalid("read by PyYAML", {"src/main.py": "import yaml\n", "config/a.yaml": TWICE}, ("config/a.yaml:4",)),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each second occurrence."""
        loading = context.fact(yaml_loading)
        for path, file in context.fact(config_files).items():
            strict = path in loading.primary or loading.omegaconf or (bool(loading.primary) and not loading.plain)
            for twice in file.duplicates:
                refused = strict and twice.text
                effect = "Hydra and OmegaConf refuse the file" if refused else "only this value is kept"
                yield Hit(
                    message=f"The key `{twice.key}` stands here and on line {twice.first_line}; {effect}.",
                    path=path,
                    line=twice.line,
                    evidence=(context.quote(path, twice.first_line), context.quote(path, twice.line)),
                    fix=Fix(summary="Keep one of the two."),
                    severity=Severity.BLOCKING if refused else Severity.ADVISORY,
                    identity=twice.key,
                )
