"""Makes the calls of the benchmark with the Python client: a task as JSON in, what a call took as JSON out."""

import asyncio
import json
import resource
import sys
import time

from kneo_client import KneoClient
from kneo_client.core.profiles import Profile
from kneo_client.core.results import iterate_all

RUN = "00000000-0000-4000-8000-000000000006"
SPEC = {"version": "v1", "agent": {"name": "root"}}


async def one(runs, operation):
    if operation == "get":
        await runs.get(RUN)
    elif operation == "create":
        await runs.create({"input": "hello", "spec": SPEC, "async_mode": True})
    elif operation == "trace":
        await runs.trace(RUN)
    elif operation == "list":
        await runs.list(limit=1000)
    else:
        n = 0
        async for _ in iterate_all(lambda limit, offset: runs.list(limit=limit, offset=offset), page_size=1000):
            n += 1
        assert n == 10_000, n


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def crowd(runs, operation, calls, wide):
    todo = iter(range(calls))

    async def worker():
        for _ in todo:
            await one(runs, operation)

    await asyncio.gather(*(worker() for _ in range(wide)))


async def main():
    task = json.loads(sys.argv[1])
    async with KneoClient(Profile(name="bench", url=task["url"], api_key="kneo_bench")) as client:
        runs = client.platform.runs
        await crowd(runs, task["operation"], min(task["calls"], 2 * task["wide"]), task["wide"])
        spent, begun = cpu(), time.monotonic()
        await crowd(runs, task["operation"], task["calls"], task["wide"])
        n = task["calls"]
        json.dump({"cpu": (cpu() - spent) / n, "rate": n / (time.monotonic() - begun)}, sys.stdout)


asyncio.run(main())
