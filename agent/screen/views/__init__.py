"""What the patient can meet, one file a view; each is a frozen value with no Qt in it."""
