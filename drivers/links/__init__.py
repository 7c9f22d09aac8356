"""The edges that touch a radio or a cable."""
