"""`crypt_r` of the system's libcrypt: the only way to yescrypt and its relatives without a compiler.

`crypt_r` works in a buffer of the caller and ctypes releases the interpreter lock, so threads may call at the same time.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

_NAMES = ("libcrypt.so.1", "libcrypt.so.2")
_BUFFER_BYTES = 256 * 1024  # struct crypt_data: 32 KiB in libxcrypt, 131232 bytes in old glibc


@cache
def _function() -> Any:
    for name in _NAMES:
        try:
            function = ctypes.CDLL(name).crypt_r
        except (OSError, AttributeError):
            continue
        function.restype = ctypes.c_char_p
        function.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p]
        return function
    return None


def available() -> bool:
    """Whether this system has a libcrypt with `crypt_r`."""
    return _function() is not None


def verify(word: str, stored: str) -> bool | None:
    """Whether `word` is the password behind `stored`; None if the library does not know the scheme (or there is no library)."""
    function = _function()
    if function is None or "\0" in word or "\0" in stored or not stored.isascii():
        return None
    answer: bytes | None = function(word.encode(), stored.encode(), ctypes.create_string_buffer(_BUFFER_BYTES))
    if answer is None or answer.startswith(b"*"):
        return None
    return answer == stored.encode()
