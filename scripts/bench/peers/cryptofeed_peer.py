"""
cryptofeed at the work of the benchmark: the best levels or the ticker into a hash, and a publish of what changed.

    python cryptofeed_peer.py EXCHANGE_URL REDIS_PORT tickers|books INSTRUMENTS REST_URL
"""

import asyncio
import sys

from cryptofeed import FeedHandler
from cryptofeed.connection import RestEndpoint, Routes
from cryptofeed.defines import L2_BOOK, TICKER
from cryptofeed.exchanges import OKX
from yapic import json

from redis_writer import RedisWriter

TOP = 25


class LocalOKX(OKX):
    """The exchange of the benchmark in place of OKX; everything else is the library's."""

    rest_endpoints = [
        RestEndpoint(
            sys.argv[5],
            routes=Routes([f"/api/v5/public/instruments?instType={kind}" for kind in ("SPOT", "SWAP")]),
        )
    ]

    def connect(self):
        connections = super().connect()
        # An address that is given must be wss, as OKX's own is; all programs are measured without TLS.
        for connection, *_ in connections:
            connection.address = f"{sys.argv[1]}/ws/v5/public"
        return connections


def main():
    port, work, count = int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    symbols = [f"COIN{i:03}-USDT" for i in range(count)]
    writer = None

    def put(symbol, row, message):
        nonlocal writer
        if writer is None:
            # The loop runs now, which it does not before the first row.
            writer = RedisWriter(port)
            asyncio.get_running_loop().create_task(writer.run())
        writer.put(f"okex/bench/{work}:{symbol}", row, message)

    async def on_ticker(ticker, _):
        row = {"bid": str(ticker.bid), "ask": str(ticker.ask), "timestamp": ticker.timestamp}
        put(ticker.symbol, row, json.dumps(row))

    async def on_book(book, _):
        levels = {
            side: [[str(each) for each in part.index(i)] for i in range(min(TOP, len(part)))]
            for side, part in (("bids", book.book.bids), ("asks", book.book.asks))
        }
        row = {**{side: json.dumps(part) for side, part in levels.items()}, "timestamp": book.timestamp}
        delta = book.delta or {}
        changes = {side: [[str(price), str(amount)] for price, amount in part] for side, part in delta.items()}
        put(book.symbol, row, json.dumps(changes))

    channel, callback = (TICKER, on_ticker) if work == "tickers" else (L2_BOOK, on_book)
    handler = FeedHandler({"log": {"disabled": True}, "uvloop": True})
    # It sets the policy of uvloop, which makes no loop by itself.
    asyncio.set_event_loop(asyncio.new_event_loop())
    handler.add_feed(LocalOKX(symbols=symbols, channels=[channel], callbacks={channel: callback}))
    handler.run()


main()
