#include "pipeline/historian.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/nearest.hpp"
#include "wire/body.hpp"

namespace wayside::pipeline {
namespace {

constexpr std::array kParts{model::DataClass::open, model::DataClass::internal, model::DataClass::sensitive};
constexpr std::size_t kMostBytes = 256UL * 1024;  // of rows, for one part
constexpr std::size_t kMostCached = 32;

}  // namespace

// What catalogues say of devices that were asked for lately.
struct Historian::Cache {
  std::map<std::string, wire::RecordedPoints> points;
};

// One part, while it is read: on the reading Scheduler.
struct Historian::Work {
  HistoryAsk ask;
  Dates dates;
  std::shared_ptr<const StoredCatalogues> catalogues;
  std::shared_ptr<Cache> cache;
  HistoryPart part;
  std::uint32_t given = 0;  // samples of the row that a full part ended in

  [[nodiscard]] const wire::RecordedPoints& points_of(const base::Bytes& hash) {
    const auto catalogue = fmt::format("{}/{}", model::to_string(part.data_class), base::to_hex(hash));
    const auto key = fmt::format("{}\n{}\n{}", catalogue, ask.device.value, ask.point);
    if (const auto known = cache->points.find(key); known != cache->points.end()) return known->second;
    if (cache->points.size() >= kMostCached) cache->points.clear();
    auto& out = cache->points[key];
    const auto stored = std::ranges::find(*catalogues, catalogue, &ports::StateEntry::key);
    if (stored == catalogues->end()) return out;
    if (auto read = wire::recorded_points(stored->value, ask.device, ask.point)) out = std::move(*read);
    return out;
  }

  [[nodiscard]] ports::History::Step visit(const ports::StoredChunk& row) {
    const auto& chunk = row.chunk;
    if (chunk.catalogue.empty()) return ports::History::Step::on;
    const auto& points = points_of(chunk.catalogue);
    if (points.empty()) return ports::History::Step::on;
    const auto body = wire::open_body(chunk.row, chunk.codec, chunk.checksum, wire::kMostOpened);
    if (!body) {
      ++part.unreadable;
      return ports::History::Step::on;
    }
    const auto skip = row.stored.position == ask.cursor.position ? ask.cursor.skip : 0;
    std::uint32_t seen = 0;
    bool full = false;
    const auto read = wire::read_recorded(*body, points, [&](wire::RecordedReading reading) {
      const auto at = dates.wall_of(chunk.boot, reading.at);
      if (full || !at || *at < ask.from || *at >= ask.until) return;
      if (seen >= skip && part.samples.size() >= ask.most) {
        full = true;
        return;
      }
      if (seen++ < skip) return;
      const auto& point = points.at(reading.point);
      part.points.emplace(point.name, point);
      part.samples.push_back({point.name, *at, std::move(reading.value), reading.quality, reading.bucket});
    });
    if (!read) ++part.unreadable;
    if (!full) return ports::History::Step::on;
    given = seen;
    return ports::History::Step::pause;
  }
};

Historian::Historian(Parts parts)
    : parts_(std::move(parts)), cache_(std::make_shared<Cache>()), reading_(std::make_shared<std::size_t>(0)) {}

Historian::~Historian() = default;

void Historian::read(HistoryAsk ask, Done done) {
  if (*reading_ >= kMostAtOnce) {
    return done(base::Error{base::Errc::full, base::Consequence::retry_later,
                            "too much history is being read already; ask again in a few seconds"});
  }
  if (parts_.time.dated_boots() == 0) {
    return done(base::Error{base::Errc::not_found, base::Consequence::retry_later,
                            "the gateway's clock was never known to be right: what it recorded has no date yet"});
  }
  const auto most = ask.sensitive ? kParts.size() : kParts.size() - 1;
  if (ask.cursor.part >= most) return done(HistoryPart{});
  auto work =
      std::make_shared<Work>(Work{std::move(ask), parts_.time.dates(), parts_.catalogues, cache_, HistoryPart{}, 0});
  work->part.data_class = kParts.at(work->ask.cursor.part);
  ports::HistoryRange range{{model::StreamKind::telemetry, work->part.data_class},
                            work->dates.spans(work->ask.from, work->ask.until),
                            work->ask.cursor.position,
                            kMostBytes};
  ++*reading_;
  parts_.store.walk(
      std::move(range), [work](const ports::StoredChunk& row) { return work->visit(row); },
      [work, most, reading = reading_, done = std::move(done)](base::Result<ports::HistoryStop> stop) mutable {
        --*reading;
        if (!stop) return done(stop.error());
        auto& part = work->part;
        part.unreadable += stop->unreadable;
        const auto at = work->ask.cursor.part;
        if (stop->next) {
          part.next = HistoryCursor{at, *stop->next, work->given};
        } else if (at + 1U < most) {
          part.next = HistoryCursor{static_cast<std::uint8_t>(at + 1), 0, 0};
        }
        done(std::move(part));
      });
}

std::string Historian::doubt(const model::DeviceId& device, const std::string& point) const {
  std::vector<std::string> names;
  std::vector<std::string> devices;
  for (std::size_t i = 0; i < parts_.points.size(); ++i) {
    const auto& info = parts_.points.info(static_cast<model::PointHandle>(i));
    if (info.device == device && (point.empty() || info.name == point)) return "";
    if (info.device == device) names.push_back(info.name);
    if (devices.empty() || devices.back() != info.device.value) devices.push_back(info.device.value);
  }
  if (names.empty())
    return fmt::format("there is no device '{}' now{}", device.value, base::hint(device.value, devices));
  return fmt::format("{} has no point '{}' now{}", device.value, point, base::hint(point, names));
}

bool Historian::is_sensitive(const model::DeviceId& device, const std::string& point) const {
  const auto found = parts_.points.find(device, point);
  return found && parts_.points.info(*found).data_class == model::DataClass::sensitive;
}

}  // namespace wayside::pipeline
