"""Rules of the criterion ``evaluation-independence``."""
