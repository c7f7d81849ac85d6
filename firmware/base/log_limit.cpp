#include "base/log_limit.hpp"

#include <algorithm>
#include <functional>

namespace wayside::base::log {
namespace {

constexpr const char* kOthers = "log.other_causes";

}  // namespace

bool LogLimit::take(Level level, std::string_view event, std::string_view line, Time now) {
  auto& window = window_of(level, event, now)->second;
  const auto hash = std::hash<std::string_view>{}(line);
  const auto most = level == Level::debug ? kMostDebugLines : kMostLines;
  if (window.lines.size() >= most || std::ranges::find(window.lines, hash) != window.lines.end()) {
    ++window.held_back;
    return false;
  }
  window.lines.push_back(hash);
  return true;
}

LogLimit::Causes::iterator LogLimit::window_of(Level level, std::string_view event, Time now) {
  std::pair<Level, std::string> cause{level, event};
  auto found = causes_.find(cause);
  if (found == causes_.end()) {
    if (causes_.size() >= kMostCauses) cause.second = kOthers;
    found = causes_.try_emplace(std::move(cause), Window{now + kWindow, 0, {}}).first;
    next_due_ = std::min(next_due_, found->second.until);
  }
  return found;
}

std::vector<LogLimit::HeldBack> LogLimit::due(Time now) {
  std::vector<HeldBack> out;
  if (now < next_due_) return out;
  next_due_ = Time::max();
  std::erase_if(causes_, [&](const auto& entry) {
    const auto& [cause, window] = entry;
    if (now < window.until) {
      next_due_ = std::min(next_due_, window.until);
      return false;
    }
    if (window.held_back > 0) out.push_back({cause.first, cause.second, window.held_back});
    return true;
  });
  return out;
}

std::vector<LogLimit::HeldBack> LogLimit::rest() {
  next_due_ = Time::min();
  return due(Time::max());
}

}  // namespace wayside::base::log
