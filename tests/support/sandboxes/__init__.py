"""Sandboxes to test in, what stands beside one, and an account in it."""
