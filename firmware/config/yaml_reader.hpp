// A YAML document read strictly: every value knows where it stands (file, line, column) and what it is called, every
// read that does not fit becomes a Problem, and a map tells which of its keys no one asked for. Private to config. Used
// by one thread at a time; nothing throws.
//
// A Document and the list of problems must outlive the Values and MapReaders made of them.
#pragma once

#include <yaml-cpp/yaml.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.hpp"

namespace wayside::config {

// [a-z_][a-z0-9_]*: what names of points, groups and labels look like.
[[nodiscard]] bool is_metric_name(std::string_view text);

template <class E>
struct Choice {
  std::string_view name;
  E value;
};

class Value {
 public:
  Value(const Document& document, Problems& problems, YAML::Node node, YAML::Mark place, std::string name);
  // The root of a document.
  Value(const Document& document, Problems& problems);

  // That its document was read from.
  [[nodiscard]] const Files& files() const;
  [[nodiscard]] model::SourcePlace place() const;
  // Of the first character inside the quotes, where there are any.
  [[nodiscard]] model::SourcePlace text_place() const;
  // The same for every line of a text that is folded or has escapes. Empty where it cannot be told.
  [[nodiscard]] std::vector<model::TextPiece> text_pieces() const;
  [[nodiscard]] bool is_map() const { return node_.IsMap(); }
  [[nodiscard]] bool is_list() const { return node_.IsSequence(); }
  [[nodiscard]] const std::string& raw() const { return node_.Scalar(); }
  // "the number 12", "the text 'abc'", "a list", "nothing".
  [[nodiscard]] std::string found() const;

  void problem(std::string what) const;
  // At a byte of the text.
  void problem_at(std::size_t offset, std::string what) const;
  // "expected <what> for '<name>', found <...>".
  void expected(std::string_view what) const;

  // Each: the value; or none, and a problem is told.
  [[nodiscard]] std::optional<std::size_t> bytes(std::size_t least, std::size_t most) const;  // "16 MiB"
  [[nodiscard]] std::optional<std::string> text() const;    // not empty; a number or truth must be quoted
  [[nodiscard]] std::optional<std::string> scalar() const;  // any one word or text, as written
  [[nodiscard]] std::string path() const;                   // of a file, relative to this one; empty: a problem
  [[nodiscard]] std::optional<std::string> id() const;      // model::is_valid_id
  [[nodiscard]] std::optional<std::string> metric_name() const;
  [[nodiscard]] std::optional<std::int64_t> integer(std::int64_t least, std::int64_t most) const;
  [[nodiscard]] std::optional<double> number() const;
  [[nodiscard]] std::optional<double> number(double least, double most) const;
  [[nodiscard]] std::optional<bool> truth() const;
  [[nodiscard]] std::optional<std::chrono::microseconds> duration(std::chrono::microseconds least,
                                                                  std::chrono::microseconds most) const;
  [[nodiscard]] std::vector<Value> items() const;  // of a list; empty when it is none
  // A map of names to scalars, such as labels.
  [[nodiscard]] std::map<std::string, std::string> scalars() const;

  template <class E, std::size_t N>
  [[nodiscard]] std::optional<E> choice(const std::array<Choice<E>, N>& choices) const {
    std::vector<std::string> names;
    for (const auto& c : choices) names.emplace_back(c.name);
    const auto at = one_of(names);
    if (!at) return std::nullopt;
    return choices.at(*at).value;
  }
  // "unknown <what> '<text>'" and the nearest of the known ones.
  void unknown(std::string_view what, const std::vector<std::string>& known) const;

 private:
  friend class MapReader;
  [[nodiscard]] bool is_quoted() const { return node_.Tag() == "!"; }
  [[nodiscard]] model::SourcePlace place_of(const YAML::Mark& mark) const;
  [[nodiscard]] std::optional<std::size_t> one_of(const std::vector<std::string>& names) const;

  const Document* document_;
  Problems* problems_;
  YAML::Node node_;
  YAML::Mark mark_;
  std::string name_;  // "'unit'", "item 2 of 'range'"
};

class MapReader {
 public:
  // Tells a problem when it is no map, and for a key that stands twice.
  explicit MapReader(Value map);

  [[nodiscard]] const Value& self() const { return map_; }
  [[nodiscard]] bool has(std::string_view key) const;
  // The value of a key that may be missing.
  [[nodiscard]] std::optional<Value> find(std::string_view key);
  // The same; missing is a problem.
  [[nodiscard]] std::optional<Value> need(std::string_view key);
  // Tells the keys that were never asked for. Call it when all have been.
  void finish() const;
  // Every key and its value, for maps with free keys. Counts as asked for.
  [[nodiscard]] std::vector<std::pair<Value, Value>> entries() const;

 private:
  struct Entry {
    Value key;
    Value value;
    bool asked = false;
  };
  Value map_;
  std::vector<Entry> entries_;
  std::vector<std::string> known_;
};

// Puts what is read into `target`; leaves it as it is when there is nothing.
template <class T, class U>
void take(T& target, std::optional<U>&& value) {
  if (value) target = static_cast<T>(*std::move(value));
}

}  // namespace wayside::config
