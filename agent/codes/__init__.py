"""Every code that Hearth puts beside a problem, with what it means and what to do about it."""
