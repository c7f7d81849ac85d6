#include "config/import/toml_check.hpp"

#include <algorithm>
#include <string>

namespace wayside::config {
namespace {

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

class Scan {
 public:
  explicit Scan(std::string_view text) : text_(text) {}

  std::optional<int> line() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (!is_ascii(c)) return line_here();
      if (c == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (c == '"' || c == '\'') {
        if (!skip_quoted(c)) return bare_ ? std::optional(line_here()) : std::nullopt;
      } else {
        ++at_;
      }
    }
    return std::nullopt;
  }

 private:
  int line_here() const {
    const auto* const here = text_.begin() + static_cast<std::ptrdiff_t>(std::min(at_, text_.size()));
    return 1 + static_cast<int>(std::count(text_.begin(), here, '\n'));
  }

  // False: it is never closed, and the parser goes no further either; or a letter stands bare in it.
  bool skip_quoted(char quote) {
    const bool is_long = text_.substr(at_).starts_with(std::string(3, quote));
    at_ += is_long ? 3U : 1U;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\n' && !is_long) return false;
      if (c == '\\' && quote == '"') {
        if (!skip_escape()) return false;
      } else if (c == quote && (!is_long || text_.substr(at_).starts_with(std::string(3, quote)))) {
        at_ += is_long ? 3U : 1U;
        // One or two quotes more are the end of what is quoted.
        for (int more = 0; is_long && more < 2 && at_ < text_.size() && text_[at_] == quote; ++more) ++at_;
        return true;
      } else {
        ++at_;
      }
    }
    return false;
  }

  // A letter beyond ASCII is no escape either.
  bool skip_escape() {
    const auto next = std::min(text_.find_first_not_of(" \t\r\v\f\n", at_ + 1), text_.size());
    bare_ = next < text_.size() && !is_ascii(text_[next]);
    // The sign that is escaped, or the first one after the end of the line: that may close what is quoted.
    at_ = next == at_ + 1 ? std::min(next + 1, text_.size()) : next;
    return !bare_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool bare_ = false;
};

}  // namespace

std::optional<int> line_of_bare_letter(std::string_view toml) { return Scan(toml).line(); }

}  // namespace wayside::config
