"""A campaign: its mail, the sending of it, what was accepted, and what the functions logged."""
