"""The published JSON Schema of ``.github/referee.yml``, made from the model that reads it."""

from typing import Any

from checks.configuration import Configuration


def configuration_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the file, for editors and for other programs."""
    model = Configuration.model_json_schema(mode="validation")
    title = {
        "title": "Referee configuration",
        "description": "What a repository's owners may settle about its reviews.",
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **model, **title}
