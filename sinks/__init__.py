"""The store."""

import os

# The driver makes 300,000 dates when it is imported (a fifth of a second, 30 MB), unless it is told to make them when they are met.
os.environ.setdefault("CLICKHOUSE_DRIVER_LASY_DATE_LUT", "1")
