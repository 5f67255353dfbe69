"""How the platform says no: one exception that carries its code, message and status."""

from lab.woocommerce.documents import Document


class RestError(Exception):
    """An error answer {code, message, data}; `data` holds the status and `more`, or is the bare `bare_data` (recorded for refunds)."""

    def __init__(self, status: int, code: str, message: str, *, more: Document | None = None, bare_data: int | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.more, self.bare_data = status, code, message, more or {}, bare_data

    @property
    def body(self) -> Document:
        data: object = self.bare_data if self.bare_data is not None else {"status": self.status, **self.more}
        return {"code": self.code, "message": self.message, "data": data}


def invalid_parameter(name: str, message: str, *, code: str, data: Document | None = None) -> RestError:
    """400 rest_invalid_param, as WordPress answers for one parameter that breaks its schema."""
    details = {name: {"code": code, "message": message, "data": data}}
    return RestError(400, "rest_invalid_param", f"Invalid parameter(s): {name}", more={"params": {name: message}, "details": details})


def no_route() -> RestError:
    return RestError(404, "rest_no_route", "No route was found matching the URL and request method.")


def not_found(resource: str) -> RestError:
    """404 for an unknown number; each resource has a code of its own."""
    return RestError(404, f"woocommerce_rest_{resource}_invalid_id", "Invalid ID.")
