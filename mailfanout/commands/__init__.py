"""What people type: a module per group of commands, and in `options` what they share."""
