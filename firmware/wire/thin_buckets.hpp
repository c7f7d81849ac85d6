// What thinning gathers: readings by span and point, and the events that are kept as they were. Bodies go in, one body
// comes out. Pure; any thread. Part of thin.hpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "model/ids.hpp"
#include "model/quality.hpp"
#include "wayside/v1/chunk.pb.h"

namespace wayside::wire {

// All that was read of one point in one span.
struct Gathered {
  using Usable = std::variant<double, std::string>;

  std::uint64_t count = 0;
  std::uint64_t unusable = 0;
  double min = 0;  // these three: only with `numeric`
  double max = 0;
  double mean = 0;
  bool numeric = false;
  std::optional<Usable> first;
  std::optional<Usable> last;
  std::uint64_t changes = 0;
  std::optional<model::Quality> quality;

  // Puts a later one behind it.
  void add(const Gathered& later);
};

class ThinBuckets {
 public:
  explicit ThinBuckets(std::chrono::microseconds width) : width_us_(width.count()) {}

  struct Numbers {
    model::ChunkNumber first = 0;
    model::ChunkNumber last = 0;
  };
  // Takes the events of a chunk. Errors: corrupt, for a body that no gateway wrote; what was taken then is half.
  [[nodiscard]] base::Result<void> take(const v1::ChunkBody& body, Numbers numbers);

  // All that was taken, in the order of time.
  [[nodiscard]] v1::ChunkBody body() const;

 private:
  struct Span {
    std::int64_t start_us = 0;
    std::int64_t width_us = 0;
    auto operator<=>(const Span&) const = default;
  };
  struct Bucket {
    std::int64_t first_us = 0;
    std::int64_t last_us = 0;
    Numbers numbers;
    std::map<std::uint32_t, Gathered> points;
  };
  struct Kept {
    std::int64_t offset_us = 0;
    std::vector<v1::Event> events;
  };

  [[nodiscard]] Span span_of(std::int64_t offset_us, std::int64_t width_us) const;
  Bucket& bucket(Span span, std::int64_t first_us, std::int64_t last_us, Numbers numbers);
  [[nodiscard]] base::Result<void> take_telemetry(const v1::Event& event, Numbers numbers);
  [[nodiscard]] base::Result<void> take_thinned(const v1::Event& event, Numbers numbers);
  using NewestOf = std::map<std::pair<Span, std::string>, Kept>;  // by span and device
  enum class Ties : std::uint8_t { replace, join };
  void keep_newest(NewestOf& of, const v1::Event& event, const std::string& device, Ties ties) const;

  std::int64_t width_us_;
  std::map<Span, Bucket> buckets_;
  NewestOf status_;
  NewestOf health_;
  NewestOf quality_;  // several reports of one instant belong together
  std::vector<v1::Event> others_;
};

}  // namespace wayside::wire
