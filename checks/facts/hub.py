"""What is known of the functions that load data sets and models by name."""

FROM_FILES = frozenset({"json", "csv", "parquet", "text", "arrow", "imagefolder", "audiofolder", "webdataset"})
"""Builders of ``datasets.load_dataset`` that read local files."""
