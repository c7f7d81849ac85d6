#include "cli/output.hpp"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "control/client.hpp"

namespace wayside::cli {
namespace {

std::size_t terminal_width() {
  winsize size{};
  if (::isatty(STDOUT_FILENO) == 0) return 0;  // a pipe or file: nothing is cut
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

bool colours() { return ::isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr; }

// Columns on the screen: continuation bytes of UTF-8 and colour sequences take none.
std::size_t width_of(const std::string& text) {
  std::size_t width = 0;
  bool escape = false;
  for (const char c : text) {
    if (c == '\033') escape = true;
    if (!escape && (static_cast<unsigned char>(c) & 0xC0U) != 0x80U) ++width;
    if (c == 'm') escape = false;
  }
  return width;
}

}  // namespace

std::optional<control::v1::Response> ask(const Common& common, const control::v1::Request& request, int& exit_code,
                                         int stop) {
  exit_code = kExitUnavailable;
  auto client = control::Client::connect(common.socket);
  if (!client) {
    fmt::print(stderr, "wayside: {}\n", client.error().what);
    return std::nullopt;
  }
  if (const auto sent = client->send(request); !sent) {
    fmt::print(stderr, "wayside: {}\n", sent.error().what);
    return std::nullopt;
  }
  auto response = client->receive(stop);
  if (!response) {
    if (response.error().code == base::Errc::cancelled) {
      exit_code = kStopped;
      return std::nullopt;
    }
    fmt::print(stderr, "wayside: {}\n", response.error().what);
    return std::nullopt;
  }
  if (response->response_case() == control::v1::Response::kError) {
    fmt::print(stderr, "wayside: {}\n", response->error());
    exit_code = 1;
    return std::nullopt;
  }
  exit_code = 0;
  return std::move(*response);
}

void print_json(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  options.add_whitespace = true;
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(message, &text, options);
  fmt::print("{}", status.ok() ? text : "{}\n");
}

void print_table(const Row& head, const std::vector<Row>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& cell : head) widths.push_back(width_of(cell));
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  const std::size_t limit = terminal_width();
  const auto print_row = [&widths, limit](const Row& row) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool last = i + 1 == row.size();
      std::string cell = row[i];
      if (last && limit > 0) {
        while (!cell.empty() && width_of(line) + width_of(cell) > limit) cell.pop_back();
      }
      line += cell;
      if (!last) line += std::string(widths[i] - width_of(cell) + 2, ' ');
    }
    fmt::print("{}\n", line);
  };
  print_row(head);
  for (const auto& row : rows) print_row(row);
}

std::string coloured(const std::string& text, Colour colour) {
  if (!colours()) return text;
  switch (colour) {
    case Colour::plain: return text;
    case Colour::good: return "\033[32m" + text + "\033[0m";
    case Colour::bad: return "\033[31;1m" + text + "\033[0m";
    case Colour::faint: return "\033[2m" + text + "\033[0m";
  }
  return text;
}

std::string for_people(std::int64_t microseconds) {
  if (microseconds < 0) return "never";
  const auto seconds = microseconds / 1'000'000;
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 120 * 60) return fmt::format("{} min", seconds / 60);
  if (seconds < 48 * 3600) return fmt::format("{} h", seconds / 3600);
  return fmt::format("{} d", seconds / 86400);
}

std::string bytes_for_people(std::uint64_t bytes) {
  if (bytes < 10'000) return fmt::format("{} B", bytes);
  if (bytes < 10'000'000) return fmt::format("{} kB", bytes / 1000);
  return fmt::format("{} MB", bytes / 1'000'000);
}

}  // namespace wayside::cli
