"""An AWS in memory, the reliable functions on it, and the machine that tries to break them."""
