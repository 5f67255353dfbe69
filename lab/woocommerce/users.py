"""WordPress users: the merchant who may approve a connection, a shopper who may not, and every customer of the store."""

from lab.woocommerce.documents import Document
from lab.woocommerce.orders import address
from lab.woocommerce.state import State

# Log-ins of a store on the developer's own machine; their passwords are no secret.
PASSWORDS = {"merchant": "merchant", "shopper": "shopper"}
ADMIN_ROLES = {"administrator", "shop_manager"}


def ensure(state: State) -> None:
    """The two people who can log in."""
    if find_by_name(state, "merchant") is None:
        state.put(
            "customer",
            make_customer(state, {"email": "merchant@example.com", "username": "merchant", "role": "administrator"}, customer_id=1),
        )
    if find_by_name(state, "shopper") is None:
        state.put(
            "customer", make_customer(state, {"email": "shopper@example.com", "first_name": "Sam", "username": "shopper"}, customer_id=2)
        )


def make_customer(state: State, sent: Document, *, customer_id: int) -> Document:
    """A user's document from what was sent; the user name is made from the address as WordPress does."""
    email = str(sent.get("email") or "")
    return {
        "id": customer_id, "date_created_gmt": sent.get("date_created_gmt") or state.stamp(),
        "date_modified_gmt": sent.get("date_modified_gmt") or state.stamp(),
        "email": email, "first_name": sent.get("first_name", ""), "last_name": sent.get("last_name", ""), "role": sent.get("role",
        "customer"),
        "username": sent.get("username") or email.partition("@")[0], "billing": address(sent.get("billing") or {}, extra=("email",
        "phone")),
        "shipping": address(sent.get("shipping") or {}, extra=("phone",)), "is_paying_customer": bool(sent.get("is_paying_customer",
        False)), "meta_data": [],
    }  # fmt: skip


def find_by_name(state: State, username: str) -> Document | None:
    """By user name or e-mail address."""
    return next((user for user in state.all("customer") if username and username in (user["username"], user["email"])), None)


def log_in(state: State, username: str, password: str) -> Document | None:
    """The user, if the password is theirs."""
    user = find_by_name(state, username)
    return user if user is not None and PASSWORDS.get(user["username"]) == password else None


def may_approve(user: Document) -> bool:
    """Only who manages the store may give an app its keys."""
    return user["role"] in ADMIN_ROLES


def customer_id_of(state: State, email: str) -> int:
    """The account with this address; 0, a guest, when there is none."""
    user = next((user for user in state.all("customer") if email and user["email"].lower() == email.lower()), None)
    return int(user["id"]) if user is not None else 0
