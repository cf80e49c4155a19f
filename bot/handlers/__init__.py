"""One file per GitHub event: read, decide whether it matters, start a workflow."""
