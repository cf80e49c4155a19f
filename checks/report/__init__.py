"""Output formats, one file each; this table is the one list of them."""

from collections.abc import Callable
from typing import IO

from checks.report.document import write_document
from checks.report.fields import write_fields
from checks.report.text import write_text
from checks.verdict import Verdict

Writer = Callable[[Verdict, IO[str]], None]

FORMATS: dict[str, Writer] = {"text": write_text, "json": write_document, "verdict": write_fields}
"""Format name to the function that writes a verdict to an open text file."""
