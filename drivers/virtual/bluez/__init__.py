"""A bluetoothd of our own: org.bluez on a D-Bus, in front of Bumble's virtual radio."""
