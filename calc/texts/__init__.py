"""The user's own policy texts: read, kept in a local library, searched, quoted beside each figure, and compared."""
