"""Commands for people: the care team, support engineers, hub owners."""
