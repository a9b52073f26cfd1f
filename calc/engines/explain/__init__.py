"""The core on one project, exactly, every step kept."""
