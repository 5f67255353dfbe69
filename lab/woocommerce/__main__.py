"""`python -m lab.woocommerce --port 8081 --home var/lab --data data/samples`: a store to shop in; SIGTERM and Ctrl-C end it cleanly.

LAB_DEVELOPMENT=1 lifts the refusal of http callbacks and private addresses; LAB_CA_BUNDLE adds certificates to trust.
"""

import argparse
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from lab.woocommerce.context import Options
from lab.woocommerce.server import LabServer

SAMPLES = Path(__file__).resolve().parents[2] / "data" / "samples"


def main() -> int:
    arguments = _arguments()
    tls = (arguments.cert, arguments.key) if arguments.cert else None
    ended = threading.Event()
    _end_on_signal(ended)
    with LabServer(Options.from_environment(home=arguments.home, data=arguments.data), port=arguments.port, tls=tls) as lab:
        sys.stdout.write(f"ready {lab.url}\n")
        sys.stdout.flush()
        ended.wait()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m lab.woocommerce", description="A fake WooCommerce store.")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--home", type=Path, help="folder for the store's database; without one nothing is kept")
    parser.add_argument(
        "--data", type=Path, default=SAMPLES, help="folder of products.json, customers.json and orders.json for an empty store"
    )
    parser.add_argument("--cert", type=Path, help="certificate file, for https")
    parser.add_argument("--key", type=Path, help="key file, for https")
    return parser.parse_args()


def _end_on_signal(ended: threading.Event) -> None:
    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        ended.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)


if __name__ == "__main__":
    sys.exit(main())
