#!/usr/bin/python3
"""A Modbus server that this project did not write (Debian's python3-pymodbus), with either framing over TCP.

    modbus_lines.py tcp|rtu PORT        units 1 and 2, 1,024 registers of each kind, all 0; until SIGTERM
"""
import asyncio
import sys

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.server.async_io import ModbusTcpServer
from pymodbus.transaction import ModbusRtuFramer, ModbusSocketFramer

FRAMERS = {"tcp": ModbusSocketFramer, "rtu": ModbusRtuFramer}


def unit():
    return ModbusSlaveContext(**{kind: ModbusSequentialDataBlock(0, [0] * 1024) for kind in ("di", "co", "hr", "ir")},
                              zero_mode=True)


async def serve(framing, port):
    context = ModbusServerContext(slaves={1: unit(), 2: unit()}, single=False)
    server = ModbusTcpServer(context, framer=FRAMERS[framing], address=("127.0.0.1", port), allow_reuse_address=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
