"""Rules of the criterion ``modes``."""
