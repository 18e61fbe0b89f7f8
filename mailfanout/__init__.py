"""mailfanout: an event-driven mail fan-out on AWS, built step by step."""
