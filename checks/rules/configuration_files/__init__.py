"""Rules of the criterion ``configuration-files``."""
