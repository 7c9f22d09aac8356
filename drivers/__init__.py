"""From a meter's octets to Readings: codecs, session procedures, device declarations and links."""
