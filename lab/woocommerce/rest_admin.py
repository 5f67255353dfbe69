"""REST v3: the index, settings, currency, system status and webhooks."""

import secrets
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app

from lab.woocommerce import dates, shapes
from lab.woocommerce.bodies import is_forced, read_body
from lab.woocommerce.context import current_lab, current_store
from lab.woocommerce.documents import Document
from lab.woocommerce.errors import RestError
from lab.woocommerce.paging import Listing, answer_list
from lab.woocommerce.rendering import json_answer
from lab.woocommerce.store import Store

admin = Blueprint("rest_admin", __name__)

WEBHOOK_STATUSES = ("active", "paused", "disabled")
WEBHOOKS = Listing(shapes.webhook, ("date", "id", "title"), has_date_filters=False)
CHANGES = ["POST", "PUT", "PATCH"]


@admin.get("")
def index() -> Response:
    """Answered without a key: a way to ask whether this is WooCommerce."""
    home = current_store().home_url
    routes = {}
    for rule in current_app.url_map.iter_rules():
        path = rule.rule.removeprefix("/wp-json")
        if rule.rule.startswith("/wp-json/wc/v3") and "<path:" not in path:
            methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
            routes[path] = {"namespace": "wc/v3", "methods": methods, "endpoints": [{"methods": methods, "args": {}}]}
    return json_answer({"namespace": "wc/v3", "routes": routes, "_links": {"up": [{"href": f"{home}/wp-json/"}]}})


@admin.get("/data/currencies/current")
def current_currency() -> Response:
    return json_answer(shapes.currency(current_store()))


@admin.get("/settings/<group>")
def list_settings(group: str) -> Response:
    store = current_store()
    return json_answer([_setting(store, group, name) for name in _setting_values(store, group)])


@admin.get("/settings/<group>/<name>")
def get_setting(group: str, name: str) -> Response:
    store = current_store()
    if name not in _setting_values(store, group):
        raise RestError(404, "rest_setting_setting_invalid", "Invalid setting.")
    return json_answer(_setting(store, group, name))


@admin.get("/system_status")
def system_status() -> Response:
    """The parts of the report that a client has a use for."""
    store = current_store()
    chosen = store.settings
    environment = {"home_url": store.home_url, "site_url": store.home_url, "version": "9.9.5", "wp_version": "6.9", "wp_cron": True}
    environment |= {"language": "en_US", "php_version": "8.2.36", "default_timezone": "UTC"}
    settings = {"api_enabled": False, "force_ssl": False, "currency": chosen.currency, "currency_symbol": chosen.currency_entity}
    settings |= {
        "currency_position": "left",
        "thousand_separator": ",",
        "decimal_separator": ".",
        "number_of_decimals": 2,
        "HPOS_enabled": True,
    }
    theme = {"name": "Twenty Twenty-Five", "version": "1.0", "is_block_theme": True, "is_child_theme": False}
    plugins = [{"plugin": "woocommerce/woocommerce.php", "name": "WooCommerce", "version": "9.9.5"}]
    security = {"secure_connection": store.home_url.startswith("https"), "hide_errors": True}
    return json_answer({"environment": environment, "settings": settings, "security": security, "theme": theme, "active_plugins": plugins})


@admin.get("/webhooks")
def list_webhooks() -> Response:
    return answer_list(current_store().all("webhook"), WEBHOOKS)


@admin.post("/webhooks")
def create_webhook() -> Response:
    """Always active, whatever was asked; a secret not given is made and never shown; duplicates are accepted. A ping goes out at once."""
    store = current_store()
    sent = read_body()
    _check_webhook(sent)
    with store.lock:
        now = store.stamp()
        name = sent.get("name") or f"Webhook created on {dates.moment(now):%b %d, %Y @ %I:%M %p}"
        webhook = {
            "id": store.next_id("webhook"),
            "name": name,
            "status": "active",
            "topic": sent["topic"],
            "delivery_url": sent["delivery_url"],
        }
        webhook |= {"secret": sent.get("secret") or secrets.token_urlsafe(37), "failure_count": 0}
        webhook |= {"date_created_gmt": now, "date_modified_gmt": now}
        store.put("webhook", webhook)
    current_lab().deliveries.ping(webhook)
    answer = json_answer(shapes.webhook(store, webhook), 201)
    answer.headers["Location"] = f"{store.home_url}/wp-json/wc/v3/webhooks/{webhook['id']}"
    return answer


@admin.get("/webhooks/<int:webhook_id>")
def get_webhook(webhook_id: int) -> Response:
    store = current_store()
    return json_answer(shapes.webhook(store, _webhook(store, webhook_id)))


@admin.route("/webhooks/<int:webhook_id>", methods=CHANGES)
def update_webhook(webhook_id: int) -> Response:
    """Reviving a disabled one leaves its count of failures: the next failure ends it at once (recorded)."""
    store = current_store()
    sent = read_body({"status": WEBHOOK_STATUSES})
    with store.lock:
        webhook = _webhook(store, webhook_id)
        _check_webhook({"topic": webhook["topic"], "delivery_url": webhook["delivery_url"]} | sent)
        is_moved = sent.get("delivery_url", webhook["delivery_url"]) != webhook["delivery_url"]
        changed = webhook | {name: sent[name] for name in ("name", "status", "topic", "delivery_url", "secret") if sent.get(name)}
        store.put("webhook", changed | {"date_modified_gmt": store.stamp()})
    if is_moved:
        current_lab().deliveries.ping(changed)
    return json_answer(shapes.webhook(store, _webhook(store, webhook_id)))


@admin.delete("/webhooks/<int:webhook_id>")
def delete_webhook(webhook_id: int) -> Response:
    store = current_store()
    if not is_forced():
        raise RestError(501, "woocommerce_rest_trash_not_supported", "Webhooks do not support trashing.")
    webhook = _webhook(store, webhook_id)
    store.remove("webhook", webhook_id)
    return json_answer(shapes.webhook(store, webhook))


def _setting_values(store: Store, group: str) -> dict[str, str]:
    chosen = store.settings
    general = {
        "woocommerce_store_address": "1 Test Street", "woocommerce_store_address_2": "", "woocommerce_store_city": "London",
        "woocommerce_default_country": chosen.country, "woocommerce_store_postcode": "SW1A 1AA", "woocommerce_calc_taxes": "no",
        "woocommerce_enable_coupons": "yes", "woocommerce_currency": chosen.currency, "woocommerce_currency_pos": "left",
        "woocommerce_price_thousand_sep": ",", "woocommerce_price_decimal_sep": ".", "woocommerce_price_num_decimals": "2",
    }  # fmt: skip
    groups = {"general": general, "tax": {"woocommerce_prices_include_tax": chosen.prices_include_tax}}
    if group not in groups:
        raise RestError(404, "rest_setting_setting_group_invalid", "Invalid setting group.")
    return groups[group]


def _setting(store: Store, group: str, name: str) -> Document:
    label = name.removeprefix("woocommerce_").replace("_", " ").capitalize()
    shown = {"id": name, "label": label, "description": "", "type": "text", "default": "", "tip": ""}
    shown |= {"value": _setting_values(store, group)[name], "group_id": group}
    return shown | {"_links": shapes.links(store, f"settings/{group}/{name}", allow=["GET", "POST", "PUT", "PATCH"])}


def _check_webhook(sent: Document) -> None:
    if sent.get("topic") not in shapes.WEBHOOK_HOOKS:
        raise RestError(400, "woocommerce_rest_shop_webhook_invalid_topic", "Webhook topic is required and must be valid.")
    parts = urlsplit(sent.get("delivery_url") or "")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        message = "Webhook delivery URL must be a valid URL starting with http:// or https://."
        raise RestError(400, "woocommerce_rest_shop_webhook_invalid_delivery_url", message)


def _webhook(store: Store, webhook_id: int) -> Document:
    webhook = store.find("webhook", webhook_id)
    if webhook is None:
        raise RestError(404, "woocommerce_rest_shop_webhook_invalid_id", "Invalid ID.")
    return webhook
