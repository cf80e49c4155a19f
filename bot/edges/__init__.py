"""The only importers of outside services: GitHub, the durable engine, storage."""
