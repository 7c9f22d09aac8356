"""What this very machine can do: one file for each `hearth bench` command."""
