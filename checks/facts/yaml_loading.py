"""With which library the code reads YAML: the two differ on duplicate keys, numbers and dates."""

import ast
from dataclasses import dataclass

from checks.context import Context
from checks.facts.hydra_apps import hydra_apps
from checks.facts.imports import imports

PLAIN = frozenset({"yaml.safe_load", "yaml.load", "yaml.full_load", "yaml.safe_load_all"})
OMEGACONF = "omegaconf.OmegaConf.load"


@dataclass(frozen=True, slots=True)
class YamlLoading:
    """How the code reads YAML.

    Args:
        plain: whether any file calls PyYAML.
        omegaconf: whether any file calls ``OmegaConf.load``.
        primary: configuration files that Hydra reads first.
    """

    plain: bool
    omegaconf: bool
    primary: frozenset[str]


def yaml_loading(context: Context) -> YamlLoading:
    """How the tree's code reads YAML."""
    called = {
        file.called(node) or ""
        for file in context.fact(imports).values()
        for node in file.module.walk()
        if isinstance(node, ast.Call)
    }
    primary = {app.config_file for apps in context.fact(hydra_apps).values() for app in apps if app.config_file}
    return YamlLoading(bool(called & PLAIN), OMEGACONF in called, frozenset(primary))
