#include "wire/history.hpp"

#include <cmath>
#include <utility>

#include "wayside/v1/chunk.pb.h"

namespace wayside::wire {
namespace {

using Take = std::function<void(RecordedReading)>;

base::Error corrupt(const char* what) { return {base::Errc::corrupt, base::Consequence::drop_record, what}; }

model::Value value_of(double number) { return std::isnan(number) ? model::Value{} : model::Value{number}; }

base::Result<void> read(const v1::Telemetry& telemetry, base::BootTime at, const RecordedPoints& points,
                        const Take& take) {
  const auto count = telemetry.point_size();
  if (telemetry.value_size() != count) return corrupt("a telemetry event with values for other points");
  const bool has_quality = telemetry.quality_size() > 0;
  if (has_quality && telemetry.quality_size() != count)
    return corrupt("a telemetry event with qualities for other points");
  std::map<std::uint32_t, const std::string*> texts;
  for (const auto& text : telemetry.text()) texts[text.position()] = &text.text();
  for (int i = 0; i < count; ++i) {
    if (!points.contains(telemetry.point(i))) continue;
    RecordedReading out{telemetry.point(i), at, value_of(telemetry.value(i)), model::Quality::good, std::nullopt};
    if (has_quality) out.quality = static_cast<model::Quality>(telemetry.quality(i));
    if (const auto text = texts.find(static_cast<std::uint32_t>(i)); text != texts.end()) out.value = *text->second;
    take(std::move(out));
  }
  return {};
}

base::Result<void> read(const v1::ThinnedTelemetry& thinned, base::BootTime at, const RecordedPoints& points,
                        const Take& take) {
  const auto count = thinned.point_size();
  if (thinned.count_size() != count || thinned.min_size() != count || thinned.max_size() != count ||
      thinned.mean_size() != count) {
    return corrupt("a thinned event with values for other points");
  }
  const bool has_quality = thinned.quality_size() > 0;
  if (has_quality && thinned.quality_size() != count) return corrupt("a thinned event with qualities for other points");
  std::map<std::uint32_t, const std::string*> texts;  // the last one in the span
  for (const auto& text : thinned.text()) {
    if (text.has_last()) texts[text.position()] = &text.last();
  }
  for (int i = 0; i < count; ++i) {
    if (!points.contains(thinned.point(i))) continue;
    RecordedReading out{thinned.point(i), at, value_of(thinned.mean(i)), model::Quality::good,
                        model::HistoryBucket{thinned.min(i), thinned.max(i), thinned.count(i)}};
    if (has_quality) out.quality = static_cast<model::Quality>(thinned.quality(i));
    if (const auto text = texts.find(static_cast<std::uint32_t>(i)); text != texts.end()) out.value = *text->second;
    take(std::move(out));
  }
  return {};
}

}  // namespace

base::Result<RecordedPoints> recorded_points(base::ByteView catalogue, const model::DeviceId& device,
                                             std::string_view point) {
  v1::Catalogue message;
  if (!message.ParseFromArray(catalogue.data(), static_cast<int>(catalogue.size()))) return corrupt("not a catalogue");
  RecordedPoints out;
  for (int i = 0; i < message.points_size(); ++i) {
    const auto& one = message.points(i);
    if (one.device() != device.value || (!point.empty() && one.name() != point)) continue;
    out[static_cast<std::uint32_t>(i)] = {one.name(), one.unit(), {one.values().begin(), one.values().end()}};
  }
  return out;
}

base::Result<void> read_recorded(base::ByteView body, const RecordedPoints& points, const Take& take) {
  v1::ChunkBody message;
  if (!message.ParseFromArray(body.data(), static_cast<int>(body.size()))) return corrupt("not the body of a chunk");
  for (const auto& event : message.events()) {
    const auto at = base::from_us(event.offset_us());
    if (event.has_telemetry()) {
      if (auto done = read(event.telemetry(), at, points, take); !done) return done;
    } else if (event.has_thinned()) {
      if (auto done = read(event.thinned(), at, points, take); !done) return done;
    }
  }
  return {};
}

}  // namespace wayside::wire
