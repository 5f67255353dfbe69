"""Made-up context for the style guide: one function per page, with the names and shapes that the template's first lines ask for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from luxebrain.clock import utcnow
from luxebrain.web import charts, styleguide_learned
from luxebrain.web.styleguide_base import PICTURE, PRODUCTS, SCRIPT_TAG, Context, Row, frame
from luxebrain.web.styleguide_forms import AccountForm, CampaignForm, ConnectForm, SettingsForm


def pieces() -> Context:
    form = AccountForm(formdata=None)
    form.password.errors = ["That address and password do not go together. Check both, or sign up."]
    weeks = [charts.Point(f"W{week}", None if week == 5 else 40 + 3 * week, 30 + 2 * week, 52 + 5 * week) for week in range(1, 13)]
    forecast = charts.line(weeks, title="About 76 a week by November", unit="units a week, with the range that holds 8 weeks of 10")
    return {"form": form, "bar_chart": _revenue(), "line_chart": forecast, "script_tag": SCRIPT_TAG}


def overview() -> Context:
    return frame("overview", "Learning from 7,120 orders") | {
        "totals": _totals("48210.40", 1312, "3905.10"),
        "before": _totals("42980.00", 1350, "3120"),
        "chart": _revenue(),
        "best_sellers": [
            Row(title=title, image_url=PICTURE, units=140 - 17 * at, revenue=Decimal(1204 - 130 * at)) for at, title in enumerate(PRODUCTS)
        ],
        "orders": _orders(6),
        "last_sync": utcnow() - timedelta(minutes=4),
        "lessons": [
            (
                "Bought together",
                utcnow() - timedelta(hours=5),
                "From 7,120 orders: 1,904 pairs of products that are bought together more than by chance.",
            ),
            ("Similar products", utcnow() - timedelta(hours=5), "512 products by name, category and price."),
            ("Prices", utcnow() - timedelta(hours=3), "12 proposals wait for you."),
        ],
    }


def overview_empty() -> Context:
    nothing: Context = {"best_sellers": [], "orders": [], "lessons": [], "chart": "", "last_sync": None}
    return frame("overview") | {"totals": _totals("0", 0, "0"), "before": _totals("0", 0, "0")} | nothing


def sync() -> Context:
    steps = [
        ("Listening for changes", "done", 8, 8, 0, 4.0, None),
        ("Categories", "done", 14, 14, 0, 30.0, None),
        ("Products", "done", 512, 512, 2, 61.0, None),
        ("Customers", "running", 1204, 3120, 0, 84.0, 23.0),
        ("Orders", "waiting", 0, None, 0, None, None),
    ]
    names = ("name", "state", "done", "total", "bad_rows", "rate", "left_s")
    run = Row(state="running", since=None, started_at=utcnow() - timedelta(seconds=40), finished_at=None, error="")
    progress = Row(is_running=True, run=run, steps=[Row(**dict(zip(names, step, strict=True))) for step in steps])
    inbox = Row(waiting=3, dead=1, last_received_at=utcnow() - timedelta(seconds=12), lag=Row(typical_s=3.1, slowest_s=190))
    shown = {"sync_progress": progress, "inbox": inbox, "quarantined": 2, "health": health()}
    return frame("sync", "Copying customers: 1,204 of 3,120") | shown


def health() -> Row:
    """A copy that was put right."""
    night = utcnow() - timedelta(hours=7)
    rows = (("Products", 512, 2), ("Orders", 431, 1), ("Customers", 3120, 0))
    days = [(night.date() - timedelta(days=back), back * 7 % 24, back != 11) for back in reversed(range(30))]
    same = {"set_aside": 0, "is_done": True, "agrees": True, "days": range(30), "recent_days": days}
    parts = [Row(name=name, done=done, total=done, healed=healed, **same) for name, done, healed in rows]
    drifts = (("products", "missing", PRODUCTS[2]), ("products", "gone", PRODUCTS[4]), ("orders", "stale", "10442"))
    healings = [(Row(entity=entity, drift=drift, healed_at=night), name) for entity, drift, name in drifts]
    certificate = Row(state="done", since=night - timedelta(days=30), finished_at=night)
    verdict = {"is_running": False, "is_in_sync": True, "healed": 3, "set_aside": 0, "differing": 0}
    return Row(certificate=certificate, parts=parts, healings=healings, repaired_at=night - timedelta(days=2), **verdict)


def quarantine() -> Context:
    seen_at = utcnow() - timedelta(minutes=7)
    rows = [Row(entity="product", platform_id=881, reason="It has no price. Set one in your store, or hide the product.", seen_at=seen_at)]
    return frame("sync") | {"rows": rows, "parked": parked()}


def parked() -> Context:
    seen_at = utcnow() - timedelta(minutes=7)
    deliveries = [Row(id=1, topic="order.updated", outcome="The order's total is no number.", received_at=seen_at)]
    asked = {"topic": "order.updated", "from": "2026-11-20", "to": ""}
    return {"deliveries": deliveries, "topics": {"order.updated": 1, "product.updated": 3}, "chosen": 1, "asked": asked}


def deliveries() -> Context:
    return frame("sync") | {"parked": parked()}


def work() -> Context:
    hour_ago = utcnow() - timedelta(hours=1)
    kinds = [
        Row(name=name, rows=rows, stores=rows // 9, at_work=1, oldest_at=hour_ago)
        for name, rows in (("Copying stores", 27), ("Learning", 9))
    ]
    trouble = {
        "store_id": 1,
        "store_name": "Hearth & Holly",
        "kind": "sync.pages",
        "name": "Copying stores",
        "error": "Unavailable: it is away",
    }
    troubles = [Row(failures=10, parked_at=hour_ago, **trouble), Row(failures=2, parked_at=None, **trouble)]
    dead = [Row(store_id=1, store_name="Hearth & Holly", count=3, reason="The order's total is no number.", oldest_at=hour_ago)]
    tasks = [
        Row(name="sweep", started_at=hour_ago, due_at=utcnow(), finished_at=hour_ago, error=error) for error in ("", "ZeroDivisionError")
    ]
    queues = [
        Row(name="live", rings=0, oldest_at=None, workers=2, busy=1),
        Row(name="long", rings=3, oldest_at=hour_ago, workers=2, busy=1),
    ]
    effects = [Row(kind="campaigns.send", state=state, count=20, oldest=hour_ago) for state in ("pending", "attempted", "unknown")]
    found = Row(kinds=kinds, troubles=troubles, parked=dead, timetable=tasks, effects=effects)
    return frame("sync") | {"work": found, "queues": queues}


def orders() -> Context:
    left = Row(count=12, total=Decimal("402.50"))
    return frame("orders") | {"orders": _orders(12), "left": left, "shown": "1 to 12 of 7,120", "earlier": "?page=2", "later": None}


def campaigns() -> Context:
    names = ("id", "subject", "segment_word", "state", "sent", "total", "unknown")
    rows = [
        (3, "A first look at autumn", "Loyal", "draft", 0, 0, 0),
        (1, "The candles are back", "Champions", "sending", 204, 312, 1),
        (2, "Last posting days", "Everyone", "sent", 2140, 2140, 0),
    ]
    times = {"created_at": utcnow(), "finished_at": utcnow()}
    return frame("campaigns") | {"campaigns": [Row(**dict(zip(names, row, strict=True)), **times) for row in rows]}


def campaigns_empty() -> Context:
    return frame("campaigns") | {"campaigns": []}


def campaign_new() -> Context:
    return frame("campaigns") | {"form": CampaignForm(formdata=None), "sender": "", "postal_address": ""}


def campaign() -> Context:
    counts = {"queued": 96, "sending": 8, "sent": 204, "failed": 1, "suppressed": 1, "unknown": 1}
    problems = {"failed": "RCPT TO: 550 5.1.1 no such user", "unknown": "The mail server took the message but did not confirm it."}
    listed = {key: [Row(id=1, email="m.hale@example.com", outcome=outcome, changed_at=utcnow())] for key, outcome in problems.items()}
    return (
        frame("campaigns", "Sending “The candles are back”: 204 of 312")
        | listed
        | {
            "campaign": Row(id=1, subject="The candles are back", state="sending", finished_at=None),
            "settings": Row(sender_name="Hearth & Holly", sender_email="hello@hearth.example", postal_address=""),
            "segment_word": "Champions",
            "recipients": 312,
            "preview_url": "/styleguide/mail/campaign",
            "counts": counts,
        }
    )


def settings() -> Context:
    form = SettingsForm(formdata=None)
    form.max_step.errors = ["A step of 150 % is too large. Type a figure between 1 and 50."]
    forms = {f"{name}_form": form for name in ("placement", "price", "sender", "erase")}
    keys = {"placement_keys": ["similar", "cart"], "script_tag": SCRIPT_TAG, "public_key": "pk_4f9c2d71a0", "is_owner": True}
    return frame("settings") | forms | keys | {"kept": Row(products=512, customers=3120, orders=7120, prices=14), "departing": None}


def settings_left() -> Context:
    """The receipt of a store that was left."""
    prices = {"what": "prices", "removed": 11, "left": ["Stoneware Teapot: The price was changed by hand to £31.00 meanwhile."], "more": 0}
    others = [
        {"what": "webhooks", "removed": 11, "left": [], "more": 0},
        {"what": "key", "removed": 0, "left": ["The key that ends in 4c75f9d."], "more": 0},
    ]
    departing = Row(is_running=False, departure=Row(finished_at=utcnow(), receipt=[prices, *others]))
    context = settings()
    context["store"].connected_at = None
    return context | {"departing": departing}


def settings_review() -> Context:
    changes = [Row(label="Smallest margin", before="20 %", after="25 %"), Row(label="Largest step", before="10 %", after="5 %")]
    typed = [("floor_margin", "25"), ("max_step", "5"), ("needs_approval", "y")]
    section = {"section": "prices", "title": "Price limits"}
    return frame("settings") | section | {"changes": changes, "typed": typed, "waiting": 12}


def mail() -> Context:
    products = [Row(title=title, url="https://hearth.example", image=PICTURE, price="£8.50") for title in PRODUCTS[:3]]
    return {
        "subject": "The candles are back",
        "paragraphs": ["After three months our beeswax candles are in stock again.", "They sold out in nine days last time."],
        "products": products,
        "call": Row(word="See the candles", url="https://hearth.example"),
        "store_name": "Hearth & Holly",
        "postal_address": "4 Mill Lane, Bath BA1 2AB, United Kingdom",
        "why": "You get this because you agreed to news when you ordered.",
        "unsubscribe_url": "#",
    }


def account() -> Context:
    return {"form": AccountForm(formdata=None)}


def connect() -> Context:
    return frame("sync") | {"form": ConnectForm(formdata=None), "keys_form": ConnectForm(formdata=None), "was_refused": True}


def error() -> Context:
    return {"status": 404, "message": "The page is gone, or the address has a slip in it."}


def _totals(revenue: str, orders_: int, credited: str) -> Row:
    return Row(
        revenue=Decimal(revenue), orders=orders_, credited=Decimal(credited), average_order=Decimal(revenue) / orders_ if orders_ else None
    )


def _revenue() -> Any:
    first, swing = date(2026, 5, 25), (0, 3, 1, 5, 4, 8, 6)
    series = [
        charts.Bar(f"{first + timedelta(weeks=at):%d %b}", 7000 + 260 * at + 400 * swing[at % 7], is_open=at == 25) for at in range(26)
    ]
    return charts.bars(series, title="Revenue up 12 % on the weeks before", unit="£ a week", written="£{:,.0f}".format)


def _orders(number: int) -> list[Row]:
    statuses = ("processing", "completed", "completed", "refunded", "on-hold", "cancelled")
    return [
        Row(
            id=at,
            number=10231 - at,
            created_at=utcnow() - timedelta(minutes=37 * at),
            customer=None if at == 2 else "Mary Hale",
            status=statuses[at % 6],
            currency="GBP",
            total=Decimal("34.90") + at * 7,
            discount=Decimal("3.88"),
            coupon_codes=["spring10"] if at % 5 == 1 else [],
            placements=["similar"] if at % 3 == 0 else [],
        )
        for at in range(number)
    ]


PAGES: dict[str, Callable[[], Context]] = {
    "marketing/home": dict,
    "accounts/log_in": account,
    "accounts/sign_up": account,
    "connect/new": connect,
    "connect/failed": connect,
    "connect/stores": connect,
    "errors/error": error,
    "mail/campaign": mail,
    "admin/work": work,
    "admin/deliveries": deliveries,
    "dashboard/overview": overview,
    "dashboard/overview-empty": overview_empty,
    "dashboard/sync": sync,
    "dashboard/quarantine": quarantine,
    "dashboard/orders": orders,
    "dashboard/recommendations": styleguide_learned.recommendations,
    "dashboard/prices": styleguide_learned.prices,
    "dashboard/prices-empty": styleguide_learned.prices_empty,
    "dashboard/campaigns": campaigns,
    "dashboard/campaigns-empty": campaigns_empty,
    "dashboard/campaign_new": campaign_new,
    "dashboard/campaign": campaign,
    "dashboard/segments": styleguide_learned.segments,
    "dashboard/forecasts": styleguide_learned.forecasts,
    "dashboard/forecasts-empty": styleguide_learned.forecasts_empty,
    "dashboard/settings": settings,
    "dashboard/settings-left": settings_left,
    "dashboard/settings_review": settings_review,
}
