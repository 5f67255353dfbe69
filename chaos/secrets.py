"""R20: no secret is read anywhere but where it belongs, whatever goes wrong; and a new passphrase takes over everything that is sealed.

Canaries are planted in every secret there is. The product runs for real, against peers that repeat what they are told and with a mistake
of ours planted in it (chaos.leaky); then everything that anybody could read is searched. The same search has to find a canary that was
laid out on purpose in each kind of place, or its silence would mean nothing.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import redis

from chaos import places, scenes
from chaos.canaries import Place, Sighting, search
from chaos.echoes import EchoingStore, echoing_mail_server
from chaos.leaky_house import LeakyHouse
from chaos.report import Report, Result
from chaos.scenes import LONG_ROUNDS, SCENES, Stage
from demo.processes import end, spawn
from lab.woocommerce.context import Options
from lab.woocommerce.server import LabServer
from luxebrain.crypto import Vault

OTHER_STORES = 50
_STORE = """insert into store (platform, url, name, currency, timezone, prices_include_tax)
    values ('woocommerce', %s, 'Other', 'EUR', 'UTC', true) returning id"""
_SEALED = """select table_name, column_name from information_schema.columns
    where table_schema = 'public' and column_name like 'sealed\\_%'"""


def run(size: str, seed: int, report: Report) -> Result:
    lot = random.Random(seed)
    with _stage(lot) as stage:
        report.say("R20: the product is up, with a canary in each of its secrets")
        order = [*SCENES] if size == "check" else [*SCENES, *lot.choices(SCENES, k=LONG_ROUNDS - len(SCENES))]
        began = time.monotonic()
        for number, scene in enumerate(order):
            report.progress(number / len(order), scene.__doc__ or "", took_s=time.monotonic() - began)
            scene(stage)
        seen, searched, kinds_found = _search(stage)
        report.say(f"R20: {len(searched)} places searched; now the passphrase changes")
        resealed, unsealed = _rotate(stage)
        works = scenes.still_works(stage)
        again, _, _ = _search(stage)
        seen += [sighting for sighting in again if sighting not in seen]
        return _result(stage, seen, searched, kinds_found, (resealed, unsealed), works)


@contextmanager
def _stage(lot: random.Random) -> Iterator[Stage]:
    secrets = scenes.draw_secrets(lot)
    with LabServer(Options(development=True, delivery_delay_s=0.01)) as lab, echoing_mail_server() as mail_port:
        store = EchoingStore(lab)
        settings = {
            "SECRET_KEY": secrets["SECRET_KEY"],
            "SEALING_KEYS": secrets["old passphrase"],
            "SMTP_URL": f"smtp://canary:{secrets['mail password']}@127.0.0.1:{mail_port}",
            "SSRF_ALLOW": store.address,
            "WEB_CONCURRENCY": "1",
            "LEASE_S": "2",
            "SWEEP_S": "1",
        }
        with LeakyHouse(secrets["database password"], **settings) as house:
            house.change(LOG_LEVEL="DEBUG")
            house.start()
            yield Stage(house, store, lot, secrets)


def _search(stage: Stage) -> tuple[list[Sighting], list[str], set[str]]:
    """(canaries seen, places, kinds of places where the one laid out on purpose was found)."""
    house, decoy = stage.house, stage.decoy
    with _laid_out(stage):
        everywhere = [
            *places.files(house.home),
            *places.valkey(house.servers.valkey.url()),
            *places.postgres(house.admin_url()),
            *places.processes(house.home),
            *stage.visitor.pages,
        ]
        found = {sighting.place.partition(":")[0] for sighting in search([decoy], everywhere)}
        return search(stage.canaries(), everywhere), [place.name for place in everywhere], found


@contextmanager
def _laid_out(stage: Stage) -> Iterator[None]:
    """The decoy in one place of each kind, in another form each time."""
    house, value = stage.house, stage.decoy.value
    file, page = house.home / "decoy.log", Place("page:/decoy", f"<p>{value}</p>".encode())
    file.write_text(f'{{"event": "Basic {value.encode().hex()}"}}')
    stage.visitor.pages.append(page)
    with redis.Redis.from_url(house.servers.valkey.url()) as valkey, psycopg.connect(house.admin_url(), autocommit=True) as database:
        valkey.hset("decoy", "exc_info", value)
        database.execute("create table decoy (value bytea)")
        database.execute("insert into decoy values (%s)", (value.encode(),))
        sleeper = spawn([sys.executable, "-c", "import time; time.sleep(60)", value], env={"LUXEBRAIN_HOME": str(house.home)})
        try:
            yield
        finally:
            end([sleeper], patience_s=2)
            stage.visitor.pages.remove(page)
            file.unlink()
            valkey.delete("decoy")
            database.execute("drop table decoy")


def _rotate(stage: Stage) -> tuple[int, int]:
    """The three steps of docs/operations.md. Returns (resealed, what the new passphrase alone does not open)."""
    old, new = stage.secrets["old passphrase"], stage.secrets["new passphrase"]
    _plant_other_stores(stage.house.admin_url(), Vault([old]))
    stage.house.change(SEALING_KEYS=f"{new},{old}")
    stage.house.restart_all()
    line = stage.house.run_command("secrets", "rotate")
    stage.house.change(SEALING_KEYS=new)
    stage.house.restart_all()
    return int(str(line["resealed"])), _count_unsealed(stage.house.admin_url(), Vault([new]))


def _plant_other_stores(admin_url: str, vault: Vault) -> None:
    """Nobody calls them; their keys have to come along all the same."""
    with psycopg.connect(admin_url) as connection:
        for number in range(OTHER_STORES):
            (store_id,) = connection.execute(_STORE, (f"https://other{number}.example",)).fetchone() or (0,)
            sealed = [vault.seal(f"{kind}_{number}") for kind in ("ck", "cs", "whs")]
            connection.execute(
                "insert into store_credential (store_id, sealed_key, sealed_secret) values (%s, %s, %s)", (store_id, *sealed[:2])
            )
            endpoint = "insert into webhook_endpoint (token, store_id, sealed_secret) values (%s, %s, %s)"
            connection.execute(endpoint, (f"other-{number}", store_id, sealed[2]))


def _count_unsealed(admin_url: str, vault: Vault) -> int:
    """Counted here, past the product's own walk."""
    with psycopg.connect(admin_url) as connection:
        columns = connection.execute(_SEALED.encode()).fetchall()
        values = [value for table, name in columns for (value,) in connection.execute(f"select {name} from {table}".encode())]
    return sum(value is not None and not vault.is_current(value) for value in values)


def _result(
    stage: Stage, seen: list[Sighting], searched: list[str], kinds_found: set[str], rotation: tuple[int, int], works: dict[str, bool]
) -> Result:
    resealed, unsealed = rotation
    canaries = stage.canaries()
    figures = {"places": len(searched), "canaries": len(canaries), "seen": len(seen), "resealed": resealed, "unsealed": unsealed}
    remarks = {
        "a decoy was found in": ", ".join(sorted(kinds_found)),
        "answers by status": dict(sorted(stage.statuses.items())),
        "after the change": ", ".join(f"{what}: {'works' if does else 'BROKEN'}" for what, does in works.items()),
        "seen, for example": [f"{sighting.canary} at {sighting.place}" for sighting in seen[:10]],
    }
    is_told = kinds_found == set(places.KINDS)
    return Result(figures, remarks, not seen and is_told and resealed > 3 * OTHER_STORES and unsealed == 0 and all(works.values()))
