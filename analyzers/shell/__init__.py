"""Shell scripts as data: read, never run."""
