#include "wire/thin_buckets.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace wayside::wire {
namespace {

constexpr std::int64_t kFarthest = std::int64_t{1} << 61;  // microseconds: sums of two offsets do not overflow
constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();

base::Error corrupt(const char* what) { return {base::Errc::corrupt, base::Consequence::drop_record, what}; }

bool plausible(std::int64_t offset_us) { return offset_us >= -kFarthest && offset_us <= kFarthest; }

std::uint64_t sum(std::uint64_t a, std::uint64_t b) {
  return a > std::numeric_limits<std::uint64_t>::max() - b ? std::numeric_limits<std::uint64_t>::max() : a + b;
}

Gathered one_reading(std::optional<Gathered::Usable> value, model::Quality quality) {
  Gathered out;
  out.quality = quality;
  if (!value || model::is_bad(quality)) {
    out.unusable = 1;
    return out;
  }
  out.count = 1;
  if (const auto* number = std::get_if<double>(&*value)) {
    out.numeric = true;
    out.min = out.max = out.mean = *number;
  }
  out.first = value;
  out.last = std::move(value);
  return out;
}

void append(v1::ThinnedTelemetry& out, std::uint32_t point, const Gathered& gathered) {
  const auto number = [](const std::optional<Gathered::Usable>& value) {
    const auto* held = value ? std::get_if<double>(&*value) : nullptr;
    return held != nullptr ? *held : kNoNumber;
  };
  const auto text = [](const std::optional<Gathered::Usable>& value) {
    return value ? std::get_if<std::string>(&*value) : nullptr;
  };
  const auto* first = text(gathered.first);
  const auto* last = text(gathered.last);
  if (first != nullptr || last != nullptr) {
    auto& entry = *out.add_text();
    entry.set_position(static_cast<std::uint32_t>(out.point_size()));
    if (first != nullptr) entry.set_first(*first);
    if (last != nullptr) entry.set_last(*last);
  }
  out.add_point(point);
  out.add_count(gathered.count);
  out.add_min(gathered.numeric ? gathered.min : kNoNumber);
  out.add_max(gathered.numeric ? gathered.max : kNoNumber);
  out.add_mean(gathered.numeric ? gathered.mean : kNoNumber);
  out.add_first(number(gathered.first));
  out.add_last(number(gathered.last));
  out.add_changes(gathered.changes);
}

// The columns that may be empty.
void append_exceptions(v1::ThinnedTelemetry& out, const std::map<std::uint32_t, Gathered>& points) {
  const auto quality = [](const auto& entry) { return entry.second.quality.value_or(model::Quality::good); };
  if (std::ranges::any_of(points, [](const auto& entry) { return entry.second.unusable > 0; })) {
    for (const auto& [point, gathered] : points) out.add_unusable(gathered.unusable);
  }
  if (std::ranges::any_of(points, [&](const auto& entry) { return quality(entry) != model::Quality::good; })) {
    for (const auto& entry : points) out.add_quality(static_cast<std::uint32_t>(quality(entry)));
  }
}

bool columns_match(const v1::ThinnedTelemetry& in) {
  const auto size = in.point_size();
  const auto full = [size](int column) { return column == size; };
  const auto full_or_empty = [size](int column) { return column == size || column == 0; };
  return full(in.count_size()) && full(in.min_size()) && full(in.max_size()) && full(in.mean_size()) &&
         full(in.first_size()) && full(in.last_size()) && full(in.changes_size()) &&
         full_or_empty(in.unusable_size()) && full_or_empty(in.quality_size());
}

std::optional<Gathered::Usable> usable(double number) {
  if (!std::isfinite(number)) return std::nullopt;
  return number;
}

// None: an entry that thinning does not write.
std::optional<Gathered> entry_of(const v1::ThinnedTelemetry& in, int i, const v1::ThinnedText* text) {
  Gathered out;
  out.count = in.count(i);
  out.unusable = in.unusable_size() == 0 ? 0 : in.unusable(i);
  out.changes = in.changes(i);
  out.quality = in.quality_size() == 0 ? model::Quality::good : static_cast<model::Quality>(in.quality(i));
  out.first = usable(in.first(i));
  out.last = usable(in.last(i));
  if (text != nullptr && text->has_first()) out.first = text->first();
  if (text != nullptr && text->has_last()) out.last = text->last();
  out.numeric = std::isfinite(in.min(i)) && std::isfinite(in.max(i)) && std::isfinite(in.mean(i));
  if (out.numeric) {
    out.min = in.min(i);
    out.max = in.max(i);
    out.mean = in.mean(i);
    if (!(out.min <= out.mean && out.mean <= out.max)) return std::nullopt;
  }
  const bool has_value = out.first.has_value() && out.last.has_value();
  if (has_value != (out.count > 0) || out.first.has_value() != out.last.has_value()) return std::nullopt;
  if (!has_value && out.numeric) return std::nullopt;
  return out;
}

}  // namespace

void Gathered::add(const Gathered& later) {
  if (later.first && last && *later.first != *last) changes = sum(changes, 1);
  changes = sum(changes, later.changes);
  const auto together = sum(count, later.count);
  if (later.numeric && numeric) {
    min = std::min(min, later.min);
    max = std::max(max, later.max);
    // Weighed before it is added: no sum that overflows.
    const double share = static_cast<double>(later.count) / static_cast<double>(together);
    mean = std::clamp(mean * (1 - share) + later.mean * share, min, max);
  } else if (later.numeric) {
    min = later.min;
    max = later.max;
    mean = later.mean;
    numeric = true;
  }
  count = together;
  unusable = sum(unusable, later.unusable);
  if (!first) first = later.first;
  if (later.last) last = later.last;
  if (later.quality) quality = quality ? model::worst(*quality, *later.quality) : *later.quality;
}

ThinBuckets::Span ThinBuckets::span_of(std::int64_t offset_us, std::int64_t width_us) const {
  const auto width = std::max(width_us, width_us_);
  const auto into = offset_us % width;
  return {offset_us - (into < 0 ? into + width : into), width};
}

ThinBuckets::Bucket& ThinBuckets::bucket(Span span, std::int64_t first_us, std::int64_t last_us, Numbers numbers) {
  const auto [at, is_new] = buckets_.try_emplace(span, Bucket{first_us, last_us, numbers, {}});
  auto& bucket = at->second;
  if (is_new) return bucket;
  bucket.first_us = std::min(bucket.first_us, first_us);
  bucket.last_us = std::max(bucket.last_us, last_us);
  bucket.numbers = {std::min(bucket.numbers.first, numbers.first), std::max(bucket.numbers.last, numbers.last)};
  return bucket;
}

base::Result<void> ThinBuckets::take(const v1::ChunkBody& body, Numbers numbers) {
  for (const auto& event : body.events()) {
    if (!plausible(event.offset_us())) return corrupt("an offset that no clock has reached");
    base::Result<void> taken;
    switch (event.event_case()) {
      case v1::Event::kTelemetry: taken = take_telemetry(event, numbers); break;
      case v1::Event::kThinned: taken = take_thinned(event, numbers); break;
      case v1::Event::kDeviceStatus: keep_newest(status_, event, event.device_status().device(), Ties::replace); break;
      case v1::Event::kHealth: keep_newest(health_, event, {}, Ties::replace); break;
      case v1::Event::kDataQuality: keep_newest(quality_, event, event.data_quality().device(), Ties::join); break;
      default: others_.push_back(event); break;  // of a newer release: not ours to judge
    }
    if (!taken) return taken.error();
  }
  return {};
}

base::Result<void> ThinBuckets::take_telemetry(const v1::Event& event, Numbers numbers) {
  const auto& in = event.telemetry();
  if (in.value_size() != in.point_size() || (in.quality_size() != 0 && in.quality_size() != in.point_size())) {
    return corrupt("columns of readings that do not match");
  }
  std::map<std::uint32_t, const std::string*> texts;
  for (const auto& text : in.text()) texts[text.position()] = &text.text();
  if (!texts.empty() && texts.rbegin()->first >= static_cast<std::uint32_t>(in.point_size())) {
    return corrupt("a text of no reading");
  }
  const auto at = event.offset_us();
  auto& points = bucket(span_of(at, 0), at, at, numbers).points;
  for (int i = 0; i < in.point_size(); ++i) {
    auto value = usable(in.value(i));
    if (const auto text = texts.find(static_cast<std::uint32_t>(i)); text != texts.end()) value = *text->second;
    const auto quality = in.quality_size() == 0 ? model::Quality::good : static_cast<model::Quality>(in.quality(i));
    points[in.point(i)].add(one_reading(std::move(value), quality));
  }
  return {};
}

base::Result<void> ThinBuckets::take_thinned(const v1::Event& event, Numbers numbers) {
  const auto& in = event.thinned();
  const bool within =
      in.first_number() >= numbers.first && in.first_number() <= in.last_number() && in.last_number() <= numbers.last;
  const bool in_time = in.width_us() > 0 && in.width_us() <= kFarthest && plausible(in.first_offset_us()) &&
                       plausible(in.last_offset_us()) && in.first_offset_us() <= in.last_offset_us();
  if (!within || !in_time || !columns_match(in)) return corrupt("thinned readings that do not match");
  std::map<std::uint32_t, const v1::ThinnedText*> texts;
  for (const auto& text : in.text()) texts[text.position()] = &text;
  if (!texts.empty() && texts.rbegin()->first >= static_cast<std::uint32_t>(in.point_size())) {
    return corrupt("a text of no reading");
  }
  auto& points = bucket(span_of(event.offset_us(), in.width_us()), in.first_offset_us(), in.last_offset_us(),
                        {in.first_number(), in.last_number()})
                     .points;
  for (int i = 0; i < in.point_size(); ++i) {
    const auto text = texts.find(static_cast<std::uint32_t>(i));
    const auto entry = entry_of(in, i, text == texts.end() ? nullptr : text->second);
    if (!entry) return corrupt("thinned readings that do not match");
    points[in.point(i)].add(*entry);
  }
  return {};
}

void ThinBuckets::keep_newest(NewestOf& of, const v1::Event& event, const std::string& device, Ties ties) const {
  auto& kept = of[{span_of(event.offset_us(), 0), device}];
  if (!kept.events.empty() && event.offset_us() < kept.offset_us) return;
  const bool joins = ties == Ties::join && event.offset_us() == kept.offset_us;
  if (!joins) kept.events.clear();
  kept.offset_us = event.offset_us();
  kept.events.push_back(event);
}

v1::ChunkBody ThinBuckets::body() const {
  std::vector<v1::Event> events = others_;
  for (const auto* newest : {&status_, &quality_, &health_}) {
    for (const auto& [key, kept] : *newest) events.insert(events.end(), kept.events.begin(), kept.events.end());
  }
  for (const auto& [span, bucket] : buckets_) {
    auto& event = events.emplace_back();
    event.set_offset_us(span.start_us);
    auto& out = *event.mutable_thinned();
    out.set_width_us(span.width_us);
    out.set_first_offset_us(bucket.first_us);
    out.set_last_offset_us(bucket.last_us);
    out.set_first_number(bucket.numbers.first);
    out.set_last_number(bucket.numbers.last);
    for (const auto& [point, gathered] : bucket.points) append(out, point, gathered);
    append_exceptions(out, bucket.points);
  }
  std::ranges::stable_sort(events, {}, [](const v1::Event& event) { return event.offset_us(); });
  v1::ChunkBody body;
  for (auto& event : events) body.add_events()->Swap(&event);
  return body;
}

}  // namespace wayside::wire
