"""Which paths the experiment owns, and which are the repository's furniture that no profile asks about."""

import posixpath
from fnmatch import fnmatchcase

from checks.profiles import Profile

FURNITURE_FOLDERS = frozenset({".github", ".research", ".logs", "docs"})
"""Root folders that hold no part of the experiment."""

FURNITURE_NAMES = (".gitignore", ".gitkeep", ".gitattributes", "readme*", "license*", "citation*")
"""File names, in lower case, that are free in any folder."""

BUILD_FILES = (
    "setup.py",
    "setup.cfg",
    "manifest.in",
    "requirements*.txt",
    "requirements*.in",
    "environment.y*ml",
    "conda*.y*ml",
    "pipfile",
    "pipfile.lock",
    "poetry.lock",
    "pdm.lock",
    "pixi.toml",
    "pixi.lock",
)
"""Root files, in lower case, that say how to build or install; ``pyproject.toml`` (with ``uv.lock``) alone may."""


def is_furniture(path: str) -> bool:
    """Whether a path is free: in a folder that holds no part of the experiment, or a file such as a README."""
    return path.split("/", 1)[0] in FURNITURE_FOLDERS or _named(posixpath.basename(path), FURNITURE_NAMES)


def is_python(path: str) -> bool:
    """Whether a path is a Python file that the experiment owns."""
    return path.endswith(".py") and not is_furniture(path)


def is_owned(path: str) -> bool:
    """Whether a profile's file list applies to a path.

    It does to what lies in ``src/`` and ``config/``, to Python files anywhere, and to build files at the root.
    """
    if is_furniture(path):
        return False
    return (
        path.startswith(("src/", "config/")) or path.endswith(".py") or path == "pyproject.toml" or is_build_file(path)
    )


def is_build_file(path: str) -> bool:
    """Whether a path is a root file of another way to build or install."""
    return "/" not in path and _named(path, BUILD_FILES)


def is_expected(path: str, profile: Profile) -> bool:
    """Whether the profile's file list has a path, or a pattern for it."""
    pattern = profile.run_configs
    if any(fnmatchcase(path, extra) for extra in profile.extra_files):
        return True
    return path in profile.files or (
        pattern is not None and path.count("/") == pattern.count("/") and fnmatchcase(path, pattern)
    )


def matters(path: str, profile: Profile) -> bool:
    """Whether the verdict may rest on a path: one that the experiment owns, or a folder or link above such a path."""
    plain = posixpath.normpath(path.replace("\\", "/")).lstrip("/.")
    return is_owned(plain) or any(wanted.startswith(f"{plain}/") for wanted in profile.files)


def _named(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name.lower(), pattern) for pattern in patterns)
