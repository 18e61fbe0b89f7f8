"""Amazon SES: what it accepts, what becomes of a mail, and what it reports."""
