// Thinning against a plain reference, and what it does with bodies that nobody wrote.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "base/random.hpp"
#include "support/catch.hpp"
#include "wayside/v1/chunk.pb.h"
#include "wire/chunker.hpp"
#include "wire/thin.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;

constexpr std::int64_t kMinute = 60'000'000;
constexpr std::size_t kMostPlain = 256UL * 1024;

model::PointTable table() {
  model::PointTable points;
  for (const auto* name : {"level", "count", "state"}) {
    model::PointInfo info;
    info.device = model::DeviceId{"d"};
    info.name = name;
    info.data_class = model::DataClass::internal;
    points.add(std::move(info));
  }
  return points;
}

// Chunks of one stream, one after another, as the store would give them back.
class Rows {
 public:
  explicit Rows(wire::Codec codec = wire::Codec::zstd) : chunker_({7}, codec, catalogues_) {}

  void read(std::int64_t us, std::uint32_t point, model::Value value, model::Quality quality = model::Quality::good) {
    const auto at = base::from_us(us);
    add({at, model::DataClass::internal,
         model::Telemetry{{{model::PointHandle{point}, std::move(value), quality, at}}}});
  }
  void add(const model::Event& event) {
    if (auto full = chunker_.add(event)) keep(std::move(*full));
  }
  void end_chunk() {
    if (auto chunk = chunker_.seal({model::StreamKind::telemetry, model::DataClass::internal})) keep(std::move(*chunk));
  }
  void keep(wire::SealedChunk chunk, std::uint64_t numbers = 1) {
    chunks_.push_back(std::move(chunk));
    firsts_.push_back(next_);
    next_ += numbers;
  }
  wire::SealedChunk& chunk(std::size_t i) { return chunks_[i]; }

  [[nodiscard]] std::vector<wire::StoredBody> stored() const {
    std::vector<wire::StoredBody> out;
    for (std::size_t i = 0; i < chunks_.size(); ++i) {
      const auto& c = chunks_[i];
      out.push_back({model::Epoch{9}, c.stream, firsts_[i], i + 1 < firsts_.size() ? firsts_[i + 1] - 1 : next_ - 1,
                     c.boot, c.catalogue, c.first_offset, c.last_offset, static_cast<std::uint8_t>(c.codec), c.checksum,
                     c.row});
    }
    return out;
  }

 private:
  wire::Catalogues catalogues_ = wire::Catalogues::build(model::GatewayId{"g"}, table());
  wire::Chunker chunker_;
  std::vector<wire::SealedChunk> chunks_;
  std::vector<model::ChunkNumber> firsts_;
  model::ChunkNumber next_ = 5;
};

v1::ChunkBody opened(const wire::SealedChunk& chunk) {
  const auto plain = wire::open_body(chunk.row, static_cast<std::uint8_t>(chunk.codec), chunk.checksum, kMostPlain);
  REQUIRE(plain.has_value());
  v1::ChunkBody body;
  REQUIRE(body.ParseFromArray(plain->data(), static_cast<int>(plain->size())));
  return body;
}

struct Sample {
  std::int64_t us = 0;
  std::uint32_t point = 0;
  double value = 0;
  model::Quality quality = model::Quality::good;
};

struct Expected {
  std::vector<double> usable;
  std::uint64_t unusable = 0;
  std::uint32_t worst = 0;  // by severity
  std::uint64_t changes = 0;
};

using Key = std::pair<std::int64_t, std::uint32_t>;  // start of the span, point

std::map<Key, Expected> reference(const std::vector<Sample>& samples, std::int64_t width) {
  std::map<Key, Expected> out;
  for (const auto& sample : samples) {
    auto& one = out[{sample.us / width * width, sample.point}];
    const auto code = static_cast<std::uint32_t>(sample.quality);
    one.worst = std::max(one.worst, code >> 30U);
    if (model::is_bad(sample.quality) || std::isnan(sample.value)) {
      ++one.unusable;
      continue;
    }
    if (!one.usable.empty() && one.usable.back() != sample.value) ++one.changes;
    one.usable.push_back(sample.value);
  }
  return out;
}

void compare(const v1::ChunkBody& body, const std::map<Key, Expected>& expected) {
  std::size_t found = 0;
  for (const auto& event : body.events()) {
    const auto& in = event.thinned();
    for (int i = 0; i < in.point_size(); ++i, ++found) {
      const auto at = expected.find({event.offset_us(), in.point(i)});
      REQUIRE(at != expected.end());
      const auto& want = at->second;
      REQUIRE(in.count(i) == want.usable.size());
      REQUIRE((in.unusable_size() == 0 ? 0 : in.unusable(i)) == want.unusable);
      REQUIRE((in.quality_size() == 0 ? 0 : in.quality(i) >> 30U) == want.worst);
      REQUIRE(in.changes(i) == want.changes);
      if (want.usable.empty()) {
        REQUIRE(std::isnan(in.min(i)));
        REQUIRE(std::isnan(in.last(i)));
        continue;
      }
      double sum = 0;
      for (const auto value : want.usable) sum += value;
      REQUIRE(in.min(i) == *std::ranges::min_element(want.usable));
      REQUIRE(in.max(i) == *std::ranges::max_element(want.usable));
      REQUIRE(in.first(i) == want.usable.front());
      REQUIRE(in.last(i) == want.usable.back());
      REQUIRE(in.mean(i) == Approx(sum / static_cast<double>(want.usable.size())).epsilon(1e-9).margin(1e-9));
      REQUIRE(in.mean(i) >= in.min(i));
      REQUIRE(in.mean(i) <= in.max(i));
    }
  }
  REQUIRE(found == expected.size());
}

}  // namespace

TEST_CASE("what was thinned is what the readings say, once and again, from any seed") {
  const auto seed = GENERATE(range(1U, 41U));
  CAPTURE(seed);
  base::SeededRandom random(seed);
  Rows rows(seed % 2 == 0 ? wire::Codec::zstd : wire::Codec::none);
  std::vector<Sample> samples;
  std::int64_t us = static_cast<std::int64_t>(random.below(3'600)) * 1'000'000;
  double level = 20;
  for (int i = 0; i < 2000; ++i) {
    us += static_cast<std::int64_t>(random.below(5'000'000));
    level += (static_cast<double>(random.below(2001)) - 1000) / 250;
    Sample sample{us, static_cast<std::uint32_t>(random.below(2)), level, model::Quality::good};
    if (sample.point == 1) sample.value = static_cast<double>(i / 7);
    if (random.below(9) == 0) sample.quality = model::Quality::bad_no_communication;
    if (random.below(9) == 0) sample.quality = model::Quality::uncertain_sub_normal;
    if (random.below(20) == 0) sample.value = std::numeric_limits<double>::quiet_NaN();
    samples.push_back(sample);
    rows.read(sample.us, sample.point, std::isnan(sample.value) ? model::Value{} : model::Value{sample.value},
              sample.quality);
    if (random.below(40) == 0) rows.end_chunk();
  }
  rows.end_chunk();
  const auto stored = rows.stored();

  const auto once = wire::thin(stored, 1min, wire::Codec::zstd);
  REQUIRE(once.has_value());
  CHECK(once->taken == stored.size());
  CHECK(once->first == 5);
  CHECK(once->last == stored.back().last);
  CHECK(once->chunk.first_offset == stored.front().first_offset);
  CHECK(once->chunk.last_offset == stored.back().last_offset);
  CHECK(once->chunk.catalogue == rows.chunk(0).catalogue);
  const auto body = opened(once->chunk);
  CHECK(once->chunk.events == static_cast<std::uint32_t>(body.events_size()));
  compare(body, reference(samples, kMinute));

  // In two parts, and these again: the same as at once.
  const auto half = stored.size() / 2;
  Rows twice;
  std::size_t from = 0;
  for (const auto count : {half, stored.size() - half}) {
    if (count == 0) continue;
    auto part = wire::thin(std::span(stored).subspan(from, count), 1min, wire::Codec::zstd);
    REQUIRE(part.has_value());
    REQUIRE(part->taken == count);
    twice.keep(std::move(part->chunk), count);
    from += count;
  }
  const auto again = wire::thin(twice.stored(), 10min, wire::Codec::zstd);
  REQUIRE(again.has_value());
  CHECK(again->last == stored.back().last);
  compare(opened(again->chunk), reference(samples, 10 * kMinute));

  // Nothing gets finer.
  Rows coarse;
  coarse.keep(again->chunk, again->last - again->first + 1);
  const auto same = wire::thin(coarse.stored(), 1min, wire::Codec::zstd);
  REQUIRE(same.has_value());
  CHECK(same->chunk.row == again->chunk.row);
  CHECK(*wire::thinned_width(coarse.stored()[0]) == std::optional{std::chrono::microseconds{10min}});
  CHECK(*wire::thinned_width(stored[0]) == std::optional{0us});
}

TEST_CASE("a text keeps what it was first and last, and how often it changed") {
  Rows rows;
  rows.read(1, 2, "red");
  rows.read(2, 2, "red");
  rows.read(3, 2, "green");
  rows.end_chunk();
  rows.read(4, 2, "red");
  rows.read(5, 2, "blue");
  rows.end_chunk();
  const auto thinned = wire::thin(rows.stored(), 1min, wire::Codec::zstd);
  REQUIRE(thinned.has_value());
  const auto body = opened(thinned->chunk);
  REQUIRE(body.events_size() == 1);
  const auto& in = body.events(0).thinned();
  REQUIRE(in.text_size() == 1);
  CHECK(in.text(0).first() == "red");
  CHECK(in.text(0).last() == "blue");
  CHECK(in.changes(0) == 3);
  CHECK(in.count(0) == 5);
  CHECK(in.first_number() == 5);
  CHECK(in.last_number() == 6);
  CHECK(std::isnan(in.mean(0)));
}

TEST_CASE("of status the newest of a span stays, of quality all reports of its newest instant") {
  Rows rows;
  const auto event = [](std::int64_t us, auto body) {
    return model::Event{base::from_us(us), model::DataClass::internal, std::move(body)};
  };
  const model::DeviceId a{"a"};
  const model::DeviceId b{"b"};
  rows.add(event(1, model::DeviceStatus{a, false, "no answer"}));
  rows.add(event(2, model::DeviceStatus{b, false, "no answer"}));
  rows.add(event(3, model::DeviceStatus{a, true, ""}));
  rows.add(event(kMinute, model::DeviceStatus{a, false, "cut"}));
  rows.end_chunk();
  model::DataQuality quality;
  quality.device = a;
  rows.add(event(kMinute + 1, quality));
  rows.add(event(kMinute + 2, quality));
  rows.add(event(kMinute + 2, quality));
  rows.end_chunk();
  const auto stored = rows.stored();
  CHECK(stored[0].catalogue.empty());
  const auto thinned = wire::thin(stored, 1min, wire::Codec::none);
  REQUIRE(thinned.has_value());
  const auto body = opened(thinned->chunk);
  REQUIRE(body.events_size() == 5);
  CHECK(body.events(0).device_status().device() == "b");
  CHECK(body.events(1).device_status().communicating());
  CHECK(body.events(2).device_status().reason() == "cut");
  CHECK(body.events(3).offset_us() == kMinute + 2);
  CHECK(body.events(4).has_data_quality());
  CHECK(*wire::thinned_width(stored[0]) == std::nullopt);
}

TEST_CASE("of health the newest of a span stays") {
  Rows rows;
  model::Health health;
  for (const std::int64_t us : {1LL, 2LL, static_cast<long long>(kMinute)}) {
    health.alarms_raised = static_cast<std::uint32_t>(us % 100);
    rows.add(model::Event{base::from_us(us), model::DataClass::internal, health});
    rows.end_chunk();
  }
  const auto thinned = wire::thin(rows.stored(), 1min, wire::Codec::none);
  REQUIRE(thinned.has_value());
  const auto body = opened(thinned->chunk);
  REQUIRE(body.events_size() == 2);
  CHECK(body.events(0).health().alarms_raised() == 2);
  CHECK(body.events(1).offset_us() == kMinute);
}

TEST_CASE("an event of a newer release is kept as it is") {
  Rows rows;
  rows.read(1, 0, 1.0);
  rows.end_chunk();
  base::Bytes body = {0x0A, 0x06, 0x08, 0x05, 0xFA, 0x3E, 0x01, 0x2A};  // offset 5, field 1007 with one byte
  auto closed = wire::close_body(body, wire::Codec::none);
  auto strange = rows.chunk(0);
  strange.codec = closed.codec;
  strange.checksum = closed.checksum;
  strange.row = closed.row;
  rows.keep(std::move(strange));
  const auto thinned = wire::thin(rows.stored(), 1min, wire::Codec::none);
  REQUIRE(thinned.has_value());
  REQUIRE(thinned->taken == 2);
  const auto plain = wire::open_body(thinned->chunk.row, 1, thinned->chunk.checksum, kMostPlain);
  REQUIRE(plain.has_value());
  CHECK(std::search(plain->begin(), plain->end(), body.begin(), body.end()) != plain->end());
}

TEST_CASE("a row of chunks ends at a gap, another boot, a damaged or a sealed body") {
  Rows rows;
  for (int i = 0; i < 4; ++i) {
    rows.read(i, 0, 1.0);
    rows.end_chunk();
  }
  const auto taken = [](const std::vector<wire::StoredBody>& stored) {
    const auto thinned = wire::thin(stored, 1min, wire::Codec::zstd);
    return thinned ? thinned->taken : 0;
  };
  CHECK(taken(rows.stored()) == 4);
  auto stored = rows.stored();
  stored[2].first = stored[2].last = 100;
  CHECK(taken(stored) == 2);
  stored = rows.stored();
  stored[3].boot = {8};
  CHECK(taken(stored) == 3);
  stored = rows.stored();
  const base::Bytes other{1};
  stored[1].catalogue = other;
  CHECK(taken(stored) == 1);
  stored = rows.stored();
  stored[2].codec = 7;
  CHECK(taken(stored) == 2);
  stored = rows.stored();
  stored[3].checksum ^= 1U;
  CHECK(taken(stored) == 3);
  stored[0].checksum ^= 1U;
  CHECK(wire::thin(stored, 1min, wire::Codec::zstd).error().code == base::Errc::corrupt);
  stored[0].codec = 7;
  CHECK(wire::thin(stored, 1min, wire::Codec::zstd).error().code == base::Errc::denied);
}

TEST_CASE("what is too much for one body is taken in parts") {
  base::SeededRandom random(3);
  Rows rows;
  for (std::int64_t minute = 0; minute < 3000; ++minute) {
    for (std::uint32_t point = 0; point < 2; ++point) {
      rows.read(minute * kMinute, point, static_cast<double>(random.below(1U << 30U)) / 7);
      rows.read(minute * kMinute + 1, point, static_cast<double>(random.below(1U << 30U)) / 7);
    }
  }
  rows.end_chunk();
  const auto stored = rows.stored();
  std::span<const wire::StoredBody> left(stored);
  model::ChunkNumber next = 5;
  std::uint64_t readings = 0;
  while (!left.empty()) {
    const auto part = wire::thin(left, 1min, wire::Codec::zstd);
    REQUIRE(part.has_value());
    REQUIRE(part->taken >= 1);
    CHECK(part->first == next);
    CHECK(part->chunk.row.size() <= wire::Chunker::kTelemetryBodyLimit);
    const auto body = opened(part->chunk);
    for (const auto& event : body.events()) {
      for (const auto count : event.thinned().count()) readings += count;
    }
    next = part->last + 1;
    left = left.subspan(part->taken);
  }
  CHECK(readings == 12'000);
}

TEST_CASE("numbers at the edge of what a double holds have a mean between the least and the most") {
  Rows rows;
  const double most = std::numeric_limits<double>::max();
  rows.read(1, 0, most);
  rows.read(2, 0, most);
  rows.read(3, 0, -most);
  rows.read(4, 1, std::numeric_limits<double>::infinity());
  rows.end_chunk();
  const auto thinned = wire::thin(rows.stored(), 1min, wire::Codec::none);
  REQUIRE(thinned.has_value());
  const auto in = opened(thinned->chunk).events(0).thinned();
  CHECK(in.mean(0) == Approx(most / 3));
  CHECK(in.unusable(1) == 1);
}

TEST_CASE("only telemetry, and spans that make sense") {
  Rows rows;
  rows.read(1, 0, 1.0);
  rows.end_chunk();
  auto stored = rows.stored();
  CHECK_FALSE(wire::thin({}, 1min, wire::Codec::none).has_value());
  CHECK_FALSE(wire::thin(stored, 0us, wire::Codec::none).has_value());
  CHECK_FALSE(wire::thin(stored, 25h, wire::Codec::none).has_value());
  stored[0].stream.kind = model::StreamKind::alarm;
  CHECK(wire::thin(stored, 1min, wire::Codec::none).error().code == base::Errc::invalid_argument);
}

TEST_CASE("a body is closed and opened again, and nothing else is opened") {
  const base::Bytes plain(5000, 0x41);
  for (const auto codec : {wire::Codec::none, wire::Codec::zstd}) {
    const auto closed = wire::close_body(plain, codec);
    CHECK(closed.codec == codec);
    const auto number = static_cast<std::uint8_t>(closed.codec);
    REQUIRE(wire::open_body(closed.row, number, closed.checksum, 5000).has_value());
    CHECK(*wire::open_body(closed.row, number, closed.checksum, 5000) == plain);
    CHECK(wire::open_body(closed.row, number, closed.checksum, 4000).error().code == base::Errc::corrupt);
    for (std::size_t i = 0; i < closed.row.size(); i += 7) {
      auto damaged = closed.row;
      damaged[i] ^= 0x10U;
      CHECK(wire::open_body(damaged, number, closed.checksum, 5000).error().code == base::Errc::corrupt);
      damaged.resize(i);
      CHECK_FALSE(wire::open_body(damaged, number, closed.checksum, 5000).has_value());
    }
  }
  CHECK(wire::close_body({}, wire::Codec::zstd).codec == wire::Codec::none);
}
