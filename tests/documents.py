"""Generated documents: ``python -m tests.documents`` writes them, ``--check`` fails when one is out of date."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from bot.core.manifest import explanation, manifest
from checks.report.schema import verdict_schema

ROOT = Path(__file__).resolve().parent.parent


def verdict_schema_text() -> str:
    """The verdict's JSON Schema as it is published."""
    return json.dumps(verdict_schema(), indent=2) + "\n"


def manifest_text() -> str:
    """The App manifest, with the address that its reader replaces."""
    return json.dumps(manifest("https://referee.example.org"), indent=2) + "\n"


DOCUMENTS: dict[str, Callable[[], str]] = {
    "checks/verdict.schema.json": verdict_schema_text,
    "deploy/app-manifest.json": manifest_text,
    "deploy/PERMISSIONS.md": explanation,
}


def main() -> int:
    """Write or check every document; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a document is out of date")
    check = parser.parse_args().check
    stale = []
    for name, make in DOCUMENTS.items():
        path, text = ROOT / name, make()
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if not check:
            path.write_text(text, encoding="utf-8")
    for name in stale:
        sys.stdout.write(f"{name}: {'out of date; run `poe docs-write`' if check else 'written'}\n")
    return 1 if stale and check else 0


if __name__ == "__main__":
    sys.exit(main())
