#!/usr/bin/python3
"""A Modbus TCP slave that this project did not write: Debian's python3-pymodbus. For the end-to-end tests.

    modbus_slave.py PORT        input registers of units 1 and 2, all zero at first

A line on standard input sets registers: {"unit": 1, "address": 52, "words": [17731, 49152]}; each is answered with
"ok" on standard output once it holds. "ready" is the first line. It ends when its standard input ends.
"""
import asyncio
import json
import sys
import threading

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.server.async_io import ModbusTcpServer

UNITS = (1, 2)
REGISTERS = 1024
READ_INPUT_REGISTERS = 4  # function code


async def serve(port):
    units = {unit: ModbusSlaveContext(ir=ModbusSequentialDataBlock(0, [0] * REGISTERS), zero_mode=True) for unit in UNITS}
    server = ModbusTcpServer(ModbusServerContext(slaves=units, single=False), address=("127.0.0.1", port),
                             allow_reuse_address=True)
    task = asyncio.ensure_future(server.serve_forever())
    await server.serving
    print("ready", flush=True)
    loop = asyncio.get_running_loop()

    def set_registers(line):
        request = json.loads(line)
        units[request["unit"]].setValues(READ_INPUT_REGISTERS, request["address"], request["words"])
        print("ok", flush=True)

    def read_commands():
        for line in sys.stdin:
            loop.call_soon_threadsafe(set_registers, line)
        loop.call_soon_threadsafe(task.cancel)

    threading.Thread(target=read_commands, daemon=True).start()
    try:
        await task
    except asyncio.CancelledError:
        pass


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
