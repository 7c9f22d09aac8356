"""What a vital sign is: readings, quantities, units and how far to believe them."""
