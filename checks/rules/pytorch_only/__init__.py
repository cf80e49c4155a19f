"""Rules of the criterion ``pytorch-only``."""
