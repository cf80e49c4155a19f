"""What a repository's owners may settle in ``.github/referee.yml``: the model, and what it does to a review."""

from checks.configuration.model import Configuration, Severities, WaiverEntry
from checks.configuration.reading import CONFIGURATION_PATHS, configuration_of, read_configuration

__all__ = [
    "CONFIGURATION_PATHS",
    "Configuration",
    "Severities",
    "WaiverEntry",
    "configuration_of",
    "read_configuration",
]
