"""The published JSON Schema of the verdict document, made from the models that write it."""

from typing import Any

from checks.profiles import PROFILES
from checks.verdict import SCHEMA, Verdict


def verdict_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of ``Verdict.document()``: one alternative per profile for the two named fields."""
    model = Verdict.model_json_schema(mode="serialization")
    shared = {name: schema for name, schema in model["properties"].items() if name not in {"ready", "issue", "profile"}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Referee verdict",
        "description": "The answer about one commit. The two fields that the profile names come first.",
        "type": "object",
        "properties": {"schema": {"const": SCHEMA}, "profile": {"enum": list(PROFILES)}, **shared},
        "required": ["schema", "profile", *shared],
        "oneOf": [
            {
                "properties": {
                    "profile": {"const": profile.name},
                    profile.ready_field: {
                        "type": "boolean",
                        "description": "Whether every criterion passes or is waived",
                    },
                    profile.issue_field: {"type": "string", "description": "What is wrong, numbered by requirement"},
                },
                "required": [profile.ready_field, profile.issue_field],
            }
            for profile in PROFILES.values()
        ],
        "unevaluatedProperties": False,
        "$defs": model["$defs"],
    }
