"""A whole simulated home: virtual meters, the real hub, a real FHIR server."""
