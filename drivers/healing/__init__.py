"""What a radio suffers from, and what to do about it: pure rules, events in, actions out."""
