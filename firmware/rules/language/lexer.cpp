#include "rules/language/lexer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>
#include <utility>

#include "rules/nearest.hpp"

namespace wayside::rules {
namespace {

using Word = std::pair<std::string_view, TokenKind>;

constexpr std::array<Word, 6> kWords{{{"and", TokenKind::word_and},
                                      {"or", TokenKind::word_or},
                                      {"not", TokenKind::word_not},
                                      {"true", TokenKind::word_true},
                                      {"false", TokenKind::word_false},
                                      {"by", TokenKind::word_by}}};

// Longest first: "<=" before "<".
constexpr std::array<Word, 17> kMarks{{{"==", TokenKind::equal},
                                       {"!=", TokenKind::not_equal},
                                       {"<=", TokenKind::less_equal},
                                       {">=", TokenKind::greater_equal},
                                       {"<", TokenKind::less},
                                       {">", TokenKind::greater},
                                       {"=", TokenKind::assign},
                                       {"+", TokenKind::plus},
                                       {"-", TokenKind::minus},
                                       {"*", TokenKind::star},
                                       {"/", TokenKind::slash},
                                       {",", TokenKind::comma},
                                       {"(", TokenKind::open_paren},
                                       {")", TokenKind::close_paren},
                                       {"{", TokenKind::open_brace},
                                       {"}", TokenKind::close_brace},
                                       {"[", TokenKind::open_bracket}}};

// What people write who come from other languages.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kHints{{{"&&", "write 'and'"},
                                                                               {"||", "write 'or'"},
                                                                               {"!", "write 'not'"},
                                                                               {"'", "write texts in double quotes"},
                                                                               {"&", "write 'and'"},
                                                                               {"|", "write 'or'"}}};

// Longest first: "ms" before "m".
constexpr std::array<std::pair<std::string_view, double>, 6> kTimeUnits{
    {{"ms", 1e-3}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {"w", 604800}}};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool begins_name(char c) { return (c >= 'a' && c <= 'z') || c == '_'; }
bool continues_name(char c) { return begins_name(c) || is_digit(c); }

class Lexer {
 public:
  Lexer(std::string_view text, const Parameters& parameters) : text_(text), parameters_(parameters) {}

  Tokens run() {
    while (!out_.error) {
      while (at_ < text_.size() && is_space(text_[at_])) ++at_;
      if (at_ == text_.size()) break;
      next();
    }
    out_.tokens.push_back({TokenKind::end, text_.size(), "end of expression", 0});
    return std::move(out_);
  }

 private:
  void next() {
    const char c = text_[at_];
    if (begins_name(c)) return name();
    if (is_digit(c) || (c == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]))) return number();
    if (c == '"') return quoted();
    if (c == '$') return parameter();
    for (const auto& [mark, kind] : kMarks) {
      if (text_.substr(at_).starts_with(mark)) return push(kind, mark.size());
    }
    stray();
  }

  void push(TokenKind kind, std::size_t size) {
    out_.tokens.push_back({kind, at_, std::string(text_.substr(at_, size)), 0});
    at_ += size;
  }

  void name() {
    std::size_t end = at_;
    while (end < text_.size() && continues_name(text_[end])) ++end;
    const auto word = text_.substr(at_, end - at_);
    if (end < text_.size() && is_upper(text_[end])) return fail_upper(end);
    for (const auto& [keyword, kind] : kWords) {
      if (word == keyword) return push(kind, word.size());
    }
    push(TokenKind::name, word.size());
  }

  void number() {
    double value = 0;
    const char* const first = text_.data() + at_;
    const auto [end, ec] = std::from_chars(first, text_.data() + text_.size(), value);
    const auto size = static_cast<std::size_t>(end - first);
    if (ec != std::errc{} || !std::isfinite(value)) {
      return fail(at_, fmt::format("the number {} is too large or too small", std::string_view(first, size)));
    }
    const std::size_t after = at_ + size;
    if (const auto end_of_unit = after + unit_at(after).first.size(); end_of_unit != after) return duration();
    if (after < text_.size() && (continues_name(text_[after]) || is_upper(text_[after]) || text_[after] == '.')) {
      return fail(after, fmt::format("unexpected '{}' after a number", text_[after]));
    }
    push(TokenKind::number, size);
    out_.tokens.back().number = value;
  }

  // The unit of time that stands there, and no longer word.
  [[nodiscard]] std::pair<std::string_view, double> unit_at(std::size_t at) const {
    const auto rest = text_.substr(std::min(at, text_.size()));
    for (const auto& unit : kTimeUnits) {
      const auto size = unit.first.size();
      if (!rest.starts_with(unit.first)) continue;
      if (rest.size() > size && (begins_name(rest[size]) || is_upper(rest[size]))) continue;
      return unit;
    }
    return {};
  }

  // 1h30m: each piece a number and its unit.
  void duration() {
    const std::size_t first = at_;
    double seconds = 0;
    std::size_t end = at_;
    while (end < text_.size() && is_digit(text_[end])) {
      double count = 0;
      const auto [stop, ec] = std::from_chars(text_.data() + end, text_.data() + text_.size(), count);
      const auto after = static_cast<std::size_t>(stop - text_.data());
      const auto [unit, factor] = unit_at(after);
      if (ec != std::errc{} || unit.empty()) break;
      seconds += count * factor;
      end = after + unit.size();
    }
    const bool whole = end > first && (end == text_.size() || !(continues_name(text_[end]) || is_upper(text_[end])));
    if (!whole) {
      return fail(first, fmt::format("'{}' is no duration, write 500ms, 30s, 5m, 1h30m or 2d",
                                     text_.substr(first, text_.find_first_of(" ,)", first) - first)));
    }
    push(TokenKind::duration, end - first);
    out_.tokens.back().number = seconds;
  }

  void quoted() {
    std::string value;
    for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
      if (text_[i] == '"') {
        out_.tokens.push_back({TokenKind::text, at_, std::move(value), 0});
        at_ = i + 1;
        return;
      }
      if (text_[i] == '\\' && i + 1 < text_.size()) ++i;
      value += text_[i];
    }
    fail(at_, "this text has no closing '\"'");
  }

  void parameter() {
    std::size_t end = at_ + 1;
    while (end < text_.size() && continues_name(text_[end])) ++end;
    const std::string name(text_.substr(at_ + 1, end - at_ - 1));
    const auto found = parameters_.find(name);
    if (found == parameters_.end()) {
      std::set<std::string> known;
      for (const auto& parameter : parameters_) known.insert(parameter.first);
      return fail(at_, fmt::format("there is no parameter \"{}\"{}", name, nearest_hint(name, known)));
    }
    Token token = value_of(found->second);
    token.offset = at_;
    token.text = token.kind == TokenKind::text ? found->second : "$" + name;
    out_.tokens.push_back(std::move(token));
    at_ = end;
  }

  static Token value_of(const std::string& value) {
    const bool negative = value.starts_with('-');
    static const Parameters kNone;
    auto [tokens, error] = Lexer(std::string_view(value).substr(negative ? 1 : 0), kNone).run();
    const auto kind = tokens.front().kind;
    if (error || tokens.size() != 2 || (kind != TokenKind::number && kind != TokenKind::duration)) {
      return {TokenKind::text, 0, {}, 0};
    }
    if (negative) tokens.front().number = -tokens.front().number;
    return tokens.front();
  }

  void stray() {
    const auto rest = text_.substr(at_);
    if (is_upper(rest[0])) return fail_upper(at_);
    for (const auto& [mark, hint] : kHints) {
      if (rest.starts_with(mark)) return fail(at_, fmt::format("unexpected '{}' in expression, {}", mark, hint));
    }
    const auto byte = static_cast<unsigned char>(rest[0]);
    if (byte < 0x20U || byte == 0x7FU) return fail(at_, fmt::format("unexpected byte 0x{:02x} in expression", byte));
    std::size_t size = 1;  // a character of UTF-8 is named whole
    while (size < rest.size() && byte >= 0x80U && (static_cast<unsigned char>(rest[size]) & 0xC0U) == 0x80U) ++size;
    fail(at_, fmt::format("unexpected '{}' in expression", rest.substr(0, size)));
  }

  void fail_upper(std::size_t offset) {
    fail(offset, fmt::format("unexpected '{}' in expression, names and words are lower case", text_[offset]));
  }

  void fail(std::size_t offset, std::string what) { out_.error = SyntaxError{offset, std::move(what)}; }

  std::string_view text_;
  const Parameters& parameters_;
  std::size_t at_ = 0;
  Tokens out_;
};

}  // namespace

Tokens tokenize(std::string_view text, const Parameters& parameters) { return Lexer(text, parameters).run(); }

}  // namespace wayside::rules
