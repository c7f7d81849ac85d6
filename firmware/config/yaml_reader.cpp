#include "config/yaml_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/nearest.hpp"
#include "config/scalars.hpp"
#include "config/text_places.hpp"
#include "model/ids.hpp"

namespace wayside::config {
namespace {

bool is_name(std::string_view text) { return !text.empty() && text.find_first_of("\n\r") == std::string_view::npos; }

}  // namespace

bool is_metric_name(std::string_view text) {
  const auto first = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  const auto other = [first](char c) { return first(c) || (c >= '0' && c <= '9'); };
  return !text.empty() && first(text.front()) && std::ranges::all_of(text, other);
}

Value::Value(const Document& document, Problems& problems, YAML::Node node, YAML::Mark place, std::string name)
    : document_(&document), problems_(&problems), node_(std::move(node)), mark_(place), name_(std::move(name)) {}

Value::Value(const Document& document, Problems& problems)
    : Value(document, problems, document.root, document.root.Mark(), "the file") {}

model::SourcePlace Value::place_of(const YAML::Mark& mark) const {
  return {document_->file, std::max(mark.line, 0) + 1, std::max(mark.column, 0) + 1};
}

const Files& Value::files() const { return *document_->files; }

model::SourcePlace Value::place() const { return place_of(mark_); }

model::SourcePlace Value::text_place() const {
  auto out = place();
  // yaml-cpp gives block scalars the tag of quoted ones: look at the character itself.
  const auto at = static_cast<std::size_t>(std::max(mark_.pos, 0));
  const char c = at < document_->text.size() ? document_->text[at] : ' ';
  if (is_quoted() && (c == '"' || c == '\'')) ++out.column;
  return out;
}

std::vector<model::TextPiece> Value::text_pieces() const {
  if (!node_.IsScalar() || mark_.pos < 0) return {};
  return find_text(document_->text, {static_cast<std::size_t>(mark_.pos), place().line, place().column}, raw());
}

std::string Value::found() const {
  if (node_.IsMap()) return "a map";
  if (node_.IsSequence()) return "a list";
  if (!node_.IsScalar()) return "nothing";
  const auto& word = node_.Scalar();
  if (is_quoted()) return fmt::format("the text '{}'", word);
  if (parse_number(word)) return fmt::format("the number {}", word);
  if (parse_truth(word)) return fmt::format("the truth {}", word);
  return fmt::format("the text '{}'", word);
}

void Value::problem(std::string what) const { problems_->push_back({place(), std::move(what)}); }

void Value::problem_at(std::size_t offset, std::string what) const {
  problems_->push_back({model::place_in({raw(), text_place(), text_pieces()}, offset), std::move(what)});
}

void Value::expected(std::string_view what) const {
  problem(fmt::format("expected {} for {}, found {}", what, name_, found()));
}

void Value::unknown(std::string_view what, const std::vector<std::string>& known) const {
  problem(fmt::format("unknown {} '{}'{}", what, raw(), base::hint(raw(), known)));
}

std::optional<std::string> Value::scalar() const {
  if (node_.IsScalar()) return node_.Scalar();
  expected("a text");
  return std::nullopt;
}

std::optional<std::string> Value::text() const {
  const auto word = scalar();
  if (!word) return std::nullopt;
  if (word->empty()) {
    expected("a text that is not empty");
    return std::nullopt;
  }
  if (!is_quoted() && (parse_number(*word) || parse_truth(*word))) {
    problem(fmt::format("expected a text for {}, found {}; write \"{}\"", name_, found(), *word));
    return std::nullopt;
  }
  return word;
}

std::string Value::path() const {
  const auto given = text();
  return given ? relative_to(document_->file, *given) : "";
}

std::optional<std::string> Value::id() const {
  auto word = text();
  if (word && !model::is_valid_id(*word)) {
    expected("an id of 1 to 32 characters a-z, 0-9 and '-'");
    return std::nullopt;
  }
  return word;
}

std::optional<std::string> Value::metric_name() const {
  auto word = text();
  if (word && !is_metric_name(*word)) {
    expected("a name of a-z, 0-9 and '_' that does not begin with a digit");
    return std::nullopt;
  }
  return word;
}

std::optional<std::int64_t> Value::integer(std::int64_t least, std::int64_t most) const {
  const auto value = node_.IsScalar() && !is_quoted() ? parse_integer(node_.Scalar()) : std::nullopt;
  if (value && *value >= least && *value <= most) return value;
  expected(fmt::format("a whole number from {} to {}", least, most));
  return std::nullopt;
}

std::optional<double> Value::number() const {
  const auto value = node_.IsScalar() && !is_quoted() ? parse_number(node_.Scalar()) : std::nullopt;
  if (!value) expected("a number");
  return value;
}

std::optional<double> Value::number(double least, double most) const {
  const auto value = node_.IsScalar() && !is_quoted() ? parse_number(node_.Scalar()) : std::nullopt;
  if (value && *value >= least && *value <= most) return value;
  expected(fmt::format("a number from {} to {}", least, most));
  return std::nullopt;
}

std::optional<bool> Value::truth() const {
  const auto value = node_.IsScalar() && !is_quoted() ? parse_truth(node_.Scalar()) : std::nullopt;
  if (!value) expected("true or false");
  return value;
}

std::optional<std::chrono::microseconds> Value::duration(std::chrono::microseconds least,
                                                         std::chrono::microseconds most) const {
  if (!node_.IsScalar()) {
    expected("a duration such as 500ms, 1s or 2m");
    return std::nullopt;
  }
  const auto value = parse_duration(node_.Scalar());
  if (!value) {
    problem(fmt::format("bad duration '{}' for {}: {}", raw(), name_, value.error().what));
    return std::nullopt;
  }
  if (*value >= least && *value <= most) return *value;
  problem(fmt::format("expected a duration from {} to {} for {}, found {}", duration_text(least), duration_text(most),
                      name_, raw()));
  return std::nullopt;
}

std::optional<std::size_t> Value::bytes(std::size_t least, std::size_t most) const {
  const auto value = node_.IsScalar() ? parse_bytes(node_.Scalar()) : std::nullopt;
  if (value && *value >= least && *value <= most) return value;
  expected(fmt::format("a size from {} to {}", bytes_text(least), bytes_text(most)));
  return std::nullopt;
}

std::vector<Value> Value::items() const {
  std::vector<Value> out;
  if (!node_.IsSequence()) {
    expected("a list");
    return out;
  }
  for (const auto& item : node_) {
    const auto mark = item.IsNull() ? mark_ : item.Mark();
    out.emplace_back(*document_, *problems_, item, mark, fmt::format("item {} of {}", out.size() + 1, name_));
  }
  return out;
}

std::map<std::string, std::string> Value::scalars() const {
  std::map<std::string, std::string> out;
  for (const auto& [key, value] : MapReader(*this).entries()) {
    const auto name = key.metric_name();
    const auto word = value.scalar();
    if (name && word) out.emplace(*name, *word);
  }
  return out;
}

std::optional<std::size_t> Value::one_of(const std::vector<std::string>& names) const {
  if (!node_.IsScalar()) {
    expected(fmt::format("one of {}", fmt::join(names, ", ")));
    return std::nullopt;
  }
  const auto at = std::ranges::find(names, raw());
  if (at != names.end()) return static_cast<std::size_t>(at - names.begin());
  problem(fmt::format("expected one of {} for {}, found '{}'", fmt::join(names, ", "), name_, raw()));
  if (const auto near = base::nearest(raw(), names))
    problems_->back().what += fmt::format("; did you mean '{}'?", *near);
  return std::nullopt;
}

MapReader::MapReader(Value map) : map_(std::move(map)) {
  if (!map_.is_map()) {
    map_.expected("a map");
    return;
  }
  for (const auto& item : map_.node_) {
    const YAML::Node& node = item.first;
    if (!node.IsScalar() || !is_name(node.Scalar())) {
      map_.problem("a key must be one word or text");
      continue;
    }
    const auto& name = node.Scalar();
    // An empty value has the mark of whatever comes next: its key tells better where it stands.
    const auto mark = item.second.IsNull() ? node.Mark() : item.second.Mark();
    const Entry entry{
        Value(*map_.document_, *map_.problems_, node, node.Mark(), "a key"),
        Value(*map_.document_, *map_.problems_, item.second, mark, fmt::format("'{}'", name)),
    };
    const auto twin = std::ranges::find(entries_, name, [](const Entry& e) { return e.key.raw(); });
    if (twin == entries_.end()) {
      entries_.push_back(entry);
    } else {
      entry.key.problem(fmt::format("key '{}' stands twice; the first is on line {}", name, twin->key.place().line));
    }
  }
}

bool MapReader::has(std::string_view key) const {
  return std::ranges::find(entries_, key, [](const Entry& e) { return e.key.raw(); }) != entries_.end();
}

std::optional<Value> MapReader::find(std::string_view key) {
  known_.emplace_back(key);
  for (auto& entry : entries_) {
    if (entry.key.raw() != key) continue;
    entry.asked = true;
    return entry.value;
  }
  return std::nullopt;
}

std::optional<Value> MapReader::need(std::string_view key) {
  auto value = find(key);
  if (!value && map_.is_map()) map_.problem(fmt::format("missing key '{}' in {}", key, map_.name_));
  return value;
}

void MapReader::finish() const {
  for (const auto& entry : entries_) {
    if (!entry.asked) entry.key.unknown("key", known_);
  }
}

std::vector<std::pair<Value, Value>> MapReader::entries() const {
  std::vector<std::pair<Value, Value>> out;
  for (const auto& entry : entries_) out.emplace_back(entry.key, entry.value);
  return out;
}

}  // namespace wayside::config
