"""From a Reading to the care team, and back: never lost, never doubled."""
