"""Simulated meters on a virtual radio, for demos and tests."""
