#include "cli/json_text.hpp"

#include <fmt/format.h>

#include "base/json.hpp"

namespace wayside::cli {

std::string json_text(std::string_view text) { return base::json_text(text); }

std::string json_list(const std::vector<std::string>& values) { return fmt::format("[{}]", fmt::join(values, ", ")); }

std::string json_object(std::initializer_list<std::pair<std::string_view, std::string>> members) {
  std::string out;
  for (const auto& [name, value] : members) {
    out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", json_text(name), value);
  }
  return "{" + out + "}";
}

std::string json_problems(const std::vector<config::Problem>& problems) {
  std::vector<std::string> out;
  for (const auto& problem : problems) {
    out.push_back(json_object({{"file", json_text(problem.place.file)},
                               {"line", std::to_string(problem.place.line)},
                               {"column", std::to_string(problem.place.column)},
                               {"what", json_text(problem.what)}}));
  }
  return json_list(out);
}

}  // namespace wayside::cli
