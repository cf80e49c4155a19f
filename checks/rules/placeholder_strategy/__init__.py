"""Rules of the criterion ``placeholder-strategy``."""
