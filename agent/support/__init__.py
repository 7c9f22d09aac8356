"""What a support engineer needs of a hub, without a patient in it, for the clinic's eyes only."""
