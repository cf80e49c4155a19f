"""Rules of the criterion ``file-structure``."""
