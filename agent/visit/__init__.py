"""A video visit: invited by the clinic, redeemed and signed by the hub, carried by the bridge."""
