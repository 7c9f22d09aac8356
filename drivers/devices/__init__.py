"""One file a device: how to know it, how to talk to it, what to expect of it."""
