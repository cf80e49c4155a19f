"""``--format json``: the whole verdict document."""

import json
from typing import IO

from checks.verdict import Verdict


def write_document(verdict: Verdict, out: IO[str]) -> None:
    """Write the document with two-space indentation and a final newline; ASCII only, so that any pipe carries it."""
    json.dump(verdict.document(), out, indent=2)
    out.write("\n")
