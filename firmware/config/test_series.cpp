#include "config/test_series.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/nearest.hpp"

namespace wayside::config {
namespace {

using model::Quality;

constexpr std::array<std::pair<std::string_view, Quality>, 16> kQualities{{
    {"good", Quality::good},
    {"uncertain", Quality::uncertain},
    {"uncertain_last_usable", Quality::uncertain_last_usable},
    {"uncertain_initial_value", Quality::uncertain_initial_value},
    {"uncertain_sensor_not_accurate", Quality::uncertain_sensor_not_accurate},
    {"uncertain_range_exceeded", Quality::uncertain_range_exceeded},
    {"uncertain_sub_normal", Quality::uncertain_sub_normal},
    {"bad", Quality::bad},
    {"bad_communication_error", Quality::bad_communication_error},
    {"bad_no_communication", Quality::bad_no_communication},
    {"bad_invalid_timestamp", Quality::bad_invalid_timestamp},
    {"bad_configuration_error", Quality::bad_configuration_error},
    {"bad_not_connected", Quality::bad_not_connected},
    {"bad_device_failure", Quality::bad_device_failure},
    {"bad_sensor_failure", Quality::bad_sensor_failure},
    {"bad_out_of_service", Quality::bad_out_of_service},
}};

constexpr bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool in_word(char c) { return (c >= 'a' && c <= 'w') || c == 'y' || c == 'z' || c == '_'; }

}  // namespace

std::optional<Quality> parse_quality(std::string_view text) {
  for (const auto& [name, quality] : kQualities) {
    if (name == text) return quality;
  }
  return std::nullopt;
}

std::vector<std::string> quality_names() {
  std::vector<std::string> out;
  for (const auto& [name, quality] : kQualities) out.emplace_back(name);
  return out;
}

std::string_view quality_name(Quality quality) {
  for (const auto& [name, known] : kQualities) {
    if (known == quality) return name;
  }
  return model::to_string(quality);
}

// One call a kind of word. Each returns false after an error; the first error stays.
class TestValuesParser {
 public:
  explicit TestValuesParser(std::string_view text) : text_(text) {}

  TestValues::Parsed run() {
    TestValues values;
    if (words(values, 0) && here() == ')') fail(at_, "this ')' closes nothing");
    if (error_.empty() && values.size() == 0) fail(0, "there are no samples in it");
    TestValues::Parsed out;
    out.values = std::move(values);
    out.values.names_ = std::move(names_);
    out.error = std::move(error_);
    out.offset = offset_;
    return out;
  }

 private:
  using Kind = TestSample::Kind;
  using Run = TestValues::Run;

  [[nodiscard]] char here() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool words(TestValues& out, int depth) {
    for (;;) {
      while (is_blank(here())) ++at_;
      if (at_ >= text_.size() || here() == ')') return true;
      const auto begin = at_;
      if (++count_ > TestValues::kMostWords)
        return fail(begin, fmt::format("more than {} words", TestValues::kMostWords));
      Run run;
      std::uint64_t samples = 0;
      if (!(here() == '(' ? group(run, samples, depth) : word(run, samples))) return false;
      if (at_ < text_.size() && !is_blank(here()) && here() != ')') return fail(begin, not_a_word(begin));
      run.end = out.size() + samples;
      if (run.end > TestValues::kMostSamples) {
        return fail(begin, fmt::format("more than {} samples", TestValues::kMostSamples));
      }
      out.runs_.push_back(std::move(run));
    }
  }

  bool group(Run& run, std::uint64_t& samples, int depth) {
    const auto open = at_++;
    if (depth + 1 > TestValues::kDeepest) {
      return fail(open, fmt::format("parentheses deeper than {}", TestValues::kDeepest));
    }
    TestValues inner;
    if (!words(inner, depth + 1)) return false;
    if (here() != ')') return fail(open, "this '(' is not closed");
    ++at_;
    if (inner.size() == 0) return fail(open, "there is nothing in these parentheses");
    const auto times = repeated();
    if (!times) return false;
    samples = inner.size() * times->value_or(1);  // both at most a billion
    run.group = std::make_shared<const TestValues>(std::move(inner));
    return true;
  }

  bool word(Run& run, std::uint64_t& samples) {
    const char c = here();
    bool measured = true;
    if (c == '"') {
      if (!quoted(run.first)) return false;
    } else if (is_digit(c) || c == '-' || c == '.') {
      if (!number(run)) return false;
    } else if (!named(run.first, measured)) {
      return false;
    }
    if (measured && here() == '?') {
      run.first.quality = Quality::uncertain;
      ++at_;
    }
    const auto times = repeated();
    if (!times) return false;
    samples = times->value_or(measured ? 0 : 1) + (measured ? 1 : 0);
    return true;
  }

  bool number(Run& run) {
    if (!plain_number(run.first.number)) return false;
    const char sign = here();
    if (sign != '+' && sign != '-') return true;
    ++at_;
    if (!plain_number(run.step)) return false;
    if (sign == '-') run.step = -run.step;
    if (here() == 'x' || here() == '?') return true;
    return fail(at_, "how many samples? write 1+2x3 for 1 3 5 7");
  }

  bool plain_number(double& out) {
    const auto begin = at_;
    const auto [end, ec] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), out);
    if (ec != std::errc{} || !std::isfinite(out)) return fail(begin, not_a_word(begin));
    at_ = static_cast<std::size_t>(end - text_.data());
    return true;
  }

  bool quoted(TestSample& out) {
    const auto end = text_.find('"', at_ + 1);
    if (end == std::string_view::npos) return fail(at_, "this text has no closing '\"'");
    out.kind = Kind::name;
    out.name = text_.substr(at_ + 1, end - at_ - 1);
    names_.insert(out.name);
    at_ = end + 1;
    return true;
  }

  bool named(TestSample& out, bool& measured) {
    const auto begin = at_;
    while (at_ < text_.size() && in_word(here())) ++at_;
    const auto name = text_.substr(begin, at_ - begin);
    measured = name == "true" || name == "false";
    if (measured) {
      out.kind = Kind::truth;
      out.number = name == "true" ? 1 : 0;
      return true;
    }
    out.kind = name == "_" ? Kind::none : name == "stale" ? Kind::stale : Kind::bad;
    if (out.kind != Kind::bad) return true;
    const auto quality = parse_quality(name);
    if (!quality || !model::is_bad(*quality)) return fail(begin, not_a_word(begin));
    out.quality = *quality;
    return true;
  }

  // The number behind an 'x', none without one. None at all: an error.
  std::optional<std::optional<std::uint64_t>> repeated() {
    if (here() != 'x') return std::optional<std::uint64_t>{};
    const auto begin = ++at_;
    std::uint64_t times = 0;
    const auto [end, ec] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), times);
    at_ = static_cast<std::size_t>(end - text_.data());
    if (at_ == begin || ec == std::errc::invalid_argument) {
      fail(begin, "a whole number must follow the 'x', such as 5x20");
    } else if (ec != std::errc{} || times > TestValues::kMostSamples) {
      fail(begin, fmt::format("more than {} samples", TestValues::kMostSamples));
    } else {
      return std::optional(times);
    }
    return std::nullopt;
  }

  [[nodiscard]] std::string not_a_word(std::size_t begin) const {
    constexpr std::size_t kShown = 40;
    auto end = begin;
    while (end < text_.size() && !is_blank(text_[end])) ++end;
    const auto word = std::string(text_.substr(begin, std::min(end - begin, kShown)));
    std::vector<std::string> known{"true", "false", "stale"};
    for (auto& name : quality_names()) {
      if (name.starts_with("bad")) known.push_back(std::move(name));
    }
    const auto near = base::nearest(word, known);
    return fmt::format("'{}' is no word of a series{}", word,
                       near ? fmt::format("; did you mean '{}'?", *near)
                            : "; write 5, 5x20, 1+2x3, \"name\", bad, stale, _ or (...)x3");
  }

  bool fail(std::size_t offset, std::string what) {
    if (!error_.empty()) return false;
    error_ = std::move(what);
    offset_ = offset;
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t count_ = 0;
  std::set<std::string> names_;
  std::string error_;
  std::size_t offset_ = 0;
};

TestValues::Parsed TestValues::parse(std::string_view text) { return TestValuesParser(text).run(); }

TestSample TestValues::at(std::uint64_t i) const {
  const auto run = std::ranges::upper_bound(runs_, i, {}, &Run::end);
  const auto begin = run == runs_.begin() ? 0 : std::prev(run)->end;
  if (run->group) return run->group->at((i - begin) % run->group->size());
  auto out = run->first;
  out.number += run->step * static_cast<double>(i - begin);
  return out;
}

}  // namespace wayside::config
