"""State as the JSON of GitHub's REST API; one file a kind of thing. Fields follow GitHub's OpenAPI description."""

Json = dict[str, object]
