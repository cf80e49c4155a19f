"""Why the demonstration could not go on."""


class DemoError(Exception):
    """The flow did not work; the message says where it stopped and what the server said."""
