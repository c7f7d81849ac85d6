#include "store/ballast.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "base/random.hpp"

namespace wayside::store {
namespace {

constexpr std::uint64_t kSlice = std::uint64_t{64} * 1024;

}  // namespace

Ballast::Ballast(const std::string& database, Files& files, std::uint64_t bytes)
    : path_(database + ".ballast"), files_(files), bytes_(bytes) {
  for (const auto& file : files_.list(path_)) here_ = file.path == path_ ? file.bytes : here_;
}

bool Ballast::give_up() {
  if (here_ == 0) return false;
  const auto gone = files_.remove(path_);
  base::log::warn("store.ballast_given_up", {{"file", path_}, {"done", gone.has_value()}});
  if (!gone) return false;
  here_ = 0;
  return true;
}

void Ballast::grow() {
  base::SeededRandom random(here_ + 1);
  base::Bytes slice(static_cast<std::size_t>(std::min(kSlice, missing())));
  for (auto& byte : slice) byte = static_cast<std::uint8_t>(random.next());
  const auto written = files_.append(path_, slice);
  // How much of it is there is not known where it failed: the next start sees.
  if (written) here_ += slice.size();
}

}  // namespace wayside::store
