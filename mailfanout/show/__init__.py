"""What a notebook shows: the pipeline's picture, mails, recipients, logs, policies, handlers."""
