"""Looks the hub over: what works, what does not, what it means, and what to do."""
