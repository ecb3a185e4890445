"""The pattern engine: rules as data, one hyperscan database over all of them, re2 to find where a hit lies."""
