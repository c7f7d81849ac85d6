// What the gateway recorded and still keeps, part by part: dated, in the order of storing, public points first, then
// internal, then sensitive ones. Whoever asks gets a cursor with each part, and asks again with it: nothing is held
// here between two parts. Home: core; bodies are opened on the store's reading Scheduler.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/unique_function.hpp"
#include "model/data_class.hpp"
#include "model/history.hpp"
#include "model/point_table.hpp"
#include "pipeline/time_keeper.hpp"
#include "ports/history.hpp"
#include "wire/history.hpp"

namespace wayside::pipeline {

struct HistoryCursor {
  std::uint8_t part = 0;              // which data class
  ports::StorePosition position = 0;  // the row to go on with
  std::uint32_t skip = 0;             // samples of it that were given
};

struct HistoryAsk {
  model::DeviceId device;
  std::string point;  // empty: all of the device
  base::WallTime from{};
  base::WallTime until{};  // from <= t < until
  bool sensitive = false;  // may they be seen
  HistoryCursor cursor;
  std::size_t most = 500;  // samples
};

struct HistoryPart {
  std::vector<model::HistorySample> samples;  // may be empty and not the last: there was much to look through
  std::optional<HistoryCursor> next;          // none: that was all
  model::DataClass data_class = model::DataClass::open;  // of all samples
  std::uint64_t unreadable = 0;                          // chunks of the time asked for that cannot be read
  std::map<std::string, wire::RecordedPoint> points;     // of the samples, by name, as they were recorded
};

class Historian {
 public:
  static constexpr std::size_t kMostAtOnce = 8;

  // Values of the state's space of catalogues: "class/hash in hex", encoded.
  using StoredCatalogues = std::vector<ports::StateEntry>;
  struct Parts {
    ports::History& store;
    const TimeKeeper& time;
    const model::PointTable& points;
    std::shared_ptr<const StoredCatalogues> catalogues;
  };
  explicit Historian(Parts parts);
  ~Historian();

  // Errors: not_found (the clock was never known, so nothing has a date); full (kMostAtOnce are being read); those of
  // History::walk. Answered in any case, also when the historian is gone.
  using Done = base::UniqueFunction<void(base::Result<HistoryPart>)>;
  void read(HistoryAsk ask, Done done);

  // Why there may be nothing to be found: the configuration does not know the device or the point. Empty: it does.
  [[nodiscard]] std::string doubt(const model::DeviceId& device, const std::string& point) const;
  // It is a point of the present configuration, and sensitive.
  [[nodiscard]] bool is_sensitive(const model::DeviceId& device, const std::string& point) const;

 private:
  struct Cache;
  struct Work;

  Parts parts_;
  std::shared_ptr<Cache> cache_;          // its contents belong to the reading Scheduler
  std::shared_ptr<std::size_t> reading_;  // how many are
};

}  // namespace wayside::pipeline
