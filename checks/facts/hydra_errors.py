"""What Hydra's refusal of a configuration means: one kind, one message, one place."""

import re
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import yaml
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf.errors import OmegaConfBaseException

from checks.facts.hydra_apps import HydraApp
from checks.facts.hydra_source import TooManyDefaultsError
from checks.facts.yaml_files import YamlFile

Kind = Literal[
    "yaml",
    "no-folder",
    "no-package",
    "no-config",
    "no-option",
    "must-specify",
    "interpolation",
    "override",
    "key",
    "syntax",
    "other",
]


@dataclass(frozen=True, slots=True)
class CompositionError:
    """Why one command's configuration does not compose.

    Args:
        kind: ``yaml``: a file is not YAML that OmegaConf takes; ``no-folder``: the configuration folder is missing;
            ``no-package``: it would have to be a package, because the decorated function is imported;
            ``no-config``: the primary file is; ``no-option``: a defaults entry names a missing file; ``must-specify``:
            a defaults entry wants a choice that the command does not give; ``interpolation``: one cannot be resolved;
            ``override``: the command sets a key that is not there; ``key``: a key that Hydra does not know;
            ``syntax``: an argument that Hydra cannot parse; ``other``: anything else.
        words: Hydra's own words, shortened to one line.
        subject: the key, group or file that it is about; empty where there is none.
        path: the file at fault; None where that is the Python file.
        line: the line at fault, counted from 1.
    """

    kind: Kind
    words: str
    subject: str = ""
    path: str | None = None
    line: int | None = None


def is_defaults_cycle(error: RecursionError) -> bool:
    """Whether it was the defaults list that went round, and not a value nested too deeply."""
    frames = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
    return sum(name.endswith("defaults_list.py") for name in frames) > len(frames) // 2


def explain(error: Exception, app: HydraApp, files: Mapping[str, YamlFile]) -> CompositionError:
    """Classify what composing raised, and find the line at fault.

    Args:
        error: the exception.
        app: whose configuration it was.
        files: the parsed YAML files by path.
    """
    words = _words(error)
    kind, subject = _kind(error, words)
    path, line = _place(kind, subject, words, app, files)
    return CompositionError(kind, words, subject, path, line)


def _words(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "the defaults list refers to itself without end"
    texts = [str(error)]
    cause = error.__cause__
    if isinstance(cause, OmegaConfBaseException) and str(cause) not in texts[0]:
        texts.append(str(cause))
    if not isinstance(error, HydraException | OmegaConfBaseException | yaml.YAMLError | TooManyDefaultsError):
        texts.insert(0, f"{type(error).__name__}:")
    text = re.split(r"\n(?:Config )?[Ss]earch path:|\nSee https:", "\n".join(texts))[0]
    text = re.sub(r"\n\s*(object_type|reference_type)=\S+|\w+ raised while composing config:\n", "", text)
    return " ".join(text.split())[:300] or type(error).__name__


_PATTERNS: tuple[tuple[Kind, str], ...] = (
    ("no-folder", r"Primary config (?:directory|module)"),
    ("no-config", r"Cannot find primary config '([^']*)'"),
    ("no-option", r"Could not (?:find|load) '([^']*)'"),
    ("must-specify", r"You must specify '([^']*)'"),
    ("override", r"Could not override '([^']*)'"),
    ("interpolation", r"Error resolving interpolation '([^']*)'|Interpolation key '([^']*)' not found"),
    ("key", r"full_key: (\S+)"),
)


def _kind(error: Exception, words: str) -> tuple[Kind, str]:
    if isinstance(error, yaml.YAMLError):
        return "yaml", ""
    if isinstance(error, OverrideParseException):
        return "syntax", error.override
    for kind, pattern in _PATTERNS:
        match = re.search(pattern, words)
        if match:
            return kind, next((group for group in match.groups() if group), "")
    if isinstance(error, MissingConfigException):
        return "no-option", error.missing_cfg_file or ""
    return "other", ""


def _place(
    kind: Kind, subject: str, words: str, app: HydraApp, files: Mapping[str, YamlFile]
) -> tuple[str | None, int | None]:
    if kind in ("no-folder", "no-config"):
        return None, app.line
    if kind == "yaml":
        path, _, rest = words.partition(":")
        return (path, int(rest.partition(":")[0])) if path in files else (None, app.line)
    inside = re.search(r"In '([^']*)'", words)
    named = f"{app.folder}/{inside.group(1).removesuffix('.yaml')}.yaml" if inside and app.folder else None
    file = files.get(named or "") or files.get(app.config_file or "")
    if file is None:
        return None, app.line
    key = re.search(r"full_key: (\S+)", words)
    if kind in ("key", "interpolation") and key:
        return file.path, _nearest(file, key.group(1))
    if kind in ("no-option", "must-specify", "interpolation"):
        return file.path, defaults_line(file, subject.partition("@")[0]) or file.line("defaults")
    return file.path, file.line("defaults") if "defaults list" in words.lower() else None


def defaults_line(file: YamlFile, subject: str) -> int | None:
    """The line of the defaults entry that names a group, a file or an interpolation; None when there is none."""
    defaults = file.mapping().get("defaults")
    best: int | None = None
    for number, entry in enumerate(defaults if isinstance(defaults, list) else []):
        group, option = next(iter(entry.items()), ("", "")) if isinstance(entry, dict) else ("", entry)
        group = re.sub(r"^(optional|override)\s+|@.*$", "", str(group)).strip("/ ")
        names = {group, str(option), f"{group}/{option}".lstrip("/")}
        if subject.lstrip("/") in names or (group and subject.startswith(f"{group}/")):
            best = best or file.line(f"defaults.{number}")
    return best


def _nearest(file: YamlFile, dotted: str) -> int | None:
    parts = dotted.replace("[", ".").replace("]", "").split(".")
    for end in range(len(parts), 0, -1):
        line = file.line(".".join(parts[:end]))
        if line:
            return line
    return None
