"""Rules of the criterion ``data-pipeline``."""
