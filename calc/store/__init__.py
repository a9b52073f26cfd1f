"""Scheme files on disk: loaded, indexed, cached, checked, with the rules between them."""
