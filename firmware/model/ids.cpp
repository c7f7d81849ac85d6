#include "model/ids.hpp"

#include <algorithm>

namespace wayside::model {

bool is_valid_id(std::string_view text) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !text.empty() && text.size() <= 32 && std::ranges::all_of(text, allowed);
}

std::string point_id(const DeviceId& device, std::string_view point) {
  std::string out = device.value;
  out += '.';
  out += point;
  return out;
}

}  // namespace wayside::model
