"""Readers of the three forms of the rpm database: each yields the header blobs it can reach and ends with Corrupt where it cannot go on."""
