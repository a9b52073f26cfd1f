"""What one scheme pays for one project."""
