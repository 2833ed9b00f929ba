"""Serve an ASGI app by uvicorn on a free loopback port: `python -m workbook.bench.serve MODULE:APP THREADS`.

As `uvicorn MODULE:APP`, but with a thread pool of THREADS for plain functions, and the port, taken by this process
itself, printed as the first line ("port 40123").
"""

from __future__ import annotations

import asyncio
import socket
import sys

import anyio.to_thread
import uvicorn


class Server(uvicorn.Server):
    """Prints its port once it is up. An app that does not start ends the process, with the reason last in its log."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Called by uvicorn when the app is loaded."""
        await super().startup(sockets)
        if self.started and sockets:
            print(f"port {sockets[0].getsockname()[1]}", flush=True)


async def serve(app: str, threads: int) -> None:
    """Serve until SIGTERM."""
    anyio.to_thread.current_default_thread_limiter().total_tokens = threads
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        await Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1)).serve([listener])


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
