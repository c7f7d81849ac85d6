#include "cli/output.hpp"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "cli/text_width.hpp"
#include "cli/translation.hpp"
#include "control/client.hpp"

namespace wayside::cli {
namespace {

bool colours() { return ::isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr; }

// How wide each column is in a table of `limit` columns.
std::vector<std::size_t> fitted(std::vector<std::size_t> widths, const Row& head, std::vector<std::size_t> may_shrink,
                                std::size_t limit) {
  may_shrink.insert(may_shrink.begin(), head.size() - 1);
  std::size_t total = 2 * (head.size() - 1);
  for (const auto width : widths) total += width;
  for (const auto column : may_shrink) {
    if (total <= limit) break;
    const auto least = std::min(widths[column], std::max(width_of(head[column]), kLeastColumn));
    const auto taken = std::min(total - limit, widths[column] - least);
    widths[column] -= taken;
    total -= taken;
  }
  return widths;
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

std::optional<std::size_t> terminal_width() {
  winsize size{};
  if (::isatty(STDOUT_FILENO) == 0) return std::nullopt;
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void print_table(const Row& head, const std::vector<Row>& rows, const std::vector<std::size_t>& may_shrink) {
  std::vector<std::size_t> widths;
  for (const auto& cell : head) widths.push_back(width_of(cell));
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  const auto limit = terminal_width();
  if (limit) widths = fitted(std::move(widths), head, may_shrink, *limit);
  const auto print_row = [&widths, limit](const Row& row) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto cell = limit ? cut_to(row[i], widths[i]) : row[i];
      line += cell;
      if (i + 1 < row.size()) line += std::string(widths[i] - width_of(cell) + 2, ' ');
    }
    // Narrower than its least: better cut than wrapped into the next row.
    fmt::print("{}\n", limit ? cut_to(line, *limit) : line);
  };
  print_row(head);
  for (const auto& row : rows) print_row(row);
}

void print_wrapped(const std::string& head, std::size_t indent, const std::string& text) {
  const auto lead = head + std::string(indent - std::min(indent, width_of(head)), ' ');
  const auto width = terminal_width();
  if (!width || *width < 2 * indent) return fmt::print("{}{}\n", lead, text);
  bool first = true;
  for (const auto& line : wrapped(text, *width - indent, 0)) {
    fmt::print("{}{}\n", first ? lead : std::string(indent, ' '), line);
    first = false;
  }
}

std::string coloured(const std::string& text, Colour colour) {
  if (!colours()) return text;
  switch (colour) {
    case Colour::plain: return text;
    case Colour::good: return "\033[32m" + text + "\033[0m";
    case Colour::warning: return "\033[33m" + text + "\033[0m";
    case Colour::bad: return "\033[31;1m" + text + "\033[0m";
    case Colour::faint: return "\033[2m" + text + "\033[0m";
  }
  return text;
}

std::string for_people(std::int64_t microseconds) {
  if (microseconds < 0) return tr("never");
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
