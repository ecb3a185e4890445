"""What a name promises, by its last words."""

from __future__ import annotations

import pytest

from analyzers.collectors.patterns.names import secret_kind


@pytest.mark.parametrize("name", ["SPLUNK_TOKEN", "BACKEND_TOKEN", "frontendToken", "LAUNCHPAD_TOKEN", "restart-token"])
def test_words_that_end_like_a_mark_in_a_text(name: str) -> None:
    assert secret_kind(name) == "key"


@pytest.mark.parametrize("name", ["unk_token", "padToken", "eostoken", "start_token", "SEP_TOKEN", "next_page_token", "csrfToken"])
def test_marks_in_texts_and_streams(name: str) -> None:
    assert secret_kind(name) == ""


@pytest.mark.parametrize("name", ["password_encrypted", "encryptedApiKey", "spec_encryptedData_password", "ciphertext_token"])
def test_what_is_encrypted_is_no_secret(name: str) -> None:
    assert secret_kind(name) == ""


@pytest.mark.parametrize("name", ["ENCRYPTION_KEY", "encryption_password", "encryptor_secret"])
def test_what_encrypts_is_one(name: str) -> None:
    assert secret_kind(name) != ""
