"""Rules of the criterion ``complete-core-logic``."""
