"""Makes the calls of the reliability cases with the Python client: a task as JSON in, what came of it as JSON out."""

import asyncio
import json
import sys
import time

from kneo_client import KneoClient
from kneo_client.core import errors
from kneo_client.core.profiles import Profile

AGENT = {"version": "v1", "agent": {"name": "root"}}


async def call(client, task, op, key, record):
    runs = client.platform.runs
    if op in ("create", "create-sync"):
        body = {"input": "hi", "session_id": key, "spec": AGENT, "async_mode": op == "create"}
        run = await runs.create(body, idempotency_key=key or None)
    elif op == "get":
        run = await runs.get(key)
    elif op == "cancel":
        run = await runs.cancel(key)
    else:
        interval = task["interval"]
        more = {} if interval == 0 else {"poll_interval": max(0, interval)}
        run = await runs.wait_for_completion(key, timeout=task["deadline"] or None, **more)
    record["run_id"], record["status"] = run.run_id, str(getattr(run.status, "value", run.status))


async def one(client, task, i, begin):
    key = task["keys"][i]
    op = task["ops"][i % len(task["ops"])]
    record = {"key": key, "outcome": "ok", "begin": time.monotonic() - begin}
    try:
        # A wait has a deadline of its own; for other calls asyncio has one.
        limit = None if op == "wait" else task["deadline"] or None
        await asyncio.wait_for(call(client, task, op, key, record), limit)
    except Exception as e:
        rejected = isinstance(e, errors.KneoError) and e.status is not None and 400 <= e.status < 500
        record["outcome"] = "failed" if rejected else "unknown"
        record["error"], record["kind"] = str(e), type(e).__name__
        record["error_key"] = getattr(e, "idempotency_key", None) or ""
    record["end"] = time.monotonic() - begin
    return record


def peak():
    """The most memory that this process has had, in KiB."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


async def main():
    task = json.load(sys.stdin)
    more = {"timeout": task["timeout"]} if task["timeout"] else {}
    profile = Profile(name="reliability", url=task["url"], api_key=task["api_key"], **more)
    todo = iter(range(len(task["keys"])))
    begin = time.monotonic()
    history = [None] * len(task["keys"])

    async with KneoClient(profile) as client:

        async def worker():
            for i in todo:
                history[i] = await one(client, task, i, begin)
                await asyncio.sleep(task["pause"])

        await asyncio.gather(*(worker() for _ in range(task["wide"])))
    json.dump({"history": history, "peak_kib": peak()}, sys.stdout)


asyncio.run(main())
