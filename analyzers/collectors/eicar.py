"""The EICAR test file, by its own definition: the 68 bytes stand at the very beginning, and only white space may follow, 128 bytes in all.

Source: eicar.org, "Anti Malware Testfile": trailing space, tab, LF, CR and CTRL-Z are allowed.
"""

from __future__ import annotations

TEST_STRING = b"".join((rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$", b"EICAR", b"-STANDARD-", b"ANTIVIRUS", b"-TEST-FILE", b"!$H+H*"))
ALLOWED_AFTER = b" \t\n\r\x1a"
MAX_SIZE = 128


def is_eicar(data: bytes) -> bool:
    """Whether this whole file is the EICAR test file."""
    return len(data) <= MAX_SIZE and data.startswith(TEST_STRING) and not data[len(TEST_STRING) :].strip(ALLOWED_AFTER)
