"""Webhook deliveries as Action Scheduler makes them: later, one after the other, once each; seven failures in a row end a webhook.

Recorded: the payload is built when it is sent, two events of one resource waiting for the same webhook are one delivery, the delivery id
is the same for all deliveries of a webhook within a second, 200 to 302 count as success, and there is no retry.
"""

import base64
import hashlib
import hmac
import json
import logging
import threading
import time
from collections import OrderedDict, deque
from dataclasses import dataclass

import requests

from lab.woocommerce import shapes, shapes_orders
from lab.woocommerce.documents import Document
from lab.woocommerce.errors import not_found
from lab.woocommerce.faults import Faults
from lab.woocommerce.outgoing import Outgoing, Refused
from lab.woocommerce.store import Store

USER_AGENT = "WooCommerce/9.9.5 Hookshot (WordPress/6.9)"
MOST_FAILURES = 6
REMEMBERED = 500

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt, for /lab/deliveries: `status` is 0 when nothing answered."""

    webhook_id: int
    topic: str
    resource_id: int
    status: int
    body_bytes: int


class Deliveries:
    """The queue between an event and its POST, worked by one thread."""

    def __init__(self, store: Store, outgoing: Outgoing, faults: Faults, *, delay_s: float) -> None:
        self.delay_s = delay_s
        self.made: deque[Delivery] = deque(maxlen=REMEMBERED)
        self._store, self._outgoing, self._faults = store, outgoing, faults
        self._waiting: OrderedDict[tuple[int, int], float] = OrderedDict()
        self._changed = threading.Condition()
        self._stopped = False
        self._working = False
        self._dropped = 0.0
        store.listeners.append(self.queue)
        self._thread = threading.Thread(target=self._work, name="woocommerce-deliveries", daemon=True)
        self._thread.start()

    def queue(self, topic: str, resource_id: int) -> None:
        """An event: one waiting delivery for every active webhook of its topic."""
        with self._changed:
            for webhook in self._store.all("webhook"):
                if webhook["topic"] == topic and webhook["status"] == "active":
                    self._waiting.setdefault((webhook["id"], resource_id), time.monotonic() + self.delay_s)
            self._changed.notify_all()

    def ping(self, webhook: Document) -> None:
        """What a new webhook or address gets at once: a form field, no WooCommerce headers, no signature. Its answer changes nothing."""
        body = f"webhook_id={webhook['id']}".encode()
        try:
            self._outgoing.post(webhook["delivery_url"], body, _base_headers("application/x-www-form-urlencoded"))
        except (Refused, requests.RequestException) as error:
            log.info("webhook ping not delivered", extra={"webhook": webhook["id"], "reason": type(error).__name__})

    def wait_until_idle(self, timeout_s: float = 10.0) -> bool:
        """Whether everything waiting was delivered in time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._working, timeout_s)

    def run_now(self) -> None:
        """What a page visit does to WP-Cron: everything waiting is due."""
        with self._changed:
            self._waiting = OrderedDict.fromkeys(self._waiting, 0.0)
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._thread.join(timeout=5)

    def _work(self) -> None:
        while (due := self._claim()) is not None:
            webhook = self._store.find("webhook", due[0])
            if webhook is not None and webhook["status"] == "active" and not self._is_to_be_dropped():
                for _ in range(2 if self._faults.webhooks.twice else 1):
                    self._deliver(webhook, due[1])
            with self._changed:
                self._working = False
                self._changed.notify_all()

    def _claim(self) -> tuple[int, int] | None:
        """The first delivery that is due; None when the store closes."""
        with self._changed:
            while not self._stopped:
                first = next(iter(self._waiting.items()), None)
                remaining = first[1] - time.monotonic() if first else None
                if first and remaining is not None and remaining <= 0:
                    self._waiting.pop(first[0])
                    self._working = True
                    return first[0]
                self._changed.wait(remaining)
            return None

    def _deliver(self, webhook: Document, resource_id: int) -> None:
        body = encode(payload(self._store, webhook["topic"], resource_id))
        try:
            status = self._outgoing.post(webhook["delivery_url"], body, self._headers(webhook, body))
        except (Refused, requests.RequestException) as error:
            log.info("webhook not delivered", extra={"webhook": webhook["id"], "reason": type(error).__name__})
            status = 0
        self.made.append(Delivery(webhook["id"], webhook["topic"], resource_id, status, len(body)))
        self._count(webhook["id"], is_success=200 <= status <= 302)

    def _count(self, webhook_id: int, *, is_success: bool) -> None:
        with self._store.lock:
            webhook = self._store.find("webhook", webhook_id)
            if webhook is None:
                return
            failures = 0 if is_success else webhook["failure_count"] + 1
            if failures > MOST_FAILURES:
                webhook["status"] = "disabled"
            self._store.put("webhook", webhook | {"failure_count": min(failures, MOST_FAILURES)})

    def _headers(self, webhook: Document, body: bytes) -> dict[str, str]:
        resource, event = webhook["topic"].split(".")
        secret = webhook["secret"] + ("-wrong" if self._faults.webhooks.wrong_signature else "")
        delivery = f"{webhook['id']}{int(time.time())}".encode()
        return _base_headers("application/json") | {
            "X-WC-Webhook-Source": f"{self._store.home_url}/", "X-WC-Webhook-Topic": webhook["topic"], "X-WC-Webhook-Resource": resource,
            "X-WC-Webhook-Event": event, "X-WC-Webhook-Signature": sign(secret, body), "X-WC-Webhook-ID": str(webhook["id"]),
            "X-WC-Webhook-Delivery-ID": hashlib.md5(delivery, usedforsecurity=False).hexdigest(),
        }  # fmt: skip

    def _is_to_be_dropped(self) -> bool:
        self._dropped += self._faults.webhooks.drop_share
        if self._dropped < 1:
            return False
        self._dropped -= 1
        return True


def payload(store: Store, topic: str, resource_id: int) -> Document:
    """The body as it is at this moment: the resource, {"id"} of a deletion, or the error of one that is gone."""
    resource, event = topic.split(".")
    if event == "deleted":
        return {"id": resource_id}
    with store.lock:
        document = store.item(resource_id) if resource == "product" else store.find(resource, resource_id)
        if document is None:
            return not_found({"order": "shop_order"}.get(resource, resource)).body
        match resource:
            case "product":
                return shapes.product(store, document)
            case "order":
                return shapes_orders.order(store, document)
            case _:
                return shapes.customer(store, document)


def encode(body: object) -> bytes:
    """JSON as PHP writes it: no spaces, slashes escaped, everything ASCII. Receivers verify these very bytes."""
    return json.dumps(body, separators=(",", ":")).replace("/", "\\/").encode()


def sign(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def _base_headers(content_type: str) -> dict[str, str]:
    return {"User-Agent": USER_AGENT, "Accept": "*/*", "Content-Type": content_type, "Connection": "close"}
