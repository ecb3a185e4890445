"""Rules of the user as data: rule files (names and bytes) in, typed records and problems (file, line, reason) out. See docs/rules.md."""
