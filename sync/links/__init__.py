"""The edges that talk to a server."""
