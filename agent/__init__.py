"""The running hub: the only place that knows everybody."""
