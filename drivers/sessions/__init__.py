"""Session procedures as data: no radio, no clock, no waiting inside."""
