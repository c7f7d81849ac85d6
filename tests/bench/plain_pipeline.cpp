#include "bench/plain_pipeline.hpp"

#include <fmt/format.h>
#include <modbus/modbus.h>
#include <sqlite3.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "base/bytes.hpp"
#include "bench/plain_paho.hpp"
#include "bench/reading_counter.hpp"
#include "bench/report.hpp"

namespace wayside::bench {
namespace {

constexpr std::size_t kWindow = 90;
constexpr std::size_t kReadingsOfMessage = 80;
constexpr std::size_t kQueue = 20'000;
constexpr auto kTick = std::chrono::milliseconds{5};

}  // namespace

struct PlainPipeline::Inside {
  Inside(std::uint16_t slave, std::uint16_t broker, int connections, int registers, const std::string& database)
      : paho(broker, kWindow, kPlainTopic) {
    check(sqlite3_open(database.c_str(), &db));
    execute(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        "CREATE TABLE reading(id INTEGER PRIMARY KEY, line TEXT NOT NULL)");
    check(sqlite3_prepare_v2(db, "INSERT INTO reading VALUES(?, ?)", -1, &insert, nullptr));
    check(sqlite3_prepare_v2(db, "DELETE FROM reading WHERE id <= ?", -1, &remove, nullptr));
    for (int i = 0; i < connections; ++i) threads.emplace_back([=, this] { read(slave, i, registers); });
    threads.emplace_back([this] { keep_and_send(); });
  }

  ~Inside() {
    stop = true;
    room.notify_all();
    for (auto& thread : threads) thread.join();
    paho.finish();
    sqlite3_finalize(insert);
    sqlite3_finalize(remove);
    sqlite3_close(db);
  }

  void check(int code) const {
    if (code != SQLITE_OK) give_up(std::string("the plain pipeline: ") + sqlite3_errmsg(db));
  }
  void execute(const char* sql) const { check(sqlite3_exec(db, sql, nullptr, nullptr, nullptr)); }

  void read(std::uint16_t slave, int device, int registers) {
    modbus_t* modbus = modbus_new_tcp("127.0.0.1", slave);
    if (modbus == nullptr || modbus_set_slave(modbus, 1) != 0 || modbus_connect(modbus) != 0) {
      give_up("libmodbus cannot connect");
    }
    std::array<std::uint16_t, 125> words{};
    std::string line;
    while (!stop) {
      if (modbus_read_input_registers(modbus, 0, registers, words.data()) != registers) give_up("libmodbus: no answer");
      line = fmt::format("device-{} {:.3f}", device, wall_seconds());
      for (int i = 0; i < registers; ++i)
        fmt::format_to(std::back_inserter(line), " {:.1f}", words[static_cast<std::size_t>(i)] * 0.1);
      line += '\n';
      std::unique_lock lock(mutex);
      room.wait(lock, [this] { return queue.size() < kQueue || stop; });
      queue.push_back(line);
    }
    modbus_close(modbus);
    modbus_free(modbus);
  }

  void keep_and_send() {
    std::vector<std::string> taken;
    std::vector<std::int64_t> last_of_message;
    std::size_t removed = 0;
    std::int64_t id = 0;
    std::string message;
    while (!stop) {
      {
        const std::lock_guard lock(mutex);
        taken.swap(queue);
      }
      room.notify_all();
      if (taken.empty()) {
        std::this_thread::sleep_for(kTick);
        continue;
      }
      execute("BEGIN");
      for (std::size_t i = 0; i < taken.size(); ++i) {
        sqlite3_bind_int64(insert, 1, id + 1 + static_cast<std::int64_t>(i));
        sqlite3_bind_text(insert, 2, taken[i].data(), static_cast<int>(taken[i].size()), SQLITE_STATIC);
        if (sqlite3_step(insert) != SQLITE_DONE) check(SQLITE_ERROR);
        sqlite3_reset(insert);
      }
      const auto acknowledged = paho.acknowledged();
      if (acknowledged > removed) {
        sqlite3_bind_int64(remove, 1, last_of_message[acknowledged - 1]);
        if (sqlite3_step(remove) != SQLITE_DONE) check(SQLITE_ERROR);
        sqlite3_reset(remove);
        removed = acknowledged;
      }
      execute("COMMIT");
      for (std::size_t i = 0; i < taken.size(); i += kReadingsOfMessage) {
        const auto end = std::min(taken.size(), i + kReadingsOfMessage);
        message.clear();
        for (std::size_t k = i; k < end; ++k) message += taken[k];
        last_of_message.push_back(id + static_cast<std::int64_t>(end));
        paho.publish(base::as_bytes(message));
      }
      id += static_cast<std::int64_t>(taken.size());
      taken.clear();
    }
  }

  PlainPaho paho;
  sqlite3* db = nullptr;
  sqlite3_stmt* insert = nullptr;
  sqlite3_stmt* remove = nullptr;
  std::atomic<bool> stop{false};
  std::mutex mutex;
  std::condition_variable room;
  std::vector<std::string> queue;
  std::vector<std::thread> threads;
};

PlainPipeline::PlainPipeline(std::uint16_t slave, std::uint16_t broker, int connections, int registers,
                             const std::string& database)
    : inside_(std::make_unique<Inside>(slave, broker, connections, registers, database)) {}

PlainPipeline::~PlainPipeline() = default;

}  // namespace wayside::bench
