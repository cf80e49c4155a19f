"""Rules of the criterion ``wandb``."""
