#include "cli/watch_loop.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "cli/interrupt.hpp"
#include "cli/translation.hpp"

namespace wayside::cli {
namespace {

// ECMA-48: erase the line to its end, the screen to its end, move.
constexpr const char* kClearLine = "\033[K";
constexpr const char* kClearBelow = "\033[J";
constexpr const char* kHomeAndClear = "\033[H\033[2J";

// What the command printed, taken from standard output by the C library; what it asks of the terminal it still gets.
std::string printed(const std::function<int()>& command, int& status) {
  char* text = nullptr;
  std::size_t size = 0;
  FILE* const real = stdout;
  FILE* const memory = ::open_memstream(&text, &size);
  if (memory == nullptr) {
    status = command();
    return {};
  }
  std::fflush(real);
  stdout = memory;
  status = command();
  stdout = real;
  std::fclose(memory);
  std::string out(text, size);
  std::free(text);
  return out;
}

std::vector<std::string> lines_of(const std::string& text, std::size_t most) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  if (most > 1 && out.size() >= most) {
    const auto more = out.size() - (most - 2);
    out.resize(most - 2);
    out.push_back(tr_format(".. {} lines more: a larger terminal shows them", more));
  }
  return out;
}

void put(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

}  // namespace

std::size_t terminal_height() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 ? size.ws_row : 24;
}

std::string redraw(const std::vector<std::string>& before, const std::vector<std::string>& after) {
  std::string out = before.empty() ? kHomeAndClear : "";
  for (std::size_t i = 0; i < after.size(); ++i) {
    if (i < before.size() && before[i] == after[i]) continue;
    out += fmt::format("\033[{};1H{}{}", i + 1, after[i], kClearLine);
  }
  if (out.empty() && after.size() == before.size()) return out;
  out += fmt::format("\033[{};1H", after.size() + 1);
  if (after.size() < before.size()) out += kClearBelow;
  return out;
}

int watch(double seconds, const std::function<int()>& command) {
  const Interrupt interrupt;
  const bool terminal = ::isatty(STDOUT_FILENO) != 0;
  std::vector<std::string> shown;
  bool first = true;
  for (;;) {
    int status = 0;
    const auto text = printed(command, status);
    if (terminal) {
      auto lines = lines_of(text, terminal_height());
      put(redraw(shown, lines));
      shown = std::move(lines);
    } else {
      put((first ? "" : "\n") + text);
    }
    first = false;
    if (status != 0) return status;
    pollfd ready{interrupt.fd(), POLLIN, 0};
    if (::poll(&ready, 1, static_cast<int>(seconds * 1000)) > 0) break;
  }
  if (terminal) put("\n");
  return 0;
}

}  // namespace wayside::cli
