"""Pictures of what people see, for people to look at."""
