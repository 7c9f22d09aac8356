"""The care rules: what is due, what is beyond a limit, what is missing. Pure."""
