"""Does what `tests/system/clients` asks for with the client, and prints what comes of it as lines of JSON.

probe.py sync|async URL OPTIONS [follow PATH AFTER]; without `follow` the requests are lines of JSON on stdin.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sys
from typing import Any

import redis.asyncio.cluster
import redis.cluster
from okws_client import AsyncOkws, CommandError, Missed, NoServiceError, Okws, Row, StaleError


def plain(value: Any) -> Any:
    if isinstance(value, Row):
        return {"row": value.row, "id": value.id}
    if isinstance(value, Missed):
        return {"missed": value.rows, "why": value.why}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return plain(value._asdict())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return plain({field.name: getattr(value, field.name) for field in dataclasses.fields(value)})
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return None if value == float("inf") else value


def show(value: Any) -> None:
    print(json.dumps(plain(value)), flush=True)


def show_error(error: Exception) -> None:
    show({"error": type(error).__name__, "message": str(error), "code": getattr(error, "code", None)})


def first_node(url: str) -> dict[str, Any]:
    host, _, port = url.partition("://")[2].partition(",")[0].rpartition(":")
    return {"host": host, "port": int(port), "decode_responses": True}


def open_sync(url: str, options: dict[str, Any]) -> Okws:
    if url.startswith("redis+cluster:"):
        return Okws(redis.cluster.RedisCluster(**first_node(url)), **options)
    return Okws.connect(url, **options)


def open_async(url: str, options: dict[str, Any]) -> AsyncOkws:
    if url.startswith("redis+cluster:"):
        return AsyncOkws(redis.asyncio.cluster.RedisCluster(**first_node(url)), **options)
    return AsyncOkws.connect(url, **options)


def use_sync(url: str, options: dict[str, Any], follow: list[str]) -> None:
    with open_sync(url, options) as okws:
        if follow:
            for item in okws.follow(follow[0], follow[1] or None):
                show(item)
        for line in sys.stdin:
            method, args, named = json.loads(line)
            try:
                show({"value": getattr(okws, method)(*args, **named)})
            except (StaleError, CommandError, NoServiceError, ValueError) as error:
                show_error(error)


async def use_async(url: str, options: dict[str, Any], follow: list[str]) -> None:
    async with open_async(url, options) as okws:
        if follow:
            async for item in okws.follow(follow[0], follow[1] or None):
                show(item)
        for line in sys.stdin:
            method, args, named = json.loads(line)
            try:
                show({"value": await getattr(okws, method)(*args, **named)})
            except (StaleError, CommandError, NoServiceError, ValueError) as error:
                show_error(error)


if __name__ == "__main__":
    kind, url, options, *rest = sys.argv[1:]
    if kind == "sync":
        use_sync(url, json.loads(options), rest[1:])
    else:
        asyncio.run(use_async(url, json.loads(options), rest[1:]))
