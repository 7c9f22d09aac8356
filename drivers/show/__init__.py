"""One frame shown to people and tools: its fields by name, and in words. A module a family."""
