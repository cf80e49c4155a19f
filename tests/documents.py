"""Generated documents: ``python -m tests.documents`` writes them, ``--check`` fails when one is out of date."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from bot.core.manifest import explanation, manifest
from bot.settings import Settings, variable
from checks.registry import rules
from checks.report.configuration import configuration_schema
from checks.report.reference import reference
from checks.report.schema import verdict_schema

ROOT = Path(__file__).resolve().parent.parent


def verdict_schema_text() -> str:
    """The verdict's JSON Schema as it is published."""
    return json.dumps(verdict_schema(), indent=2) + "\n"


def configuration_schema_text() -> str:
    """The configuration's JSON Schema as it is published."""
    return json.dumps(configuration_schema(), indent=2) + "\n"


def manifest_text() -> str:
    """The App manifest, with the address that its reader replaces."""
    return json.dumps(manifest("https://referee.example.org"), indent=2) + "\n"


def settings_text() -> str:
    """The table of all settings."""
    rows = []
    for name, field in Settings.model_fields.items():
        default = field.get_default()
        if field.is_required():
            shown = "**required**"
        elif isinstance(default, tuple):
            shown = f"`{','.join(str(part) for part in default)}`"
        else:
            shown = "" if default is None else f"`{default}`"
        rows.append(f"| `{variable(name)}` | {shown} | {field.description} |")
    table = "\n".join(rows)
    return (
        "# Settings\n\n"
        "Generated from `bot/settings.py`. Each is a variable of the environment, or a `NAME=value` line of the file\n"
        "given to `referee serve --config`; the environment wins. Quote a value that holds a space or `#`. Of the two\n"
        "ways to give the private key exactly one is needed.\n\n"
        f"| variable | default | what it is |\n| --- | --- | --- |\n{table}\n"
    )


def reference_text() -> str:
    """The reference of all rules."""
    return reference(rules())


DOCUMENTS: dict[str, Callable[[], str]] = {
    "checks/RULES.md": reference_text,
    "checks/referee.schema.json": configuration_schema_text,
    "checks/verdict.schema.json": verdict_schema_text,
    "deploy/app-manifest.json": manifest_text,
    "deploy/PERMISSIONS.md": explanation,
    "deploy/SETTINGS.md": settings_text,
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
