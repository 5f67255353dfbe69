"""The consent screen: /wc-auth/v1/authorize → log-in → approve → keys posted to the app's callback → back to the app.

Recorded: the callback must be https and answer exactly 200 while the merchant waits, else the keys are taken back and the merchant stays
on an "Access denied" page; errors are 401 pages of the store and the app is not told; approving twice makes two keys.
"""

import hashlib
import hmac
import json
import time
from urllib.parse import urlencode, urlsplit

import requests
from flask import Blueprint, redirect, render_template_string, request
from werkzeug.wrappers import Response as Answer

from lab.woocommerce import auth, users
from lab.woocommerce.context import current_lab, current_store
from lab.woocommerce.documents import Document
from lab.woocommerce.outgoing import Refused
from lab.woocommerce.wc_auth_pages import APPROVE_PAGE, DENIED_PAGE, LOGIN_PAGE

consent = Blueprint("wc_auth", __name__, url_prefix="/wc-auth/v1")

COOKIE = "wordpress_logged_in_lab"
COOKIE_DAYS = 2
PARAMETERS = ("app_name", "user_id", "return_url", "callback_url", "scope")
SCOPES = {"read": "Read", "write": "Write", "read_write": "Read/Write"}
GRANTS = (
    "Create webhooks",
    "View and manage coupons",
    "View and manage customers",
    "View and manage orders and sales reports",
    "View and manage products",
)


class ConsentError(Exception):
    """Why the request is refused, as the page words it."""


@consent.errorhandler(ConsentError)
def denied(error: ConsentError) -> tuple[str, int]:
    return render_template_string(DENIED_PAGE, reason=str(error), store_name=current_store().settings.name), 401


@consent.get("/authorize")
@consent.get("/authorize/", endpoint="authorize_slash")
def authorize() -> Answer | str:
    """The approve page, or the way to the log-in."""
    asked = _checked_parameters()
    user = logged_in_user()
    if user is None:
        return redirect(f"{current_store().home_url}/wc-auth/v1/login/?{urlencode(asked)}")
    if not users.may_approve(user):
        raise ConsentError("You do not have permission to access this page.")
    approve = f"/wc-auth/v1/access_granted/?{urlencode(asked | {'wc_auth_nonce': _nonce(user, 'approve')})}"
    deny = _with_query(asked["return_url"], success="0", user_id=asked["user_id"])
    host = urlsplit(asked["callback_url"]).hostname
    return render_template_string(
        APPROVE_PAGE, asked=asked, user=user, approve=approve, deny=deny, host=host, access=SCOPES[asked["scope"]], grants=GRANTS,
        log_out=f"/wc-auth/v1/logout/?{urlencode(asked)}",
    )  # fmt: skip


@consent.route("/login/", methods=["GET", "POST"])
def log_in() -> Answer | str:
    """The store's own log-in form, which sends back to the consent."""
    asked = _checked_parameters()
    error = None
    if request.method == "POST":
        username = request.form.get("username", "")
        user = users.log_in(current_store(), username, request.form.get("password", ""))
        if user is not None:
            return _logged_in(user, f"{current_store().home_url}/wc-auth/v1/authorize/?{urlencode(asked)}")
        error = f"The password you entered for the username {username} is incorrect."
    cancel = _with_query(asked["return_url"], success="0", user_id=asked["user_id"])
    again = f"/wc-auth/v1/authorize/?{urlencode(asked)}"
    return render_template_string(LOGIN_PAGE, asked=asked, error=error, cancel=cancel, nonce=_nonce(None, "log-in"), again=again)


@consent.get("/logout/")
def log_out() -> Answer:
    answer = redirect(f"/wc-auth/v1/login/?{urlencode(request.args.to_dict())}")
    answer.delete_cookie(COOKIE)
    return answer


@consent.get("/access_granted/")
def grant() -> Answer:
    """Make a key, post it to the app, send the merchant back; take the key away when the app did not answer 200."""
    asked = _checked_parameters()
    user = logged_in_user()
    if user is None or not hmac.compare_digest(request.args.get("wc_auth_nonce", ""), _nonce(user, "approve")):
        raise ConsentError("Invalid nonce verification.")
    if not users.may_approve(user):
        raise ConsentError("You do not have permission to access this page.")
    store = current_store()
    key = auth.create_key(store, description=f"{asked['app_name']} - API ({time.strftime('%Y-%m-%d')})", permissions=asked["scope"])
    try:
        _post_key(asked, key)
    except ConsentError:
        store.remove("key", key["id"])
        raise
    return redirect(_with_query(asked["return_url"], success="1", user_id=asked["user_id"]))


def logged_in_user() -> Document | None:
    """Whose log-in cookie this is; None for none, an expired or a forged one."""
    username, _, rest = request.cookies.get(COOKIE, "").partition("|")
    expires, _, signature = rest.partition("|")
    if not expires.isdigit() or int(expires) < time.time() or not hmac.compare_digest(signature, _signature(f"{username}|{expires}")):
        return None
    return users.find_by_name(current_store(), username)


def _checked_parameters() -> dict[str, str]:
    for name in ("app_name", "user_id", "return_url", "callback_url", "scope"):
        if request.args.get(name, "") in ("", "0"):
            raise ConsentError(f"Missing parameter {name}.")
    asked = {name: request.args[name] for name in PARAMETERS}
    if asked["scope"] not in SCOPES:
        raise ConsentError(f"Invalid scope {asked['scope']}.")
    for name in ("return_url", "callback_url"):
        if not urlsplit(asked[name]).hostname:
            written = asked[name] if "://" in asked[name] else f"https://{asked[name]}"
            raise ConsentError(f"The {written} is not a valid URL.")
    if not asked["callback_url"].startswith("https://") and not current_lab().options.development:
        raise ConsentError("The callback_url needs to be over SSL.")
    return asked


def _logged_in(user: Document, target: str) -> Answer:
    expires = str(int(time.time()) + COOKIE_DAYS * 86400)
    value = f"{user['username']}|{expires}"
    answer = redirect(target)
    answer.set_cookie(COOKIE, f"{value}|{_signature(value)}", secure=request.is_secure, httponly=True)
    return answer


def _post_key(asked: dict[str, str], key: Document) -> None:
    body = {
        "key_id": key["id"],
        "user_id": asked["user_id"],
        "consumer_key": key["consumer_key"],
        "consumer_secret": key["consumer_secret"],
    }
    content = json.dumps(body | {"key_permissions": key["permissions"]}, separators=(",", ":")).encode()
    headers = {
        "User-Agent": f"WordPress/6.9; {current_store().home_url}",
        "Content-Type": "application/json;charset=UTF-8",
        "Connection": "close",
    }
    try:
        status = current_lab().outgoing.post(asked["callback_url"], content, headers, redirects=True)
    except Refused as error:
        raise ConsentError(f"{error}.") from error
    except requests.RequestException as error:
        raise ConsentError(f"cURL error 7: {type(error).__name__}.") from error
    if status != 200:
        raise ConsentError("An error occurred in the request and at the time were unable to send the consumer data.")


def _with_query(address: str, **more: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(more)}"


def _nonce(user: Document | None, action: str) -> str:
    return _signature(f"{user['id'] if user else 0}/{action}")[:10]


def _signature(text: str) -> str:
    return hmac.new(current_store().secret.encode(), text.encode(), hashlib.sha256).hexdigest()
