"""The least a server can do: pass each frame on to everybody in the same case. Nothing is stored,
checked or encrypted. What it reaches is the limit of the server software on this machine.
"""

import json
import sys
from collections import defaultdict

import uvicorn

groups = defaultdict(set)


async def application(scope, receive, send):
    if scope["type"] != "websocket":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})
        return
    await receive()
    await send({"type": "websocket.accept", "subprotocol": "med.v1"})
    hello = json.loads((await receive())["text"])
    group = groups[hello["case"]]
    group.add(send)
    await send({"type": "websocket.send", "text": '{"name":"live"}'})
    try:
        while (event := await receive())["type"] == "websocket.receive":
            for other in list(group):
                await other({"type": "websocket.send", "text": event["text"]})
    finally:
        group.discard(send)


if __name__ == "__main__":
    uvicorn.run(
        application,
        port=int(sys.argv[1]),
        lifespan="off",
        ws="websockets-sansio",
        ws_max_size=65536,
        ws_per_message_deflate=False,
        access_log=False,
        log_level="warning",
    )
