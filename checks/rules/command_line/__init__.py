"""Rules of the criterion ``command-line``."""
