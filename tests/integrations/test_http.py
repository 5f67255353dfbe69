"""What the one outgoing client promises, against a peer on a real socket."""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Iterator

import pytest

from luxebrain.errors import RateLimited, Refused, Retriable, Unavailable
from luxebrain.integrations import http as http_module
from luxebrain.integrations.http import Cause, Http, Limits, Unreachable
from tests.integrations.hostile_peer import Peer, running_peer

SHORT = Limits(timeout_s=1, retries=0)
QUICK_RETRIES = Limits(timeout_s=5, backoff_s=0.01)


@pytest.fixture(scope="module")
def peer() -> Iterator[Peer]:
    with running_peer() as running:
        yield running


@pytest.fixture
def http(peer: Peer) -> Iterator[Http]:
    client = Http(ssrf_allow=peer.allow())
    yield client
    client.close()


@pytest.mark.parametrize("url", ["file:///etc/passwd", "gopher://x/", "ftp://example.com/", "http://user:pw@example.com/", "http://[", "x"])
def test_only_http_without_a_user_name_is_called(http: Http, url: str) -> None:
    with pytest.raises(Refused):
        http.request("GET", url, limits=SHORT)


def test_answer_is_given_as_it_came(http: Http, peer: Peer) -> None:
    answer = http.request("GET", peer.url("/ok"), params={"a": "b c/d"})

    assert (answer.status, answer.body) == (200, b"/ok?a=b+c%2Fd")
    assert answer.headers["content-length"] == str(len(answer.body))


def test_json_and_forms_are_sent_with_their_type(http: Http, peer: Peer) -> None:
    http.request("POST", peer.url("/json"), json={"price": "1.00"}, auth=("ck", "cs"))
    http.request("POST", peer.url("/form"), data={"To": "+44 1"})

    sent_json, sent_form = peer.hits[-2:]
    assert (sent_json.body, sent_json.headers["content-type"]) == (b'{"price": "1.00"}', "application/json")
    assert sent_json.headers["authorization"] == "Basic Y2s6Y3M="
    assert (sent_form.body, sent_form.headers["content-type"]) == (b"To=%2B44+1", "application/x-www-form-urlencoded")


def test_redirect_to_a_private_address_is_refused(http: Http, peer: Peer) -> None:
    with pytest.raises(Refused):
        http.request("GET", peer.url("/to?http://169.254.169.254/"), limits=SHORT)


def test_redirect_loop_ends(http: Http, peer: Peer) -> None:
    with pytest.raises(Refused, match="too often"):
        http.request("GET", peer.url("/to?/to?/to?/to?/to?/x"), limits=SHORT)


def test_redirect_inside_the_store_is_followed_with_its_tokens(http: Http, peer: Peer) -> None:
    answer = http.request("GET", peer.url("/to?/inside"), headers={"X-Token": "s"})

    assert answer.url == peer.url("/inside")
    assert peer.hits[-1].headers["x-token"] == "s"


def test_tokens_stay_with_the_first_origin_even_after_coming_back(http: Http, peer: Peer) -> None:
    there_and_back = f"/to?{peer.url('/to?' + peer.url('/back'), host='localhost')}"

    http.request("GET", peer.url(there_and_back), headers={"X-Token": "s"}, auth=("ck", "cs"))

    first, *later = peer.hits[-3:]
    assert "x-token" in first.headers
    assert [hit for hit in later if "x-token" in hit.headers or "authorization" in hit.headers] == []


def test_redirected_write_is_refused(http: Http, peer: Peer) -> None:
    with pytest.raises(Refused, match="write"):
        http.request("POST", peer.url("/to?/x"), json={})


def test_cookies_of_one_store_are_not_kept(http: Http, peer: Peer) -> None:
    http.request("GET", peer.url("/sets-a-cookie"))
    http.request("GET", peer.url("/next"))

    assert "cookie" not in peer.hits[-1].headers


@pytest.mark.parametrize("path", ["/drip", "/drip-head"])
def test_dripping_answer_is_cut_off(http: Http, peer: Peer, path: str) -> None:
    started = time.monotonic()

    with pytest.raises(Refused, match="too long"):
        http.request("GET", peer.url(path), limits=SHORT)

    assert time.monotonic() - started < 3


def test_gzip_bomb_is_refused_without_filling_the_memory(http: Http, peer: Peer) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(Refused, match="too large"):
        http.request("GET", peer.url("/bomb"), headers={"Accept-Encoding": "gzip"}, limits=Limits(max_bytes=1_000_000, retries=0))

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000


def test_large_answer_is_refused(http: Http, peer: Peer) -> None:
    with pytest.raises(Refused, match="too large"):
        http.request("GET", peer.url("/" + "a" * 3000), limits=Limits(max_bytes=1000))


@pytest.mark.parametrize("path", ["/cut", "/hang-up"])
def test_broken_connection_is_unavailable(http: Http, peer: Peer, path: str) -> None:
    with pytest.raises(Unreachable) as failure:
        http.request("GET", peer.url(path), limits=SHORT)

    assert failure.value.cause is Cause.CONNECTION


def test_reading_is_tried_again_until_it_works(http: Http, peer: Peer) -> None:
    answer = http.request("GET", peer.url("/fails-twice"), limits=QUICK_RETRIES)

    assert answer.json() == {"ok": True}


def test_write_that_may_not_be_repeated_is_sent_once(http: Http, peer: Peer) -> None:
    with pytest.raises(Unavailable):
        http.request("POST", peer.url("/status?503"), json={}, limits=QUICK_RETRIES)

    assert peer.counts["/status?503"] == 1


def test_short_retry_after_is_waited_for(http: Http, peer: Peer) -> None:
    started = time.monotonic()

    with pytest.raises(RateLimited):
        http.request("GET", peer.url("/slow-down?1"), limits=Limits(retries=1))

    assert time.monotonic() - started >= 1
    assert peer.counts["/slow-down?1"] == 2


def test_long_retry_after_is_left_to_the_caller(http: Http, peer: Peer) -> None:
    with pytest.raises(RateLimited) as failure:
        http.request("GET", peer.url("/slow-down?120"))

    assert failure.value.retry_after_s == 120
    assert peer.counts["/slow-down?120"] == 1


def test_maintenance_that_says_when_it_ends_is_left_to_the_caller_with_that_time(http: Http, peer: Peer) -> None:
    with pytest.raises(Unavailable) as failure:
        http.request("GET", peer.url("/away?600"))

    assert failure.value.retry_after_s == 600
    assert peer.counts["/away?600"] == 1


def test_nobody_puts_our_work_off_for_longer_than_an_hour(http: Http, peer: Peer) -> None:
    for asked in ("/slow-down?999999999999", "/away?Fri,%2031%20Dec%202999%2023:59:59%20GMT"):
        with pytest.raises(Retriable) as failure:
            http.request("GET", peer.url(asked))
        assert failure.value.retry_after_s == 3600


@pytest.mark.parametrize("status", [400, 401, 404, 500])
def test_other_statuses_are_the_callers_to_read(http: Http, peer: Peer, status: int) -> None:
    assert http.request("GET", peer.url(f"/status?{status}")).status == status


def test_answer_that_is_no_json_says_so(http: Http, peer: Peer) -> None:
    answer = http.request("GET", peer.url("/page"))

    with pytest.raises(Unavailable, match="not JSON"):
        answer.json()


def test_proxy_of_the_environment_is_ignored(http: Http, peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

    assert http.request("GET", peer.url("/ok")).body == b"/ok"


def test_hook_is_called_before_every_request_and_can_forbid_it(http: Http, peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbid() -> None:
        raise RuntimeError("a transaction is open")

    monkeypatch.setattr(http_module, "before_call", [forbid])
    calls = len(peer.hits)

    with pytest.raises(RuntimeError, match="transaction"):
        http.request("GET", peer.url("/ok"))

    assert len(peer.hits) == calls


def test_secrets_are_not_in_what_an_answer_prints(http: Http, peer: Peer) -> None:
    assert "s3cret" not in repr(http.request("GET", peer.url("/ok?consumer_secret=s3cret")))


def test_threads_share_one_client_without_mixing_answers(http: Http, peer: Peer) -> None:
    mixed: list[str] = []

    def read(number: int) -> None:
        for turn in range(25):
            path = f"/{number}-{turn}"
            if http.request("GET", peer.url(path, host=("127.0.0.1", "localhost")[turn % 2])).body != path.encode():
                mixed.append(path)

    threads = [threading.Thread(target=read, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert mixed == []
