"""The front door: every call is checked, counted and, if a fault says so, spoiled here."""
