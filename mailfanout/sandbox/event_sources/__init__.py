"""Event source mappings: what they may hold, and the pollers that serve them."""
