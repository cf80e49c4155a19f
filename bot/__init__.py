"""The GitHub App: webhooks in, check runs and reviews out. The engine that judges is ``checks``."""
