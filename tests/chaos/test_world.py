"""The world of chaos delivers as bad a mix as it promises, the same for one seed, and its last word is the truth."""

from __future__ import annotations

import itertools
import json
from collections import Counter

from chaos.world import Delivery, World


def everything(seed: int) -> tuple[World, list[Delivery]]:
    world = World(deliveries=3000, shops=3, seed=seed)
    return world, list(iter(world.take, None))


def test_one_seed_makes_one_world_but_for_its_dates() -> None:
    first, second, other = ([(delivery.shop, delivery.id, delivery.topic) for delivery in everything(seed)[1]] for seed in (1, 1, 2))

    assert first == second != other


def test_a_fifth_comes_twice_to_the_byte_and_much_out_of_order() -> None:
    _, deliveries = everything(3)

    times = Counter(deliveries)
    assert 3000 <= len(times) <= 3010
    assert 0.15 < sum(count == 2 for count in times.values()) / len(times) < 0.25
    ids = [int(delivery.id, 16) for delivery in dict.fromkeys(deliveries)]
    assert sum(later < earlier for earlier, later in itertools.pairwise(ids)) > 300


def test_shops_share_their_ids_and_one_is_busy() -> None:
    world, deliveries = everything(4)

    assert {id for shop, _, id in world.versions if shop == 1} & {id for shop, _, id in world.versions if shop == 2}
    assert Counter(delivery.shop for delivery in deliveries).most_common(1)[0][0] == 0


def test_what_is_gone_is_not_found_and_what_is_there_is_at_its_last_version() -> None:
    world, deliveries = everything(5)

    gone = [key for key, version in world.versions.items() if not version.is_alive]
    assert gone
    assert world.mortal > set(gone)  # some came back
    assert all(world.find(key) is None for key in gone)
    totals = [json.loads(delivery.body).get("total") for delivery in deliveries if delivery.shop == 1 and b'"S1-1"' in delivery.body]
    orders = [version for (shop, kind, id), version in world.versions.items() if (shop, kind, id) == (1, "order", 1)]
    assert max(float(total) for total in totals if total) <= orders[0].serial
