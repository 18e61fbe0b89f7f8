"""The embedded AWS: moto, and the Lambda runtime and triggers that moto lacks."""
