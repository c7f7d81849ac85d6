#include "cli/redact.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace wayside::cli {
namespace {

constexpr std::array<std::string_view, 4> kSecret{"password", "secret", "token", "passphrase"};
constexpr std::string_view kLeftOut = "(left out)";

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

// The key that ends before the colon at `colon`.
std::string key_before(std::string_view line, std::size_t colon) {
  auto end = colon;
  while (end > 0 && (line[end - 1] == '"' || line[end - 1] == '\'' || line[end - 1] == ' ')) --end;
  auto begin = end;
  while (begin > 0 && is_word(line[begin - 1])) --begin;
  return lower(std::string(line.substr(begin, end - begin)));
}

// The value from `at` on, in one line of YAML: up to its closing quote, or to a comma or a brace of flow style.
std::size_t value_end(std::string_view line, std::size_t at) {
  while (at < line.size() && line[at] == ' ') ++at;
  if (at < line.size() && (line[at] == '"' || line[at] == '\'')) {
    const auto close = line.find(line[at], at + 1);
    return close == std::string_view::npos ? line.size() : close + 1;
  }
  return std::min(line.find_first_of(",}", at), line.size());
}

std::string line_without_secrets(std::string line) {
  for (std::size_t colon = line.find(':'); colon != std::string::npos; colon = line.find(':', colon + 1)) {
    const auto key = key_before(line, colon);
    const bool secret = std::ranges::any_of(kSecret, [&key](std::string_view word) { return key.ends_with(word); });
    if (!secret) continue;
    const auto end = value_end(line, colon + 1);
    line = line.substr(0, colon + 1) + " " + std::string(kLeftOut) + line.substr(end);
  }
  for (std::size_t at = line.find("://"); at != std::string::npos; at = line.find("://", at + 3)) {
    const auto host = line.find_first_of("@/ \"'", at + 3);
    if (host == std::string::npos || line[host] != '@') continue;
    line = line.substr(0, at + 3) + std::string(kLeftOut) + line.substr(host);
  }
  return line;
}

// As a word of its own: "cam-1" is not in "cam-12".
bool names(std::string_view line, const std::string& device) {
  for (auto at = line.find(device); at != std::string_view::npos; at = line.find(device, at + 1)) {
    const auto end = at + device.size();
    if ((at == 0 || !is_word(line[at - 1])) && (end == line.size() || !is_word(line[end]))) return true;
  }
  return false;
}

template <class Change>
std::string each_line(const std::string& text, Change change) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    out += change(text.substr(at, end - at)) + "\n";
    at = end + 1;
  }
  return out;
}

}  // namespace

std::string without_secrets(const std::string& yaml) { return each_line(yaml, line_without_secrets); }

std::string without_devices(const std::string& text, const std::vector<std::string>& devices) {
  return each_line(text, [&devices](const std::string& line) {
    for (const auto& device : devices) {
      if (names(line, device)) return fmt::format("(a line about {}, which has sensitive points, is left out)", device);
    }
    return line;
  });
}

}  // namespace wayside::cli
