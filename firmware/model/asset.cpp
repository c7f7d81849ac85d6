#include "model/asset.hpp"

namespace wayside::model {

std::uint64_t AssetRecord::burn_us() const {
  std::uint64_t sum = 0;
  for (const auto& load : loads) sum += load.on_us;
  return sum;
}

std::uint64_t AssetRecord::switch_cycles() const {
  std::uint64_t sum = 0;
  for (const auto& load : loads) sum += load.cycles;
  return sum;
}

std::string_view to_string(AssetCause cause) {
  switch (cause) {
    case AssetCause::first_seen: return "first seen";
    case AssetCause::replaced: return "replaced";
    case AssetCause::firmware_changed: return "firmware changed";
    case AssetCause::daily: return "daily";
  }
  return "?";
}

}  // namespace wayside::model
