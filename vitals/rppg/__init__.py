"""Pulse, breathing and heart-rate variability from mean skin colour, and when not to answer."""
