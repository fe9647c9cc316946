"""The client for asyncio. All that is asked of Redis stands here; `Okws` runs the same over a connection that blocks."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator
from typing import Any, Optional, Union

import redis.asyncio
from redis.asyncio.cluster import RedisCluster
from redis.backoff import NoBackoff
from redis.exceptions import ClusterDownError, ConnectionError, RedisClusterException, ResponseError, TimeoutError
from redis.retry import Retry

from ._model import LISTED, STREAMS, Book, CommandError, Fields, Missed, Names, NoServiceError, Row, StaleError, State
from ._model import UsageError, check_after, check_fresh, count_missed, has_book, has_candles, is_channel, kind_of, number_of
from ._model import read_levels, read_state, seconds_of, sort_levels, spell, table_of

Followed = Union[Row, Missed]

_LOST = (ConnectionError, TimeoutError, ClusterDownError, RedisClusterException)
_BATCH = 500
_QUIET_S = 1.0


class Link:
    """Commands to Redis."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.clustered = isinstance(client, RedisCluster)

    async def ask(self, *commands: tuple[Any, ...], atomic: bool = False) -> list[Any]:
        """One pipeline, a transaction where it is `atomic`."""
        if self.clustered:
            return checked(commands, [await self._ask_cluster(each) for each in commands])
        pipe = self.client.pipeline(transaction=atomic)
        for each in commands:
            pipe.execute_command(*each)
        return checked(commands, await pipe.execute(raise_on_error=False))

    async def _ask_cluster(self, command: tuple[Any, ...]) -> Any:
        try:
            return await self.client.execute_command(*command, **at_one_node(self.client, command))
        except ResponseError as error:
            return error

    def port(self) -> Port:
        return Port(self.client)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def close(self) -> None:
        await self.client.aclose()


class Port:
    """One subscription."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._pubsub: Any = None

    async def listen(self, channel: str) -> None:
        """Subscribes, unless that is done already."""
        if self._pubsub is None:
            self._pubsub = self._client.pubsub()
            await self._pubsub.subscribe(channel)

    async def receive(self, seconds: float) -> list[tuple[str, Any]]:
        """What came, as (type, data): waits at most so long for the first."""
        received: list[tuple[str, Any]] = []
        while len(received) < 1000 and (message := await self._pubsub.get_message(timeout=0 if received else seconds)):
            received.append((message["type"], message["data"]))
        return received

    async def close(self) -> None:
        pubsub, self._pubsub = self._pubsub, None
        if pubsub is not None:
            await pubsub.aclose()


def checked(commands: tuple[tuple[Any, ...], ...], replies: list[Any]) -> list[Any]:
    """Raises the first error; a stream that is not there yet has no information."""
    for i, (command, reply) in enumerate(zip(commands, replies)):
        if isinstance(reply, Exception):
            if command[0] != "XINFO STREAM":
                raise reply
            replies[i] = None
    return replies


def at_one_node(client: Any, command: tuple[Any, ...]) -> dict[str, Any]:
    return {"target_nodes": client.get_default_node()} if command[0] == "TIME" else {}


class AsyncOkws:
    """Reads what the service keeps of one server, and gives it commands. Where a method is called with a path of another
    kind, it raises UsageError, which names the right one.

    With `max_age_ms` a read raises StaleError unless the path is live and its last row no older (`math.inf`: live is
    enough); without it whatever is there is returned.
    """

    def __init__(
        self,
        client: Any,
        server: str,
        *,
        key_prefix: str = "okex",
        listen_channel: str = "trade-ws",
        info_key: str = "trade-ws/info",
        timeout_s: float = 10.0,
        patience_s: float = 60.0,
    ) -> None:
        """`client`: a Redis or RedisCluster of redis.asyncio with decode_responses. `timeout_s`: for replies to commands.
        `patience_s`: how long `follow` goes on while Redis cannot be reached, before its error is raised."""
        self._link = client if isinstance(client, Link) else Link(client)
        self._names = Names(key_prefix, server, self._link.clustered)
        self._server, self._channel, self._info = server, listen_channel, info_key
        self._timeout_s, self._patience_s = timeout_s, patience_s
        self._newer: set[str] = set()  # channels of a later version of the service

    @classmethod
    def connect(cls, url: str = "redis://127.0.0.1:6379", server: str = "test", **options: Any) -> AsyncOkws:
        return cls(redis.asyncio.Redis.from_url(url, **connection_options()), server, **options)

    async def __aenter__(self) -> AsyncOkws:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._link.close()

    async def state(self, path: str) -> Optional[State]:
        """What okws says of a path; None where nobody has subscribed it."""
        return (await self._read(spell(path), None))[0]

    async def row(self, path: str, max_age_ms: Optional[float] = None) -> Optional[Fields]:
        """A latest row, or any row by its own key; None: there is none."""
        path = spell(path)
        state, (found,) = await self._read(path, max_age_ms, ("HGETALL", self._names.key(path)))
        if not found and max_age_ms is not None:
            raise StaleError(path, "has no row", state)
        return found or None

    async def book(self, path: str, max_age_ms: Optional[float] = None, full: bool = False) -> Book:
        """The best levels of an order book, or all of them (BOOK_FULL). Raises StaleError where there is none."""
        path = spell(path)
        key = self._names.key(path)
        for _ in range(20):
            keys = (f"{key}/bids", f"{key}/asks") if full else (key, key)
            state, (bids, asks) = await self._read(path, max_age_ms, *(("HGETALL", each) for each in keys))
            said, others = ([side.get(name, "") for name in ("state", "ts", "seqId")] for side in (bids, asks))
            if said == others:
                break
        else:
            raise StaleError(path, "changes too quickly to be read as a whole", state)
        if not said[0] and not has_book(path):
            await self._refuse_kind(path)
        if not said[0] or (max_age_ms is not None and said[0] != "live"):
            raise StaleError(path, f"has a book that is {said[0]}" if said[0] else "has no book here", state)
        try:
            if full:
                sides = sort_levels(bids, -1), sort_levels(asks, 1)
            else:
                sides = read_levels(bids.get("bids", "")), read_levels(bids.get("asks", ""))
        except (ValueError, ArithmeticError) as error:
            raise StaleError(path, "has a book that cannot be read", state) from error
        return Book(said[0], said[1] or bids.get("timestamp", ""), said[2], *sides)

    async def candles(self, path: str, n: int = 100, max_age_ms: Optional[float] = None) -> list[Fields]:
        """The newest bars, oldest first."""
        path = spell(path)
        key = self._names.key(path)
        _, (members,) = await self._read(path, max_age_ms, ("ZRANGE", key, -max(n, 1), -1))
        return await self._rows([f"{key}/{each}" for each in members]) if n > 0 else []

    async def entries(self, path: str, n: int = 100, max_age_ms: Optional[float] = None) -> list[Row]:
        """The newest entries of a stream, oldest first."""
        path = spell(path)
        newest = "XREVRANGE", self._names.key(path), "+", "-", "COUNT", max(n, 1)
        _, (found,) = await self._read(path, max_age_ms, newest)
        return [] if n < 1 else [Row(path, row, id) for id, row in reversed(found) if row.get("gap") != "dropped"]

    async def listed(self, path: str, max_age_ms: Optional[float] = None) -> list[Fields]:
        """What is open, or listed, now: orders, positions, currencies, instruments."""
        path = spell(path)
        key, table = self._names.key(path), table_of(path)
        is_list = table.endswith("instruments")
        _, (ids,) = await self._read(path, max_age_ms, ("SMEMBERS", key if is_list else f"{key}/open"))
        if not ids and not is_list and table not in LISTED:
            await self._refuse_kind(path)
        return await self._rows([f"{key if is_list else self._names.key(table)}:{each}" for each in sorted(ids)])

    async def follow(
        self, path: str, after: Optional[str] = None, max_age_ms: Optional[float] = None
    ) -> AsyncIterator[Followed]:
        """Without an end: of a stream every entry behind that id ("0-0": from the oldest; None: from now on), of candles
        each bar as it changes, of a row or a book what it is whenever it has changed. Where a connection was lost, or
        something was missed, a `Missed` stands in its place. Raises StaleError by `max_age_ms`, as reads do."""
        path = spell(path)
        if table_of(path) in LISTED or table_of(path).endswith(("/trade", "/order", "/order_algo", "/instruments")):
            raise UsageError(f"{path} is a list: follow takes streams, candles, books and single rows; use listed")
        check_after(after)
        read = _follow_stream if table_of(path) in STREAMS else _follow_newest
        port = self._link.port()
        position = _Position(last=after)
        down_at, pause_s = 0.0, 0.01
        try:
            while True:
                try:
                    batch = await read(self, port, path, position, max_age_ms)
                    down_at, pause_s = 0.0, 0.01
                except _LOST:
                    down_at = down_at or time.monotonic()
                    if time.monotonic() - down_at > self._patience_s:
                        raise
                    position.lost = position.begun
                    await port.close()
                    await self._link.sleep(pause_s)
                    pause_s = min(2.0, 2 * pause_s)
                    continue
                for item in batch:
                    yield item
        finally:
            await port.close()

    async def command(self, op: str, **fields: Any) -> Any:
        """The message of the reply; raises CommandError unless it is done, NoServiceError when nobody listens."""
        fields = {"id": str(uuid.uuid4()), "op": op, **fields}
        channel, sent, end = f"{self._info}/{fields['id']}", False, time.monotonic() + self._timeout_s
        port = self._link.port()
        try:
            await port.listen(channel)
            while (left := end - time.monotonic()) > 0:
                received = await port.receive(min(left, _QUIET_S))
                if not sent and any(kind == "subscribe" for kind, _ in received):
                    (receivers,) = await self._link.ask(("PUBLISH", self._channel, json.dumps(fields)))
                    sent = True
                    # A node of a cluster counts its own receivers alone.
                    if receivers == 0 and not self._link.clustered:
                        raise NoServiceError(f"no okws service listens on {self._channel}")
                text = next((data for kind, data in received if kind == "message"), None)
                if text is None and sent:
                    (text,) = await self._link.ask(("GET", channel))
                if text is not None:
                    reply = json.loads(text)
                    if reply["errorCode"] != 80000:
                        raise CommandError(reply["errorCode"], reply["message"])
                    return reply["message"]
        finally:
            await port.close()
        raise CommandError(0, f"no reply to {op} within {self._timeout_s} s")

    async def subscribe(self, *paths: Union[str, dict[str, str]]) -> Any:
        """Returns when the exchange has confirmed every path; raises CommandError (80012) where it refused one."""
        wait = max(1, round(self._timeout_s * 900))
        return await self.command("subscribe", name=self._server, args=list(paths), wait=True, timeoutMs=wait)

    async def unsubscribe(self, *paths: Union[str, dict[str, str]]) -> Any:
        return await self.command("unsubscribe", name=self._server, args=list(paths), wait=True)

    async def _read(self, path: str, max_age_ms: Optional[float], *commands: tuple[Any, ...]) -> tuple[Optional[State], list[Any]]:
        """State first, then the rows: they are then at least as new as what is said of them."""
        await self._check_channel(path)
        said = ("GET", f"{self._names.prefix}/status"), ("HGET", f"{self._names.prefix}/subs", path)
        try:
            status, text, *found, now = await self._link.ask(*said, *commands, ("TIME",), atomic=len(commands) > 1)
        except ResponseError as error:
            if "WRONGTYPE" in str(error):
                await self._refuse_kind(path)
            raise
        state = read_state(path, text, status, now[0] * 1000 + now[1] / 1000)
        if max_age_ms is not None:
            check_fresh(path, state, max_age_ms)
        return state, found

    async def _check_channel(self, path: str) -> None:
        """Raises UsageError where there is no such channel. A service of a later version may have more of them."""
        table = table_of(path)
        if not is_channel(table) and table not in self._newer:
            (paths,) = await self._link.ask(("HKEYS", f"{self._names.prefix}/subs"))
            if not any(table_of(each) == table for each in paths):
                raise UsageError(f'There is no channel "{table}"')
            self._newer.add(table)

    async def _refuse_kind(self, path: str) -> None:
        """Raises what a path is and how it is read; nothing is said of one of which nothing is kept."""
        (type,) = await self._link.ask(("TYPE", self._names.key(path)))
        if type != "none":
            raise UsageError(f"{path} {kind_of(path, type)}") from None

    async def _rows(self, keys: list[str]) -> list[Fields]:
        return [row for row in await self._link.ask(*(("HGETALL", key) for key in keys)) if row]


class _Position:
    """How far a follower is."""

    def __init__(self, last: Optional[str]) -> None:
        self.last = last  # the id of the entry of a stream
        self.added: Optional[int] = None  # how many entries had been added by then
        self.oldest, self.history_at = "0-0", 0
        self.shown: dict[str, Fields] = {}  # the newest rows that were given, by time
        self.begun = self.lost = self.is_idle = False

    def note_rewriting(self, info: Any, state: Optional[State]) -> None:
        """A stream is written once more to put older rows before the others; what was ever added then counts from 0."""
        oldest = info["first-entry"][0] if info.get("first-entry") else self.oldest
        history_at = state.history_at if state else self.history_at
        if number_of(oldest) < number_of(self.oldest) or history_at != self.history_at:
            self.added = None
        self.oldest, self.history_at = oldest, history_at


async def _follow_stream(
    okws: AsyncOkws, _: Any, path: str, position: _Position, max_age_ms: Optional[float]
) -> list[Followed]:
    """Entries have ids, so none comes twice; how many were ever added tells how many were trimmed unread."""
    key = okws._names.key(path)
    if position.is_idle:
        await okws._link.ask(("XREAD", "COUNT", 1, "BLOCK", round(_QUIET_S * 1000), "STREAMS", key, position.last))
    unread = ("XRANGE", key, f"({position.last}" if position.last else "+", "+", "COUNT", _BATCH)
    state, (info, batch) = await okws._read(path, max_age_ms, ("XINFO STREAM", key), unread)
    info = info or {"length": 0, "entries-added": 0}
    position.begun = True
    position.note_rewriting(info, state)
    if position.last is None:  # from now on
        position.last, position.added = info.get("last-generated-id", "0-0"), info.get("entries-added")
        return []
    position.is_idle = len(batch) < _BATCH
    missed, position.added = count_missed(info, position.last, position.added, len(batch) if position.is_idle else None)
    items: list[Followed] = []
    if position.lost or missed != 0:
        items.append(Missed(path, missed, "connection lost" if position.lost else "trimmed", state))
    for id, row in batch:
        is_mark = row.get("gap") == "dropped"
        items.append(Missed(path, int(row["rows"]), "dropped by okws", state) if is_mark else Row(path, row, id))
        position.last = id
    position.added = None if position.added is None else position.added + len(batch)
    position.lost = False
    return items


async def _follow_newest(
    okws: AsyncOkws, port: Port, path: str, position: _Position, max_age_ms: Optional[float]
) -> list[Followed]:
    """What is published says that there is something to read; what is read is never older than what was."""
    table, _, id = path.partition(":")
    is_series = has_candles(path)
    key = okws._names.key(path)
    await port.listen(okws._names.key(table) if is_series else key)
    received = await port.receive(_QUIET_S)
    if any(kind == "subscribe" for kind, _ in received):
        position.lost, position.begun = position.begun, True
    elif not position.begun or (
        received and is_series and "%" not in id and not any(id in str(data) for _, data in received)
    ):
        return []  # a whole message of another instrument
    if is_series:
        since = ("ZRANGEBYSCORE", key, seconds_of(min(position.shown)), "+inf") if position.shown else ("ZRANGE", key, -1, -1)
        state, (members,) = await okws._read(path, max_age_ms, since)
        rows = await okws._link.ask(*(("HGETALL", f"{key}/{each}") for each in members))
    else:
        members = [""]
        state, rows = await okws._read(path, max_age_ms, ("HGETALL", key))
    found = {member: row for member, row in zip(members, rows) if row}
    items: list[Followed] = [Row(path, row) for member, row in found.items() if position.shown.get(member) != row]
    if position.lost:
        # Bars stay where they are; of a row that was replaced nobody knows how often.
        whole = not position.shown or (min(position.shown) in found if is_series else not items)
        items.insert(0, Missed(path, 0 if whole else None, "connection lost", state))
    position.lost = False
    # The last but one may still become final.
    position.shown = dict(sorted({**position.shown, **found}.items())[-2:])
    return items


def connection_options() -> dict[str, Any]:
    """No attempt is repeated unseen, and a Redis that hangs is noticed."""
    return {"decode_responses": True, "protocol": 2, "retry": Retry(NoBackoff(), 0), "socket_timeout": 15}
