"""Pure decoders: octets in, dataclasses out, one module a GATT service."""
