#include "daemon/metrics_text.hpp"

#include <fmt/format.h>

#include <cmath>

namespace wayside::daemon {
namespace {

void escape(std::string_view text, bool quotes, std::string& out) {
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
}

}  // namespace

void MetricsText::family(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  text_ += fmt::format("# HELP {} ", name);
  escape(help, false, text_);
  text_ += fmt::format("\n# TYPE {} {}\n", name, type);
}

void MetricsText::line(std::string_view suffix, double value, Labels labels) {
  text_ += name_;
  text_ += suffix;
  const char* separator = "{";
  for (const auto& [key, text] : labels) {
    text_ += separator;
    text_ += key;
    text_ += "=\"";
    escape(text, true, text_);
    text_ += '"';
    separator = ",";
  }
  if (labels.size() > 0) text_ += '}';
  if (std::isfinite(value)) {
    text_ += fmt::format(" {}\n", value);
  } else {
    text_ += std::isnan(value) ? " NaN\n" : value > 0 ? " +Inf\n" : " -Inf\n";
  }
}

}  // namespace wayside::daemon
