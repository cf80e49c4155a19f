"""Hydra's view of a source tree: configuration served from memory, and nothing served from anywhere else.

Hydra composes for real; only where it reads is ours. A search path that leads out of the tree is refused, plugins of
this machine are not looked for, and the defaults list is cut off where it only grows.
"""

import copy
import io
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_repository import CachingConfigRepository, ConfigRepository
from hydra._internal.config_search_path_impl import ConfigSearchPathImpl
from hydra._internal.core_plugins.basic_launcher import BasicLauncher
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra._internal.core_plugins.importlib_resources_config_source import ImportlibResourcesConfigSource
from hydra._internal.core_plugins.structured_config_source import StructuredConfigSource
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.object_type import ObjectType
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.plugins.config_source import ConfigLoadError, ConfigResult, ConfigSource
from omegaconf import OmegaConf
from omegaconf._utils import get_yaml_loader

from checks.facts.yaml_files import YamlFile
from checks.tree import SourceTree

BUILT_IN = (BasicLauncher, BasicSweeper)
"""Importing these puts Hydra's own launcher and sweeper into its store, where its defaults look for them."""
HEADER_CHARACTERS = 512
"""How much of a file Hydra searches for an ``@package`` header."""
MAX_LOADS = 2_000
"""Most configurations that one defaults list may pull in, counted with repetitions."""


class UnseenConfigError(Exception):
    """The composition needs something that the tree does not show; a higher rung must decide."""


class TooManyDefaultsError(ValueError):
    """The defaults list grows without end."""


@dataclass
class Store:
    """What the sources of one composition share.

    Args:
        tree: the files; paths that were not read count as present and cannot be loaded.
        files: the parsed YAML files by path.
        refused: search paths that led out of the tree.
        loaded: plain values and headers by path, kept between compositions.
    """

    tree: SourceTree
    files: Mapping[str, YamlFile]
    refused: list[str] = field(default_factory=list)
    loaded: dict[str, tuple[Any, dict[str, str | None]]] = field(default_factory=dict)
    paths: frozenset[str] = field(init=False)
    folders: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.paths = frozenset(self.tree.paths())
        self.folders = frozenset(
            path[:end] for path in self.paths for end, character in enumerate(path) if character == "/"
        ) | {""}

    def __deepcopy__(self, memo: object) -> "Store":
        return self


class TreeSource(ConfigSource):
    """A folder of the tree as a Hydra configuration source.

    Args:
        provider: Hydra's name for whoever asked for this source.
        folder: POSIX path relative to the root, ``""`` for the root itself, or None for a refused place.
        store: where contents come from.
    """

    def __init__(self, provider: str, folder: str | None, store: Store) -> None:
        super().__init__(provider, f"{self.scheme()}://{folder or ''}")
        self._folder = folder
        self._store = store

    @staticmethod
    def scheme() -> str:
        """The scheme that stands for the tree in Hydra's messages."""
        return "tree"

    def _full(self, config_path: str) -> str | None:
        if self._folder is None:
            return None
        path = posixpath.normpath(posixpath.join(self._folder, config_path))
        return "" if path == "." else path

    def load_config(self, config_path: str) -> ConfigResult:
        """Load one file as Hydra's own file source does."""
        full = self._full(self._normalize_file_name(config_path))
        if full is None or full not in self._store.tree:
            raise ConfigLoadError(f"Config not found : {full}")
        if full in self._store.tree.unread:
            raise UnseenConfigError(f"{full} was not read: {self._store.tree.unread[full].detail}")
        if full not in self._store.loaded:
            self._store.loaded[full] = self._read(full)
        value, header = self._store.loaded[full]
        config = OmegaConf.create() if value is None else OmegaConf.create(value)
        return ConfigResult(self.provider, f"tree://{self._folder}", config, dict(header))

    def _read(self, full: str) -> tuple[Any, dict[str, str | None]]:
        file = self._store.files.get(full)
        if file is None:
            raise UnseenConfigError(f"{full} is not looked at")
        if file.error is not None:
            raise yaml.YAMLError(f"{full}:{file.error.line}: {file.error.message}")
        header = self._get_header_dict(file.text[:HEADER_CHARACTERS])
        if file.duplicates:
            twice = file.duplicates[0]
            raise yaml.YAMLError(f"{full}:{twice.line}: found duplicate key {twice.key}")
        value = yaml.load(io.StringIO(file.text), Loader=get_yaml_loader())  # noqa: S506 - derived from SafeLoader
        if value is not None and not isinstance(value, list | dict | str):
            raise OSError(f"Invalid loaded object type: {type(value).__name__}")
        return value, header

    def available(self) -> bool:
        """Whether the folder exists."""
        return self.is_group("")

    def is_group(self, config_path: str) -> bool:
        """Whether the tree has this folder below the source's."""
        full = self._full(config_path)
        return full in self._store.folders

    def is_config(self, config_path: str) -> bool:
        """Whether the tree has this file below the source's folder."""
        return self._full(self._normalize_file_name(config_path)) in self._store.paths

    def list(self, config_path: str, results_filter: ObjectType | None) -> list[str]:
        """Names of the configurations or groups in a folder."""
        full = self._full(config_path)
        prefix = f"{full}/" if full else ""
        names = {path[len(prefix) :].split("/", 1)[0] for path in self._store.paths if path.startswith(prefix)}
        found: list[str] = []
        for name in sorted(names):
            self._list_add_result(found, posixpath.join(config_path, name), name, results_filter)
        return sorted(set(found))


class TreeRepository(ConfigRepository):
    """Hydra's repository with its sources made for a tree instead of found on this machine."""

    def __init__(self, config_search_path: ConfigSearchPath, store: Store) -> None:
        self._store = store
        super().__init__(config_search_path)

    def initialize_sources(self, config_search_path: ConfigSearchPath) -> None:
        """Make a source for every entry of the search path."""
        self.sources = [self._source(entry.provider or "", entry.path or "") for entry in config_search_path.get_path()]

    def _source(self, provider: str, path: str) -> ConfigSource:
        if provider == "hydra":
            return ImportlibResourcesConfigSource(provider, path)
        if provider == "schema":
            return StructuredConfigSource(provider, path)
        folder = _folder_of(path)
        source = TreeSource(provider, folder, self._store)
        if not source.available() and provider != "main":
            self._store.refused.append(path)
        return source


def _folder_of(path: str) -> str | None:
    """The tree's folder that a search path names when the command runs in the root; None for anywhere else."""
    scheme, found, rest = path.partition("://")
    if not found:
        scheme, rest = "file", path
    if scheme == "pkg":
        rest = rest.replace(".", "/")
    folder = posixpath.normpath(rest or ".")
    if scheme not in ("tree", "file", "pkg") or folder.startswith(("/", "..")):
        return None
    return "" if folder == "." else folder


class _CountingRepository(CachingConfigRepository):
    """Hydra's caching repository that stops an endless defaults list."""

    def __init__(self, delegate: ConfigRepository) -> None:
        super().__init__(delegate)
        self._loads = 0

    def load_config(self, config_path: str) -> ConfigResult | None:
        """The configuration, or None where no source has it."""
        self._loads += 1
        if self._loads > MAX_LOADS:
            raise TooManyDefaultsError(f"the defaults list pulls in more than {MAX_LOADS} configurations")
        return super().load_config(config_path)


class TreeLoader(ConfigLoaderImpl):
    """Hydra's configuration loader over a tree.

    Args:
        folder: the primary configuration folder; None for an application without one.
        store: where contents come from.
    """

    def __init__(self, folder: str | None, store: Store) -> None:
        self.config_search_path = ConfigSearchPathImpl()
        self.config_search_path.append("hydra", "pkg://hydra.conf")
        if folder is not None:
            self.config_search_path.append("main", f"tree://{folder}")
        self.config_search_path.append("schema", "structured://")
        self.repository = TreeRepository(self.config_search_path, store)

    def _parse_overrides_and_create_caching_repo(
        self, config_name: str | None, overrides: list[str]
    ) -> tuple[list[Override], CachingConfigRepository]:
        parsed = OverridesParser.create().parse_overrides(overrides=overrides)
        repository = _CountingRepository(copy.copy(self.repository))
        self._process_config_searchpath(config_name, parsed, repository)
        return parsed, repository
