"""The client for threads: `AsyncOkws` over a connection that blocks, so that its coroutines never wait."""

from __future__ import annotations

import time
from collections.abc import Coroutine, Iterator
from typing import Any, Optional, TypeVar, Union

import redis
from redis.cluster import RedisCluster
from redis.exceptions import ResponseError

from ._aio import AsyncOkws, Followed, Link, Port, at_one_node, checked, connection_options
from ._model import Book, Fields, Row, State

T = TypeVar("T")


class _Link(Link):
    def __init__(self, client: Any) -> None:
        self.client = client
        self.clustered = isinstance(client, RedisCluster)

    async def ask(self, *commands: tuple[Any, ...], atomic: bool = False) -> list[Any]:
        if self.clustered:
            return checked(commands, [await self._ask_cluster(each) for each in commands])
        pipe = self.client.pipeline(transaction=atomic)
        for each in commands:
            pipe.execute_command(*each)
        return checked(commands, pipe.execute(raise_on_error=False))

    async def _ask_cluster(self, command: tuple[Any, ...]) -> Any:
        try:
            return self.client.execute_command(*command, **at_one_node(self.client, command))
        except ResponseError as error:
            return error

    def port(self) -> Port:
        return _Port(self.client)

    async def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    async def close(self) -> None:
        self.client.close()


class _Port(Port):
    async def listen(self, channel: str) -> None:
        if self._pubsub is None:
            self._pubsub = self._client.pubsub()
            self._pubsub.subscribe(channel)

    async def receive(self, seconds: float) -> list[tuple[str, Any]]:
        received: list[tuple[str, Any]] = []
        while len(received) < 1000 and (message := self._pubsub.get_message(timeout=0 if received else seconds)):
            received.append((message["type"], message["data"]))
        return received

    async def close(self) -> None:
        pubsub, self._pubsub = self._pubsub, None
        if pubsub is not None:
            pubsub.close()


def _now(work: Coroutine[Any, Any, T]) -> T:
    try:
        work.send(None)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]
    raise RuntimeError("a step that waits")


class Okws:
    """As AsyncOkws, method by method, for a Redis or RedisCluster of redis-py with decode_responses."""

    def __init__(self, client: Any, server: str, **options: Any) -> None:
        self._okws = AsyncOkws(_Link(client), server, **options)

    @classmethod
    def connect(cls, url: str = "redis://127.0.0.1:6379", server: str = "test", **options: Any) -> Okws:
        return cls(redis.Redis.from_url(url, **connection_options()), server, **options)

    def __enter__(self) -> Okws:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        _now(self._okws.close())

    def state(self, path: str) -> Optional[State]:
        return _now(self._okws.state(path))

    def row(self, path: str, max_age_ms: Optional[float] = None) -> Optional[Fields]:
        return _now(self._okws.row(path, max_age_ms))

    def book(self, path: str, max_age_ms: Optional[float] = None, full: bool = False) -> Book:
        return _now(self._okws.book(path, max_age_ms, full))

    def candles(self, path: str, n: int = 100, max_age_ms: Optional[float] = None) -> list[Fields]:
        return _now(self._okws.candles(path, n, max_age_ms))

    def entries(self, path: str, n: int = 100, max_age_ms: Optional[float] = None) -> list[Row]:
        return _now(self._okws.entries(path, n, max_age_ms))

    def listed(self, path: str, max_age_ms: Optional[float] = None) -> list[Fields]:
        return _now(self._okws.listed(path, max_age_ms))

    def follow(
        self, path: str, after: Optional[str] = None, max_age_ms: Optional[float] = None
    ) -> Iterator[Followed]:
        rows = self._okws.follow(path, after, max_age_ms).__aiter__()
        try:
            while True:
                yield _now(rows.__anext__())  # type: ignore[arg-type]
        finally:
            _now(rows.aclose())  # type: ignore[attr-defined]

    def command(self, op: str, **fields: Any) -> Any:
        return _now(self._okws.command(op, **fields))

    def subscribe(self, *paths: Union[str, dict[str, str]]) -> Any:
        return _now(self._okws.subscribe(*paths))

    def unsubscribe(self, *paths: Union[str, dict[str, str]]) -> Any:
        return _now(self._okws.unsubscribe(*paths))
