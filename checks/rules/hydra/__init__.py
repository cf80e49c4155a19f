"""Rules of the criterion ``hydra``."""
