"""The care team's side: its clinic, its keys, and who may enrol a hub."""
