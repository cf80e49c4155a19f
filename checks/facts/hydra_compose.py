"""The configurations that Hydra really composes for the documented commands, every run and every mode.

Variables of this machine's environment are not there for the tree to ask for, and nothing is resolved in what is
handed on.
"""

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, cast

from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.utils import JobRuntime, setup_globals, validate_config_path
from hydra.errors import MissingConfigException
from hydra.types import RunMode
from hydra.version import VersionBase, setbase
from omegaconf import DictConfig, OmegaConf
from omegaconf.basecontainer import BaseContainer
from omegaconf.errors import InterpolationResolutionError, UnsupportedInterpolationType

from checks.context import Context
from checks.facts.hydra_apps import HydraApp, uses_config_store
from checks.facts.hydra_errors import CompositionError, explain, is_defaults_cycle
from checks.facts.hydra_source import Store, TreeLoader, UnseenConfigError
from checks.facts.yaml_files import YamlFile, yaml_files

Plain = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What composing one command line gave: exactly one of ``config``, ``error`` and ``unknown`` is set.

    Args:
        config: the program's configuration, plain and unresolved (``???`` and ``${...}`` as written).
        hydra: Hydra's own node, plain and unresolved.
        error: why it does not compose.
        unknown: why that cannot be told without running the code.
    """

    config: Plain | None = None
    hydra: Plain | None = None
    error: CompositionError | None = None
    unknown: str = ""


_NO_PACKAGE = "Primary config module '{}' not found. Check that it's correct and contains an __init__.py file"
"""Hydra's words for an imported function whose configuration folder is no package."""


class Composer:
    """Composes for one tree, with one Hydra loader for each configuration folder.

    Args:
        context: the review; the tree's YAML files are parsed once.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._files: Mapping[str, YamlFile] = context.fact(yaml_files)
        self._store = Store(context.tree, self._files)
        self._loaders: dict[str | None, TreeLoader] = {}
        self._known: dict[tuple[HydraApp, tuple[str, ...]], Outcome] = {}
        self._plugins = _names_plugins(context)
        self._in_code = context.fact(uses_config_store)

    def compose(self, app: HydraApp, overrides: tuple[str, ...]) -> Outcome:
        """Compose what the application would receive from these command-line arguments."""
        if app.unknown:
            return Outcome(unknown=app.unknown)
        if app.folder is not None and (app.folder.startswith("/") or "://" in app.folder):
            return Outcome(unknown=f"the configuration folder {app.folder} is not named relative to the file")
        if app.imported and app.folder is not None and f"{app.folder}/__init__.py" not in self._context.tree:
            return Outcome(
                error=CompositionError("no-package", _NO_PACKAGE.format(app.folder), app.folder, None, app.line)
            )
        named = app.config_file
        with self._context.reading(named if named and named in self._context.tree else app.path), _hydra(app):
            return self._shared(app, overrides)

    def _shared(self, app: HydraApp, overrides: tuple[str, ...]) -> Outcome:
        """Compose once for all command lines that differ only in the values of plain top-level keys."""
        plain = self._plain(app, overrides)
        key = (app, tuple(f"{o.partition('=')[0]}={type(plain[o]).__name__}" if o in plain else o for o in overrides))
        if key not in self._known:
            self._known[key] = self._compose(app, list(overrides))
        outcome = self._known[key]
        if outcome.config is None:
            return outcome
        values = {override.partition("=")[0]: value for override, value in plain.items()}
        return replace(outcome, config={**outcome.config, **values})

    def _plain(self, app: HydraApp, overrides: tuple[str, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for override in overrides:
            name = override.partition("=")[0]
            if name.isidentifier() and not self._loader(app).repository.group_exists(name):
                parsed = _attempt(lambda text=override: OverridesParser.create().parse_override(text))  # type: ignore[misc]
                if not isinstance(parsed, Exception) and not parsed.is_sweep_override():
                    value = parsed.value()
                    if isinstance(value, str | int | float | bool) and "${" not in str(value):
                        found[override] = value
        return found

    def _loader(self, app: HydraApp) -> TreeLoader:
        if app.folder not in self._loaders:
            self._loaders[app.folder] = TreeLoader(app.folder, self._store)
        return self._loaders[app.folder]

    def _compose(self, app: HydraApp, overrides: list[str]) -> Outcome:
        self._store.refused.clear()

        def work() -> DictConfig:
            setbase(app.version_base)
            validate_config_path(app.config_path)
            config = self._loader(app).load_configuration(app.config_name, overrides, RunMode.RUN)
            if app.how == "main":
                _check_output_folder(config)
            return config

        composed = _attempt(work)
        if isinstance(composed, Exception):
            return self._failed(composed, app)
        container = cast("dict[str, Any]", OmegaConf.to_container(composed, resolve=False))
        hydra = container.pop("hydra")
        hydra["job"].pop("env_set", None)
        return Outcome(config=container, hydra=hydra)

    def _failed(self, error: Exception, app: HydraApp) -> Outcome:
        if isinstance(error, UnseenConfigError):
            return Outcome(unknown=str(error))
        if isinstance(error, KeyError) and error.args and str(error.args[0]).isupper():
            return Outcome(unknown=f"hydra.job.env_copy asks for the environment variable {error.args[0]}")
        if isinstance(error, RecursionError) and not is_defaults_cycle(error):
            return Outcome(unknown="a value is nested too deeply to be composed here")
        if "oc.env" in str(error):
            return Outcome(unknown="the configuration depends on an environment variable")
        explained = explain(error, app, self._files)
        if explained.kind == "no-option" and explained.subject.startswith("hydra/") and self._plugins:
            return Outcome(unknown=f"{explained.subject} may come from a Hydra plugin")
        if self._in_code and explained.kind != "yaml":
            return Outcome(unknown="configuration is registered in code")
        if self._store.refused and isinstance(error, MissingConfigException):
            return Outcome(unknown="hydra.searchpath leads out of the tree")
        return Outcome(error=explained)


def _attempt(work: Callable[[], Any]) -> Any:
    """The result, or the exception that Hydra or OmegaConf raised: any kind, for the configuration is hostile."""
    try:
        return work()
    except Exception as error:
        return error


@contextmanager
def _hydra(app: HydraApp) -> Iterator[None]:
    """Hydra's process-wide settings as the application's own start would leave them, put back afterwards."""
    before, job = VersionBase.instance().getbase(), HydraConfig.instance().cfg
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        setup_globals()
        environment = BaseContainer._resolvers["oc.env"]
        OmegaConf.register_new_resolver("oc.env", _no_variable, replace=True)
        JobRuntime.instance().set("name", app.path.rsplit("/", 1)[-1].removesuffix(".py"))
        try:
            yield
        finally:
            BaseContainer._resolvers["oc.env"] = environment
            HydraConfig.instance().cfg = job
            VersionBase.instance().version_base = before


def _no_variable(name: str, *default: object) -> str | None:
    """What ``${oc.env:name,default}`` gives in an empty environment. Raises KeyError where there is no default."""
    if not default:
        raise KeyError(f"Environment variable '{name}' not found")
    return None if default[0] is None else str(default[0])


def _check_output_folder(config: DictConfig) -> None:
    """Resolve ``hydra.run.dir`` as Hydra does before it calls the program.

    Raises:
        InterpolationResolutionError: it names a key that the configuration lacks.
    """
    HydraConfig.instance().set_config(config)
    try:
        OmegaConf.select(config, "hydra.run.dir")
    except UnsupportedInterpolationType:
        return
    except InterpolationResolutionError as error:
        if "Environment variable" not in str(error):
            raise


def _names_plugins(context: Context) -> bool:
    text = context.text("pyproject.toml").lower().replace("_", "-")
    return text.count("hydra-") > text.count("hydra-core")
