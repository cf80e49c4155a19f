"""Rules of the criterion ``no-premature-specialization``."""
