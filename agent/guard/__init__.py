"""The care rules at work on a running hub: what they know, what they raise, what they remember."""
