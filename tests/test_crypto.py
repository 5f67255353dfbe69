"""Secrets are sealed, recognised and compared without giving anything away."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luxebrain.crypto import Vault, fingerprint, hash_password, is_password, new_id, new_token, same, sign

OLD, NEW = "the old sealing key", "the new sealing key"


@given(secret=st.text())
def test_a_sealed_secret_opens_again(secret: str) -> None:
    vault = Vault([NEW])

    sealed = vault.seal(secret)

    assert vault.open(sealed) == secret
    assert len(secret) < 4 or secret.encode() not in sealed


def test_the_same_secret_is_sealed_differently_each_time() -> None:
    vault = Vault([NEW])

    assert vault.seal("key") != vault.seal("key")


def test_a_key_that_was_replaced_still_opens_and_rotation_moves_on() -> None:
    sealed = Vault([OLD]).seal("ck_1")

    both = Vault([NEW, OLD])
    rotated = both.rotate(sealed)

    assert both.open(sealed) == "ck_1"
    assert Vault([NEW]).open(rotated) == "ck_1"


@pytest.mark.parametrize("sealed", [Vault([OLD]).seal("ck_1"), b"", b"not sealed at all"], ids=["by another key", "empty", "not sealed"])
def test_what_no_key_sealed_is_refused(sealed: bytes) -> None:
    with pytest.raises(ValueError, match="SEALING_KEYS"):
        Vault([NEW]).open(sealed)


def test_a_password_is_known_by_its_hash_alone() -> None:
    hashed = hash_password("four words in a row")

    assert "four" not in hashed
    assert is_password("four words in a row", hashed)
    assert not is_password("four words in a ro", hashed)


@pytest.mark.parametrize("hashed", [None, "", "no hash"])
@pytest.mark.parametrize("password", ["", "nobody's password"])
def test_nobody_has_no_password(password: str, hashed: str | None) -> None:
    assert not is_password(password, hashed)


def test_somebody_unknown_takes_as_long_to_refuse_as_somebody_known() -> None:
    hashed = hash_password("four words in a row")

    def seconds(of: str | None) -> float:
        return min(_timed(of) for _ in range(3))

    def _timed(of: str | None) -> float:
        start = time.perf_counter()
        is_password("wrong", of)
        return time.perf_counter() - start

    assert 0.3 < seconds(None) / seconds(hashed) < 3


def test_ids_are_positive_grow_with_time_and_fit_a_bigint() -> None:
    first = new_id()
    time.sleep(0.002)
    later = [new_id() for _ in range(1000)]

    assert 0 < first < min(later)
    assert max(later) < 2**63


def test_ids_of_a_process_are_distinct_however_many_are_made_at_once_by_however_many_threads() -> None:
    with ThreadPoolExecutor(4) as threads:
        made = [id for ids in threads.map(lambda _: [new_id() for _ in range(50_000)], range(4)) for id in ids]

    assert len(set(made)) == 200_000


def test_ids_grow_where_the_clock_stands_still_or_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now)
    still = [new_id() for _ in range(3)]
    monkeypatch.setattr(time, "time_ns", lambda: now - 3_600 * 10**9)

    made = [*still, new_id(), new_id()]

    assert made == sorted(set(made))


def test_process_that_was_forked_makes_other_ids_than_the_one_it_came_from(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time_ns() + 10**9  # so that nothing but chance tells the two apart
    monkeypatch.setattr(time, "time_ns", lambda: now)
    new_id()
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writes, b"".join(new_id().to_bytes(8) for _ in range(100)))
        os._exit(0)
    theirs = os.read(reads, 800)
    os.waitpid(child, 0)

    assert len(theirs) == 800
    assert not {new_id() for _ in range(100)} & {int.from_bytes(theirs[at : at + 8]) for at in range(0, 800, 8)}


def test_tokens_are_long_url_safe_and_distinct() -> None:
    tokens = {new_token() for _ in range(100)}

    assert len(tokens) == 100
    assert all(len(token) == 43 and token.replace("-", "a").replace("_", "a").isalnum() for token in tokens)
    assert len(fingerprint("token")) == 32


def test_a_signature_fits_its_message_and_key_only() -> None:
    signature = sign("key", b"message")

    assert same(signature, sign("key", b"message"))
    assert not same(signature, sign("key", b"messagf"))
    assert not same(signature, sign("kez", b"message"))
    assert same("grün", "grün".encode())
