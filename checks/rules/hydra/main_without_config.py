"""``hydra/main-without-config``."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from checks.context import Context
from checks.facts.hydra_apps import HydraApp, hydra_apps, lacks_config, uses_config_store
from checks.finding import Fix
from checks.rule import Hit, Invalid, Rule, Valid

BODY = "\ndef main(cfg):\n    print(cfg)\n"


class MainWithoutConfig(Rule):
    """`hydra.main` is not told where the configuration is.

    What it finds
        `hydra.main` without `config_path`, without `config_name`, or with None for one of them, in a tree that
        registers no configuration in code.

    Why it matters
        Hydra then starts the program with an empty configuration, or looks beside the Python file, and refuses the
        arguments of the documented command, because no key is there to be set.

    How to fix
        Write `@hydra.main(config_path="../config", config_name="config", version_base=None)`.

    What it cannot see
        Arguments that are worked out when the program runs.
    """

    criteria: ClassVar[Mapping[str, str]] = {"experiment": "hydra"}
    valid = (
        Valid("both given", {"src/main.py": f"import hydra\n@hydra.main('../config', 'config'){BODY}"}),
        Valid(
            "given through names",
            {"src/main.py": f"from hydra import main as m\nC = '../config'\n@m(config_path=C, config_name='c'){BODY}"},
        ),
        Valid("worked out", {"src/main.py": f"import hydra\n@hydra.main(**where()){BODY}"}),
    )
    invalid = (
        Invalid("neither", {"src/main.py": f"import hydra\n@hydra.main(){BODY}"}, ("src/main.py:2",)),
        Invalid(
            "no name",
            {"src/train.py": f"from hydra import main as m\n@m(config_path='../config', version_base=None){BODY}"},
            ("src/train.py:2",),
        ),
        Invalid(
            "path is None",
            {"src/main.py": f"import hydra\n@hydra.main(config_path=None, config_name='config'){BODY}"},
            ("src/main.py:2",),
        ),
    )

    def check(self, context: Context) -> Iterator[Hit]:
        """One hit for each application."""
        if context.fact(uses_config_store):
            return
        for path, apps in context.fact(hydra_apps).items():
            for app in apps:
                if lacks_config(app):
                    missing = " and ".join(_missing(app))
                    yield Hit(
                        message=f"`hydra.main` is given no {missing}, so the documented arguments have no key to set.",
                        path=path,
                        line=app.line,
                        fix=Fix(summary='Give it `config_path="../config"` and `config_name="config"`.'),
                    )


def _missing(app: HydraApp) -> Iterator[str]:
    if app.config_path is None:
        yield "`config_path`"
    if app.config_name is None:
        yield "`config_name`"
