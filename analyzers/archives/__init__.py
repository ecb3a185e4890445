"""Files inside files: archives and compressed files are opened as they pass by, within bounds, and nothing in them is ever run."""
