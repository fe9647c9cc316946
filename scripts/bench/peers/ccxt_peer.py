"""
ccxt at the work of the benchmark: the best levels or the ticker into a hash, and a publish of it.

    python ccxt_peer.py EXCHANGE_URL REDIS_PORT tickers|books INSTRUMENTS REST_URL
"""

import asyncio
import sys

import ccxt.pro
import orjson

from redis_writer import RedisWriter

TOP = 25


async def main():
    url, port, work, count, rest = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), sys.argv[5]
    exchange = ccxt.pro.okx({"newUpdates": True, "options": {"fetchMarkets": {"types": ["spot"]}}})
    exchange.urls["api"]["rest"] = rest
    exchange.urls["api"]["ws"] = f"{url}/ws/v5"
    writer = RedisWriter(port)
    writing = asyncio.create_task(writer.run())
    symbols = [f"COIN{i:03}/USDT" for i in range(count)]

    def put(symbol, row, message):
        writer.put(f"okex/bench/{work}:{symbol.replace('/', '-')}", row, message)

    async def watch_ticker(symbol):
        while True:
            row = (await exchange.watch_ticker(symbol))["info"]
            put(symbol, row, orjson.dumps(row))

    async def watch_book(symbol):
        while True:
            book = await exchange.watch_order_book(symbol)
            levels = {side: orjson.dumps(book[side][:TOP]) for side in ("bids", "asks")}
            row = {**levels, "timestamp": book["timestamp"], "nonce": book["nonce"]}
            put(symbol, row, levels["bids"])

    # One loop for each: one that watches all of them costs many times as much and gets fewer updates.
    await exchange.load_markets()
    watch = watch_ticker if work == "tickers" else watch_book
    tasks = [watch(symbol) for symbol in symbols]
    await asyncio.gather(writing, *tasks)


asyncio.run(main())
