"""Output formats, one file each; this table is the one list of them."""

from collections.abc import Callable
from importlib import import_module
from typing import IO

from checks.verdict import Verdict

Writer = Callable[[Verdict, IO[str]], None]


def _later(module: str, function: str) -> Writer:
    """A writer whose module is imported when it first writes: most reviews write one format."""

    def write(verdict: Verdict, out: IO[str]) -> None:
        getattr(import_module(f"{__name__}.{module}"), function)(verdict, out)

    return write


FORMATS: dict[str, Writer] = {
    "text": _later("text", "write_text"),
    "json": _later("document", "write_document"),
    "verdict": _later("fields", "write_fields"),
    "markdown": _later("markdown", "write_markdown"),
    "html": _later("html", "write_html"),
    "sarif": _later("sarif", "write_sarif"),
    "github": _later("github", "write_github"),
}
"""Format name to the function that writes a verdict to an open text file."""
