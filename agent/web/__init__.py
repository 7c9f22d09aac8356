"""What the bridge serves to browsers and to new hubs: one HTTPS server, and what is plugged in."""
