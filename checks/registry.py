"""The one list of rules: it feeds the rungs, the tests of the examples and the reference."""

import importlib
import inspect
import pkgutil
from functools import cache

import checks.rules
from checks.rule import Rule


@cache
def identifiers() -> tuple[str, ...]:
    """Every rule's identifier, from the files alone: nothing is imported."""
    prefix = checks.rules.__name__ + "."
    names = [
        f"{criterion.name}.{fault.name}"
        for criterion in pkgutil.iter_modules(checks.rules.__path__, prefix)
        for fault in pkgutil.iter_modules(
            [f"{path}/{criterion.name.removeprefix(prefix)}" for path in checks.rules.__path__]
        )
    ]
    return tuple(sorted(name.removeprefix(prefix).replace(".", "/").replace("_", "-") for name in names))


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule, one per module under ``checks.rules``, ordered by identifier."""
    found: list[Rule] = []
    for module in pkgutil.walk_packages(checks.rules.__path__, checks.rules.__name__ + "."):
        if module.ispkg:
            continue
        found += [
            member()
            for _, member in inspect.getmembers(importlib.import_module(module.name), inspect.isclass)
            if issubclass(member, Rule) and member.__module__ == module.name and not inspect.isabstract(member)
        ]
    return tuple(sorted(found, key=lambda rule: rule.id()))


def rules_for(profile: str) -> tuple[Rule, ...]:
    """The rules that a profile runs."""
    return tuple(rule for rule in rules() if profile in rule.criteria)


def rule(identifier: str) -> Rule:
    """The rule with this identifier. Raises KeyError if there is none."""
    for candidate in rules():
        if candidate.id() == identifier:
            return candidate
    raise KeyError(identifier)
