"""Was anything lost? What a consumer received (wayside_consumer.Tally) against what the gateway's database says it
numbered, end to end, by counting. For tests that kill: the daemon, the broker, the machine.

Read the database only when nothing has it open. An empty list of complaints is the verdict "nothing lost".
"""
import os
import sqlite3

from wayside_consumer import Tally, enum_name


class Store:
    """What a database holds: the last number of each stream, and the chunks that still wait."""

    def __init__(self, path, messages):
        numbers = messages.Chunk.DESCRIPTOR.fields_by_name["stream"].enum_type.values_by_number
        name = lambda number: numbers[number].name[len("STREAM_"):].lower()  # noqa: E731
        if not os.path.exists(path):
            raise FileNotFoundError(path)
        database = sqlite3.connect(path)
        try:
            epoch = database.execute("SELECT value FROM meta WHERE key='epoch'").fetchone()[0]
            self.epoch = epoch & 0xFFFFFFFFFFFFFFFF
            self.last = {name(stream): following - 1
                         for stream, following in database.execute("SELECT stream, next FROM counter")}
            self.waiting = {}  # stream -> {(first, last): checksum of the body}
            # Rows of other numbers are history: their chunks have arrived and are kept.
            for stream, first, last, checksum in database.execute(
                    "SELECT stream, first, last, checksum FROM chunk WHERE epoch=? AND stream<=?",
                    (epoch, max(numbers))):
                self.waiting.setdefault(name(stream), {})[first, last] = checksum
        finally:
            database.close()


class OrderedTally(Tally):
    """Also looks at the order: within (stream, lane) numbers ascend, as long as one connection of the gateway lasts."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.reordered = []  # in words
        self.births = 0
        self.judges_order = True
        self._last = {}

    def take(self, topic, payload):
        if topic.endswith("/up/state"):
            self.births += 1
            self._last.clear()  # another connection
        elif topic.endswith(("/alarm", "/telemetry")):
            self._look(topic, self.messages.Chunk.FromString(payload))
        super().take(topic, payload)

    def _look(self, topic, chunk):
        name = enum_name(chunk, "stream", "STREAM_")
        told = self.streams.get((chunk.gateway, chunk.epoch, name))
        if told is not None and (chunk.first_number, chunk.last_number) in told.checksums:
            return  # repeated, perhaps by the broker
        key = (chunk.gateway, chunk.epoch, chunk.stream, chunk.lane)
        if self.judges_order and chunk.first_number <= self._last.get(key, 0):
            self.reordered.append(f"{topic}, lane {chunk.lane}: {chunk.first_number} after {self._last[key]}")
        self._last[key] = chunk.last_number


class AlarmBooks:
    """The transitions of each alarm as they were told: give on_event every event of a Tally."""

    def __init__(self):
        self.steps = {}  # alarm -> {count: {(from, to), ...}}
        self.losses = []

    def on_event(self, event):
        if event["kind"] == "alarm":
            steps = self.steps.setdefault(event["alarm"], {})
            steps.setdefault(event["count"], set()).add((event["from"], event["to"]))
        elif event["kind"] == "loss":
            self.losses.append(event)

    def state(self, alarm):
        """Of an alarm after its last told step."""
        steps = self.steps.get(alarm)
        return next(iter(steps[max(steps)]))[1] if steps else "normal"

    def complaints(self):
        found = []
        for alarm, steps in sorted(self.steps.items()):
            previous = None
            for count in range(1, max(steps) + 1):
                told = sorted(steps.get(count, ()))
                if not told:
                    found.append(f"alarm {alarm}: step {count} of {max(steps)} was never told")
                    break
                if len(told) > 1:
                    found.append(f"alarm {alarm}: step {count} was told as {told}")
                start, end = told[0]
                if previous is not None and start != previous:
                    found.append(f"alarm {alarm}: step {count} begins at {start}, the one before ended at {previous}")
                previous = end
        return found


def complaints(tally, store, books, told_later=frozenset()):
    """What is wrong, in words. `store` as it stands after the run, with the daemon stopped.

    Where the store is of an earlier moment: `told_later` are the (stream, (first, last)) that came after it."""
    report = tally.report()
    found = list(report["defect_messages"])
    if report["defects"] and not found:
        found.append(f"{report['defects']} defects")
    if report["without_catalogue"]:
        found.append(f"{report['without_catalogue']} chunks whose catalogue never came")
    found += [f"the ledger tells of a loss: {loss}" for loss in books.losses]
    received = {}
    for (_, epoch, stream), told in tally.streams.items():
        if epoch == store.epoch:
            received[stream] = told.checksums
        else:
            found.append(f"{stream}: chunks of the epoch {epoch:016x}, the database has {store.epoch:016x}")
    for stream in sorted(set(received) | set(store.last)):
        found += _of_stream(stream, received.get(stream, {}), store, told_later)
    return found + books.complaints()


def _of_stream(stream, received, store, told_later):
    waiting, last = store.waiting.get(stream, {}), store.last.get(stream, 0)
    found = []
    for (low, high), checksum in sorted(received.items()):
        if high > last and (stream, (low, high)) not in told_later:
            found.append(f"{stream} {low}..{high}: received, and the database has numbered only up to {last}")
        if waiting.get((low, high), checksum) != checksum:
            found.append(f"{stream} {low}..{high}: received with another body than the database holds")
    there = {number for low, high in (*received, *waiting) for number in range(low, high + 1)}
    lost = [number for number in range(1, last + 1) if number not in there]
    if lost:
        found.append(f"{stream}: {len(lost)} of {last} are neither received nor waiting, the first is {lost[0]}")
    return found
