#include "cli/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "cli/output.hpp"
#include "cli/translation.hpp"

namespace wayside::cli {

std::string bar_text(std::chrono::microseconds done, std::chrono::microseconds all, const std::string& doing) {
  constexpr std::int64_t kBar = 20;
  const auto whole = std::max<std::int64_t>(all.count(), 1);
  const auto part = std::clamp<std::int64_t>(done.count(), 0, whole);
  const auto filled = static_cast<std::size_t>(part * kBar / whole);
  return tr_format("[{}{}] {:>3} %  {} left  {}", std::string(filled, '#'), std::string(kBar - filled, '.'),
                   part * 100 / whole, for_people(whole - part), doing);
}

Progress::Progress(std::chrono::microseconds all)
    : all_(all), begun_(std::chrono::steady_clock::now()), on_terminal_(::isatty(STDERR_FILENO) != 0) {}

void Progress::show_share(double share, const std::string& doing) {
  using std::chrono::microseconds;
  done_ = std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - begun_);
  if (share <= 0 || done_ < std::chrono::seconds{1}) return;
  all_ = microseconds(static_cast<std::int64_t>(static_cast<double>(done_.count()) / std::min(share, 1.0)));
  show(doing);
}

void Progress::show(const std::string& doing) {
  if (!on_terminal_) return;
  auto text = bar_text(done_, all_, doing);
  if (text == shown_) return;
  fmt::print(stderr, "\r\033[K{}", text);
  std::fflush(stderr);
  shown_ = std::move(text);
}

void Progress::clear() {
  if (shown_.empty()) return;
  fmt::print(stderr, "\r\033[K");
  std::fflush(stderr);
  shown_.clear();
}

}  // namespace wayside::cli
