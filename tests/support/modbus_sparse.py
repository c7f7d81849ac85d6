#!/usr/bin/python3
"""A Modbus TCP server that this project did not write (Debian's python3-pymodbus), whose units 1 and 2 are one and have
registers only where a file says so; a read that touches any other address is answered with exception 02.

    modbus_sparse.py PORT FILE      FILE: {"ir": {"address": word, ...}, "hr": {...}}; until SIGTERM
"""
import asyncio
import json
import sys

from pymodbus.datastore import ModbusServerContext, ModbusSlaveContext, ModbusSparseDataBlock
from pymodbus.server.async_io import ModbusTcpServer


async def serve(port, file):
    with open(file, encoding="utf-8") as text:
        tables = {kind: {int(a): w for a, w in words.items()} for kind, words in json.load(text).items()}
    blocks = {kind: ModbusSparseDataBlock(tables.get(kind) or {0: 0}) for kind in ("di", "co", "hr", "ir")}
    unit = ModbusSlaveContext(zero_mode=True, **blocks)
    context = ModbusServerContext(slaves={1: unit, 2: unit}, single=False)
    server = ModbusTcpServer(context, address=("127.0.0.1", port), allow_reuse_address=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2]))
