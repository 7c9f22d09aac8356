"""The hub's side of the patient's screen: what it is told, and who hears its answers."""
