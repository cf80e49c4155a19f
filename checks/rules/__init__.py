"""One rule a file, at ``<criterion>/<fault>.py``: its path is its identifier. ``checks.registry`` collects them."""
