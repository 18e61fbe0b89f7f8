"""HTTP: the server, one request as it arrives, and how the sandbox says no."""
