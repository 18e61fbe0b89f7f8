"""Who may call what: the keys that were given out, signatures, identities, policies."""
