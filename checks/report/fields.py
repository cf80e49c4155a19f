"""``--format verdict``: the two fields alone, as the users of a verdict consume them."""

import json
from typing import IO

from checks.verdict import Verdict


def write_fields(verdict: Verdict, out: IO[str]) -> None:
    """Write the profile's two fields as one JSON object; ASCII only, so that any pipe carries it."""
    json.dump(verdict.fields(), out, indent=2)
    out.write("\n")
