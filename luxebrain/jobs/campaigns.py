"""Sends the messages of campaigns."""

from __future__ import annotations

from luxebrain.clock import utcnow
from luxebrain.database.tenancy import transaction
from luxebrain.jobs import job
from luxebrain.services import messages
from luxebrain.services.outside import mail_channel


@job(messages.KIND)
def send_messages(store_id: int, fence: int) -> bool:
    with transaction(store_id):
        tasks = messages.claim_messages(fence, now=utcnow())
    if tasks is None:
        return False
    results = messages.call_channel(tasks, mail_channel())
    with transaction(store_id):
        messages.record_results(results, fence, now=utcnow())
    return True
