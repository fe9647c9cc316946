"""What the programs in Python share: rows into a hash and a publish, all that waits in one pipeline."""

import asyncio

import redis.asyncio


class RedisWriter:
    def __init__(self, port):
        self._redis = redis.asyncio.Redis(port=port)
        self._queue = asyncio.Queue()

    def put(self, key, row, message):
        self._queue.put_nowait((key, row, message))

    async def run(self):
        while True:
            waiting = [await self._queue.get()]
            while not self._queue.empty():
                waiting.append(self._queue.get_nowait())
            async with self._redis.pipeline(transaction=False) as pipeline:
                for key, row, message in waiting:
                    pipeline.hset(key, mapping=row)
                    pipeline.publish(key, message)
                await pipeline.execute()
