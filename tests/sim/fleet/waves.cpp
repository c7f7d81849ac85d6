#include "sim/fleet/waves.hpp"

#include <algorithm>
#include <utility>

namespace wayside::sim {
namespace {

constexpr std::size_t kLostShare = 10;  // less than a tenth is connected

double seconds(base::BootTime::duration span) { return std::chrono::duration<double>(span).count(); }

}  // namespace

std::uint32_t most_within(const std::vector<base::BootTime>& ascending, std::chrono::milliseconds span) {
  std::size_t most = 0;
  for (std::size_t first = 0, last = 0; last < ascending.size(); ++last) {
    while (ascending[last] - ascending[first] >= span) ++first;
    most = std::max(most, last - first + 1);
  }
  return static_cast<std::uint32_t>(most);
}

void Waves::look(std::size_t up, base::BootTime now) {
  if (!lost_at_ && up * kLostShare < fleet_) {
    lost_at_ = now;
    taken_.clear();
  }
  if (up < fleet_) return;
  if (lost_at_ && !taken_.empty()) {
    Wave wave;
    wave.outage_s = seconds(taken_.front() - *lost_at_);
    wave.back_s = seconds(taken_.back() - taken_.front());
    wave.half_back_s = seconds(taken_[taken_.size() / 2] - taken_.front());
    wave.most_100ms = most_within(taken_, std::chrono::milliseconds{100});
    wave.most_1s = most_within(taken_, std::chrono::seconds{1});
    wave.connections = taken_.size();
    waves_.push_back(wave);
  }
  lost_at_.reset();
  taken_.clear();
}

}  // namespace wayside::sim
