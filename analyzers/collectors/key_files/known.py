"""Private keys that everybody has: published in the sources of well-known projects, for tests and examples. They protect nothing and
are no finding."""

from __future__ import annotations

import hashlib

_KNOWN = frozenset(
    {
        # Vagrant, keys/vagrant (every box accepts it until it is replaced)
        "b4ecc419c53a5bbc14ac6f036c17852b",
        # Go, crypto tests
        "2e80c05248b67dd65719f096904e3928",
        "c0094a838579dfe1e3fed01133204201",
        # CPython, Lib/test
        "11459d6d79b1b7c6705dcfa1efd868ac",
        "24bcb16b2fc44f1f3bfaf35c6a135bde",
        "2670a82fc4d27a14066b77b46be96ed2",
        "267d1f6f1552f163e8664e2c46d23cce",
        "2c3b966d59bb45e7063082bf51e21aad",
        "362633791ff8eaa82947c5a1ac39f316",
        "4b182138044f6fa7f964abddac90224d",
        "4b9318410f6452e09486a93864d84062",
        "4cd3d387fdfea9a9fb42b37ced09d3fb",
        "574cd7f5fa0746c7549d7853d6f5cf9d",
        "687f2d69450298c0a267ff2143e2e55f",
        "745a90eb2fd433d81153b167217c0909",
        "860fe6a23ae632e493b1e4bf8b91f514",
        "891ad8fd0556f8657aa546a0ecdc4759",
        "8ea64f0aafc30575246d3466732313ab",
        "937a4cd63499f088e72d9b28fa5e5dce",
        "9ace1d453f107d8224fa59ec62152361",
        "a5bcec4ac345315fc7297c539eacf666",
        "a8a9b796fcdfa88369ac91452fb8dd2e",
        "da4b473953b1ea4d144572b0d7b023fb",
        "e692d612b78b7e7f7ba7e7a947809af2",
        "e7a5499cb6a1ca12f1d9611ba7dbdfbf",
        "eae038b373df96568d9ed9bd7859d2a0",
        "ebf0b1587c9ce3a3d8a85313cd5a48f7",
        # urllib3, dummyserver
        "1abe4d03004d65fa8ac2db0c64ea595f",
        "a3f781feac080cf77e1b623d40124466",
        # moto, proxy
        "6ae2d1f30e1807bcf5afa7cedd7680b7",
        "a78b31e784b7014e1fdcdce07ffa6d20",
        # GnuTLS, self tests
        "06b37a7e3254992b3ac83f4f08d269fb",
        "2808649028d2fa88c4432c2961e94af8",
        "30db3ea6d728b88c03c56388f64efb5b",
        "9a5449e68775db802f5b822dabc19c3a",
        "9ab6db67523ba6071fdb948b3ce38349",
        "a51b526d181d7219ebcf95e9f1d5f43d",
        "bf552d2ff30b20f0b0ee2bcc357a5ab6",
        "df965cd79ecfbd95da9bc1c3bcd8bbb1",
        "e033bc87562a8915b620ab70eb5b9680",
        "f5e42bee7204054c83ce3bb55c887625",
    }
)
"""The first 32 hex digits of the SHA-256 over a key's base64 body without white space and padding, by the project that publishes it."""


def is_public_knowledge(body: bytes) -> bool:
    """Whether the normalised body of a key is a published one."""
    return hashlib.sha256(body).hexdigest()[:32] in _KNOWN
