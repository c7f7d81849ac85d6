// uplink: the backlog of the store to mosquitto, as the daemon sends it, against a loop of Paho with as many messages
// of the same size and nothing behind it. drain: the same, against a plain drain: SQLite with a row an event, 80 of
// them a message, removed when it is acknowledged.
#include <sqlite3.h>

#include "bench/backlog.hpp"
#include "bench/broker.hpp"
#include "bench/cases.hpp"
#include "bench/plain_paho.hpp"
#include "bench/report.hpp"
#include "uplink/link.hpp"
#include "uplink/paho_session.hpp"

namespace wayside::bench {
namespace {

constexpr std::size_t kWindow = 100;
constexpr std::size_t kPlainDrainWindow = 90;
constexpr std::size_t kMessagesOfRemoval = 45;

struct Run {
  double rate = 0;
  double cpu_us = 0;  // an event
};

Run ours(std::uint16_t port) {
  Folder folder;
  StoreRig rig(folder.file("wayside.db"));
  fill_backlog(rig);
  base::SystemRandom random;
  uplink::PahoOptions paho;
  paho.brokers.push_back({"127.0.0.1", port, false});
  uplink::PahoSessionFactory sessions(paho, rig.core());
  uplink::LinkOptions options;
  options.version = ports::MqttVersion::v5;
  options.connect.client_id = "ours";
  options.connect.session_expiry = std::chrono::seconds{0};
  options.announcements = [] { return std::vector<ports::MqttMessage>{}; };
  auto link = std::make_unique<uplink::Link>(std::move(options), sessions, rig.core(), random);
  // The connection is made while the clock runs: milliseconds of a second or more.
  const auto drained = drain_backlog(rig, [&link](pipeline::Forwarder& forwarder) {
    forwarder.set_link(*link);
    link->start(forwarder);
  });
  rig.run([&link](std::function<void()> done) {
    link->stop([&link, done = std::move(done)] {
      link.reset();
      done();
    });
  });
  return {drained.rate, drained.cpu_us};
}

Run bare_paho(std::uint16_t port) {
  base::SeededRandom random(1);
  const auto payload = make_chunk(kTelemetry, kEventsOfChunk * kEventBytes, kEventsOfChunk, random).row;
  PlainPaho paho(port, kWindow);
  const double cpu = cpu_seconds();
  const double begun = wall_seconds();
  for (std::size_t i = 0; i < kBacklogChunks; ++i) paho.publish(payload);
  paho.finish();
  constexpr auto kCount = static_cast<double>(kBacklogEvents);
  return {kCount / (wall_seconds() - begun), (cpu_seconds() - cpu) * 1e6 / kCount};
}

class PlainTable {
 public:
  explicit PlainTable(const std::string& path) {
    check(sqlite3_open(path.c_str(), &db_));
    execute(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        "CREATE TABLE event(id INTEGER PRIMARY KEY, body BLOB NOT NULL)");
    base::SeededRandom random(1);
    const auto body = make_chunk(kTelemetry, kEventBytes, 1, random).row;
    auto* insert = prepare("INSERT INTO event(body) VALUES(?)");
    execute("BEGIN");
    for (std::size_t i = 0; i < kBacklogEvents; ++i) {
      sqlite3_bind_blob(insert, 1, body.data(), static_cast<int>(body.size()), SQLITE_STATIC);
      if (sqlite3_step(insert) != SQLITE_DONE) check(SQLITE_ERROR);
      sqlite3_reset(insert);
    }
    execute("COMMIT");
    sqlite3_finalize(insert);
    execute("PRAGMA wal_checkpoint(TRUNCATE)");
    read_ = prepare("SELECT id, body FROM event WHERE id > ? ORDER BY id LIMIT ?");
    remove_ = prepare("DELETE FROM event WHERE id <= ?");
  }
  ~PlainTable() {
    sqlite3_finalize(read_);
    sqlite3_finalize(remove_);
    sqlite3_close(db_);
  }
  PlainTable(const PlainTable&) = delete;
  PlainTable& operator=(const PlainTable&) = delete;

  // The bodies of the next `count` after `last`, one behind the other; moves `last`.
  void read(std::int64_t& last, std::size_t count, base::Bytes& out) {
    out.clear();
    sqlite3_bind_int64(read_, 1, last);
    sqlite3_bind_int64(read_, 2, static_cast<std::int64_t>(count));
    while (sqlite3_step(read_) == SQLITE_ROW) {
      last = sqlite3_column_int64(read_, 0);
      const auto* body = static_cast<const std::uint8_t*>(sqlite3_column_blob(read_, 1));
      out.insert(out.end(), body, body + sqlite3_column_bytes(read_, 1));
    }
    sqlite3_reset(read_);
  }
  void remove(std::int64_t last) {
    sqlite3_bind_int64(remove_, 1, last);
    if (sqlite3_step(remove_) != SQLITE_DONE) check(SQLITE_ERROR);
    sqlite3_reset(remove_);
  }

 private:
  void check(int code) {
    if (code != SQLITE_OK) give_up(std::string("the plain table: ") + sqlite3_errmsg(db_));
  }
  void execute(const char* sql) { check(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr)); }
  sqlite3_stmt* prepare(const char* sql) {
    sqlite3_stmt* out = nullptr;
    check(sqlite3_prepare_v2(db_, sql, -1, &out, nullptr));
    return out;
  }

  sqlite3* db_ = nullptr;
  sqlite3_stmt* read_ = nullptr;
  sqlite3_stmt* remove_ = nullptr;
};

Run plain_drain(std::uint16_t port) {
  Folder folder;
  PlainTable table(folder.file("plain.db"));
  PlainPaho paho(port, kPlainDrainWindow);
  const double cpu = cpu_seconds();
  const double begun = wall_seconds();
  std::int64_t last = 0;
  std::size_t removed = 0;  // messages
  base::Bytes message;
  for (std::size_t i = 0; i < kBacklogChunks; ++i) {
    table.read(last, kEventsOfChunk, message);
    paho.publish(message);
    if (paho.acknowledged() < removed + kMessagesOfRemoval) continue;
    removed = paho.acknowledged();
    table.remove(static_cast<std::int64_t>(removed * kEventsOfChunk));
  }
  paho.finish();
  table.remove(last);
  constexpr auto kCount = static_cast<double>(kBacklogEvents);
  return {kCount / (wall_seconds() - begun), (cpu_seconds() - cpu) * 1e6 / kCount};
}

struct Series {
  void add(const Run& run) {
    rates.push_back(run.rate);
    cpu.push_back(run.cpu_us);
  }
  std::vector<double> rates;
  std::vector<double> cpu;
};

}  // namespace

void uplink(const Settings& settings) {
  const Broker broker;
  Series mine;
  Series bare;
  for (int i = 0; i < settings.rounds; ++i) {
    bare.add(bare_paho(broker.port()));
    mine.add(ours(broker.port()));
  }
  Result result;
  result.name = "uplink";
  result.variant = "16 KB, QoS 1, MQTT 5, window 100";
  result.ours = median(mine.rates) / kEventsOfChunk;
  result.ceiling = median(bare.rates) / kEventsOfChunk;
  result.unit = "messages/s";
  result.goal = 0.9;
  result.more = {{"cpu_us_a_message", median(mine.cpu) * kEventsOfChunk},
                 {"ceiling_cpu_us_a_message", median(bare.cpu) * kEventsOfChunk}};
  print(settings, result);
}

void drain(const Settings& settings) {
  const Broker broker;
  Series mine;
  Series plain;
  for (int i = 0; i < settings.rounds; ++i) {
    plain.add(plain_drain(broker.port()));
    mine.add(ours(broker.port()));
  }
  Result result;
  result.name = "drain";
  result.variant = "1,000,000 events of 200 B";
  result.ours = median(mine.rates);
  result.ceiling = median(plain.rates);
  result.unit = "events/s";
  result.goal = 1.2;
  result.cpu_ratio = median(mine.cpu) / median(plain.cpu);
  result.cpu_goal = 0.8;
  result.more = {{"cpu_us_an_event", median(mine.cpu)}, {"ceiling_cpu_us_an_event", median(plain.cpu)}};
  print(settings, result);
}

}  // namespace wayside::bench
