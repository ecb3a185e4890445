"""VEX and decisions: what documents that people give decide, and our decisions as VEX."""
