#include "store/room_keeper.hpp"

#include <utility>

namespace wayside::store {
namespace {

constexpr auto kLookEvery = std::chrono::minutes{1};
constexpr auto kNoBallastFor = std::chrono::minutes{1};

}  // namespace

bool RoomKeeper::must_trim(base::BootTime now, std::int64_t age) {
  const bool look = !looked_ || now - *looked_ >= kLookEvery;
  if (!look && static_cast<std::int64_t>(unchecked_bytes_) < room_.least() / 4) return false;
  unchecked_bytes_ = 0;
  if (look) {
    looked_ = now;
    room_.look();
  }
  if (must_trim_more(age)) return true;
  grow_ballast(now);
  return false;
}

bool RoomKeeper::must_trim_more(std::int64_t age) {
  const auto is_short = trimmer_.is_short();
  if (is_short && *is_short) return true;
  const auto has_expired = trimmer_.has_expired(age);
  return has_expired && *has_expired;
}

bool RoomKeeper::give_up_ballast(base::BootTime now) {
  if (!ballast_.give_up()) return false;
  no_ballast_before_ = now + kNoBallastFor;
  return true;
}

void RoomKeeper::grow_ballast(base::BootTime now) {
  if (ballast_.is_whole() || now < no_ballast_before_) return;
  const auto figures = room_.measure(*db_);
  if (figures && figures->disk >= bounds_.min_free + 2 * ballast_.missing()) ballast_.grow();
}

}  // namespace wayside::store
