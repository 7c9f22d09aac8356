"""The media of a visit, in the screen's process: picture, sound, and what is told beside them."""
