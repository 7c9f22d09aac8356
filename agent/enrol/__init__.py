"""How a hub joins a clinic, and keeps its certificate fresh."""
