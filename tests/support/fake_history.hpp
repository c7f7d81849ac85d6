// Recorded rows in memory, each of one telemetry event, walked without any search.
#pragma once

#include <utility>
#include <vector>

#include "base/scheduler.hpp"
#include "ports/history.hpp"
#include "wayside/v1/chunk.pb.h"
#include "wire/body.hpp"
#include "wire/catalogue.hpp"

namespace wayside::tests {

class FakeHistory final : public ports::History {
 public:
  explicit FakeHistory(base::Scheduler& core) : core_(core) {}

  // A row with one event: point indices and their values, all good.
  void add(model::DataClass data_class, const base::BootId& boot, const base::Bytes& catalogue, base::BootTime at,
           const std::vector<std::pair<std::uint32_t, double>>& values) {
    v1::ChunkBody body;
    auto& event = *body.add_events();
    event.set_offset_us(base::to_us(at));
    for (const auto& [point, value] : values) {
      event.mutable_telemetry()->add_point(point);
      event.mutable_telemetry()->add_value(value);
    }
    add(data_class, boot, catalogue, at, body);
  }
  void add(model::DataClass data_class, const base::BootId& boot, const base::Bytes& catalogue, base::BootTime at,
           const v1::ChunkBody& body) {
    const auto text = body.SerializeAsString();
    const base::Bytes plain(text.begin(), text.end());
    auto closed = wire::close_body(plain, wire::Codec::zstd);
    ports::StoredChunk row;
    row.stored.position = rows.size() + 1;
    row.stored.key.stream = {model::StreamKind::telemetry, data_class};
    row.chunk.stream = row.stored.key.stream;
    row.chunk.boot = boot;
    row.chunk.catalogue = catalogue;
    row.chunk.first_offset = row.chunk.last_offset = at;
    row.chunk.codec = static_cast<std::uint8_t>(closed.codec);
    row.chunk.checksum = closed.checksum;
    row.chunk.row = std::move(closed.row);
    rows.push_back(std::move(row));
  }

  void walk(ports::HistoryRange range, Visit visit, Done done) override {
    ++walks;
    core_.post([this, range = std::move(range), visit = std::move(visit), done = std::move(done)]() mutable {
      ports::HistoryStop stop;
      std::size_t visited = 0;
      for (const auto& row : rows) {
        const auto span = range.boots.find(row.chunk.boot);
        if (row.chunk.stream != range.stream || row.stored.position < range.from || span == range.boots.end()) continue;
        if (row.chunk.last_offset < span->second.from || row.chunk.first_offset >= span->second.until) continue;
        if (visited++ == most_rows || visit(row) == Step::pause) {
          stop.next = row.stored.position;
          break;
        }
      }
      done(stop);
    });
  }

  std::vector<ports::StoredChunk> rows;
  std::size_t most_rows = 1000;  // of one walk
  std::size_t walks = 0;

 private:
  base::Scheduler& core_;
};

}  // namespace wayside::tests
