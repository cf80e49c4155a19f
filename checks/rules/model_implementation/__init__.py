"""Rules of the criterion ``model-implementation``."""
