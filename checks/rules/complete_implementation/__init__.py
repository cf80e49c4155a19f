"""Rules of the criterion ``complete-implementation``."""
