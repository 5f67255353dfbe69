"""What accepting a delivery is measured against: a bare Flask view that inserts and commits the same row, and nothing else."""

from __future__ import annotations

import hashlib
import os

from flask import Flask, request
from sqlalchemy import create_engine, text

from luxebrain.crypto import new_id

INSERT = text(
    "insert into delivery (store_id, id, topic, body, fingerprint) values (:store_id, :id, :topic, :body, :fingerprint)"
    " on conflict (store_id, fingerprint) do nothing"
)

app = Flask(__name__)
engine = create_engine(os.environ["BARE_DATABASE_URL"], pool_size=5, max_overflow=5)


@app.post("/<int:store_id>")
def store(store_id: int) -> dict[str, str]:
    body = request.get_data()
    topic = request.headers["X-WC-Webhook-Topic"]
    row = {"store_id": store_id, "id": new_id(), "topic": topic, "body": body, "fingerprint": hashlib.sha256(body).digest()}
    with engine.begin() as connection:
        connection.execute(INSERT, row)
    return {"status": "stored"}


@app.get("/")
def ready() -> str:
    return "ready"
