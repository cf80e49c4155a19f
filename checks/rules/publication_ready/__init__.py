"""Rules of the criterion ``publication-ready``."""
