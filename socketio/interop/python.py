"""python.py: the server 506 and a client of it, from the package python-socketio

   python3 python.py serve            prints "listening on HOST:PORT"
   python3 python.py URL TRANSPORT... prints a line of JSON for each result
"""
import asyncio
import json
import sys

import engineio.payload
import socketio
from aiohttp import web

# It takes no more than 16 packets from a poll or a POST, unless told otherwise.
engineio.payload.Payload.max_decode_packets = 10000

LIMIT = 5  # s, for each reply
BYTES = bytes([0, 1, 0x1E, 0x62, 0x80, 0xFF])


class Echo(socketio.AsyncNamespace):
    async def on_connect(self, sid, environ, auth):
        await self.emit("auth", auth or {}, to=sid)

    async def on_message(self, sid, *args):
        await self.emit("message-back", args, to=sid)

    async def on_bcast(self, sid, *args):
        await self.emit("bcast", args)

    async def trigger_event(self, event, sid, *args):
        if event == "message-with-ack":  # not the name of a method
            return args
        return await super().trigger_event(event, sid, *args)


async def serve():
    # Handlers run one after another, so that replies keep the order of requests.
    server = socketio.AsyncServer(async_mode="aiohttp", async_handlers=False)
    for name in ["/", "/custom"]:
        server.register_namespace(Echo(name))
    application = web.Application()
    server.attach(application)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    print(f"listening on {host}:{port}", flush=True)
    await asyncio.Event().wait()


def show(name, *values):
    """Bytes become a list of numbers."""
    print(json.dumps([name, *values], default=list), flush=True)


async def talk(client, namespace):
    """Sends one event at a time, then a thousand at once."""
    back = asyncio.Queue()
    client.on("message-back", lambda *a: back.put_nowait(a), namespace)

    async def emit(*args):
        await client.emit("message", args, namespace)

    async def next_back():
        return await asyncio.wait_for(back.get(), LIMIT)

    await emit(1, "größer", None, {"a": [True, {}]})
    show("back", *await next_back())
    await emit(BYTES, {"list": [BYTES, 1]})
    show("bytes", *await next_back())
    ack = await client.call(
        "message-with-ack", (7, "ü", BYTES), namespace, LIMIT)
    show("ack", *ack)
    for i in range(1000):
        await emit(i)
    show("thousand", *[(await next_back())[0] for i in range(1000)])


async def connect(url, transports):
    client = socketio.AsyncClient(reconnection=False)
    auths = asyncio.Queue()
    names = ["/", "/custom"]
    for name in names:
        client.on("auth", lambda a, n=name: auths.put_nowait([n, a]), name)
    await client.connect(url, transports=transports, auth={"user": "me"},
                         namespaces=names, wait_timeout=LIMIT)
    show("auths", *sorted([await asyncio.wait_for(auths.get(), LIMIT)
                           for name in names]))
    show("transport", client.transport())
    for name in names:
        await talk(client, name)
    await client.disconnect()
    show("connected", client.connected)


async def refused(url, transports):
    client = socketio.AsyncClient(reconnection=False)
    why = asyncio.Queue()
    client.on("connect_error", why.put, "/none")
    await client.connect(url, transports=transports, namespaces=["/none"],
                         wait=False)
    show("refused", await asyncio.wait_for(why.get(), LIMIT))
    await client.disconnect()


async def main(first, *transports):
    if first == "serve":
        await serve()
    await connect(first, list(transports))
    await refused(first, list(transports))


asyncio.run(main(*sys.argv[1:]))
