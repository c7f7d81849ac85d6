"""The log of QEMU's blklogwrites (the format of the kernel's dm-log-writes) and disks made from it: the power goes at any
point of the log; everything up to the last flush before it is there, and of what came behind that a chance part in a
chance order, as a disk with a cache may leave it."""
import struct

MAGIC = 0x6A736677736872
FLUSH, FUA, DISCARD = 1, 2, 4
SECTOR = 512


class WriteLog:
    """`entries`: (sector, data or None, flags, where it ends in the log) in the order in which they were written."""

    def __init__(self, path):
        self.entries = []
        with open(path, "rb") as file:
            magic, version, count, sector = struct.unpack("<QQQI", file.read(28))
            if magic != MAGIC or version != 1:
                raise ValueError(f"{path}: not a log of writes")
            file.seek(sector)
            # The count in the head is written seldom; what stands behind it is read up to the first that is none.
            while True:
                head = file.read(sector)
                if len(head) < 32:
                    break
                where, sectors, flags, length = struct.unpack("<QQQQ", head[:32])
                if (where, sectors, flags, length) == (0, 0, 0, 0) and len(self.entries) >= count:
                    break
                data = None
                if not flags & DISCARD and sectors:
                    data = file.read(sectors * SECTOR)
                    if len(data) < sectors * SECTOR:
                        break
                self.entries.append((where, data, flags, file.tell()))

    def flushes(self):
        return sum(bool(flags & FLUSH) for _, _, flags, _ in self.entries)

    def write_disk(self, before, path, chance, flushes_count=True):
        """Over the disk as it was at the start of the log. Returns where the log was cut, in bytes, how many writes were
        in the cache then, and how many of them stay.

        Without flushes that count, all of them were (the negative control)."""
        cut = chance.randrange(len(self.entries) // 4, len(self.entries)) + 1
        kept = max((n + 1 for n in range(cut) if flushes_count and self.entries[n][2] & FLUSH), default=0)
        loose = [entry for entry in self.entries[kept:cut] if entry[1] is not None]
        taken = [entry for entry in loose if entry[2] & FUA or chance.random() < 0.5]
        chance.shuffle(taken)
        with open(before, "rb") as source, open(path, "wb") as disk:
            disk.write(source.read())
            for where, data, _, _ in [*self.entries[:kept], *taken]:
                if data is not None:
                    disk.seek(where * SECTOR)
                    disk.write(data)
        return self.entries[cut - 1][3], len(loose), len(taken)
