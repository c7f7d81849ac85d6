#include "store/trimmer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "store/chunk_row.hpp"

namespace wayside::store {
namespace {

constexpr std::uint64_t kSliceBytes = std::uint64_t{64} * 1024;
constexpr std::size_t kSliceRows = 100;

}  // namespace

bool Trimmer::Slice::is_full() const { return bytes >= kSliceBytes || rows >= kSliceRows; }

base::Result<bool> Trimmer::has_expired(std::int64_t age) {
  const std::pair<Kind, std::optional<std::chrono::seconds>> spans[] = {{Kind::history, bounds_.history},
                                                                        {Kind::telemetry, bounds_.max_age}};
  for (const auto& [kind, span] : spans) {
    if (!span) continue;
    const auto end = before(age, *span);
    if (!end) return end.error();
    const auto position = oldest(kind, *end);
    if (!position) return position.error();
    if (*position != 0) return true;
  }
  return false;
}

base::Result<bool> Trimmer::is_short() {
  const auto now = room_.measure(*db_);
  if (!now) return now.error();
  making_room_ = room_.left(*now) < room_.least() * (making_room_ ? 2 : 1);
  return making_room_;
}

base::Result<bool> Trimmer::remove_slice(std::int64_t age, ports::StorePosition first_unsure) {
  Slice slice;
  const auto end = static_cast<std::int64_t>(first_unsure);
  const auto past = before(age, bounds_.history);
  if (!past) return past.error();
  if (auto done = remove(Kind::history, std::min(*past, end), slice); !done) return done.error();
  if (bounds_.max_age) {
    const auto too_old = before(age, *bounds_.max_age);
    if (!too_old) return too_old.error();
    if (auto done = remove(Kind::telemetry, std::min(*too_old, end), slice); !done) return done.error();
  }
  if (slice.rows > 0) return true;
  const auto is_short_now = is_short();
  if (!is_short_now) return is_short_now.error();
  if (!*is_short_now) return false;
  for (const auto kind : {Kind::history, Kind::telemetry, Kind::alarm}) {
    if (kind == Kind::telemetry && room_.drop_set_aside()) return true;
    if (auto done = remove(kind, end, slice); !done) return done.error();
    if (slice.rows > 0) return true;
  }
  return false;
}

base::Result<void> Trimmer::remove(Kind kind, std::int64_t before, Slice& slice) {
  while (!slice.is_full()) {
    const auto position = oldest(kind, before);
    if (!position) return position.error();
    if (*position == 0) return {};
    const auto bytes =
        kind == Kind::history ? rows_->forget(*position) : rows_->lose(*position, model::LossCause::evicted);
    if (!bytes) return bytes.error();
    slice.bytes += static_cast<std::uint64_t>(*bytes);
    ++slice.rows;
  }
  return {};
}

base::Result<std::int64_t> Trimmer::oldest(Kind kind, std::int64_t before) {
  const auto first =
      model::stream_number({kind == Kind::alarm ? model::StreamKind::alarm : model::StreamKind::telemetry,
                            model::kDataClasses.front()}) +
      (kind == Kind::history ? kReleased : 0);
  std::int64_t out = 0;
  for (std::int64_t stream = first; stream < first + static_cast<std::int64_t>(model::kDataClasses.size()); ++stream) {
    const auto position = db_->query_integer(
        fmt::format("SELECT coalesce(min(position), 0) FROM chunk WHERE stream={} AND position<{}", stream, before));
    if (!position) return position.error();
    if (*position != 0 && (out == 0 || *position < out)) out = *position;
  }
  return out;
}

base::Result<std::int64_t> Trimmer::before(std::int64_t age, std::chrono::seconds span) {
  return db_->query_integer(
      fmt::format("SELECT coalesce(max(position), 0) FROM mark WHERE age<={}", age - span.count()));
}

}  // namespace wayside::store
