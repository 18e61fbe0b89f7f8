"""SQS: queues at a cost that does not grow with their messages."""
