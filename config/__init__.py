"""What can be set, and how a wrong setting is explained."""
