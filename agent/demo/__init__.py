"""A whole simulated home on any Linux computer: virtual meters, the real hub, a real FHIR server."""
