"""The care team's end of the broker: opens what hubs seal, asks the server, seals the answer."""
