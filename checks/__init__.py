"""The review engine: a source tree in, a verdict out. Knows nothing of GitHub."""
