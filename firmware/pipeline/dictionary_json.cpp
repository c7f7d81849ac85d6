#include "pipeline/dictionary_json.hpp"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "wire/catalogue.hpp"

namespace wayside::pipeline {
namespace {

using base::json_text;

// Members of an object; those without a value are left out.
class Object {
 public:
  void add(std::string_view name, std::string_view json) {
    text_ += fmt::format("{}{}:{}", text_.empty() ? "" : ",", json_text(name), json);
  }
  void add_text(std::string_view name, std::string_view text) {
    if (!text.empty()) add(name, json_text(text));
  }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  [[nodiscard]] std::string take() { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

std::string list(const std::set<std::string>& texts) {
  std::string out;
  for (const auto& text : texts) out += (out.empty() ? "" : ",") + json_text(text);
  return "[" + out + "]";
}

void add_range(Object& out, const std::optional<double>& least, const std::optional<double>& most) {
  const auto end = [](const std::optional<double>& value) { return value ? fmt::format("{}", *value) : "null"; };
  if (least || most) out.add("range", fmt::format("[{},{}]", end(least), end(most)));
}

std::string origin_json(const DictionaryOrigin& origin) {
  Object out;
  out.add_text("name", origin.name);
  if (origin.version != 0) out.add("version", std::to_string(origin.version));
  out.add_text("from", origin.from);
  out.add_text("meaning", origin.meaning);
  add_range(out, origin.valid_min, origin.valid_max);
  return out.take();
}

std::string mappings_json(const DictionaryEntry& entry) {
  Object out;
  for (const auto& [model, mapping] : entry.maps_to) {
    Object one;
    one.add_text("name", mapping.name);
    one.add("verified", mapping.verified ? "true" : "false");
    out.add(model, one.take());
  }
  return out.take();
}

std::string entry_json(const DictionaryEntry& entry, Origins origins) {
  Object out;
  out.add_text("metric", entry.metric);
  out.add("status", entry.retired.empty() ? R"("active")" : R"("retired")");
  out.add("value", json_text(to_string(entry.kind)));
  out.add_text("unit", entry.unit);
  add_range(out, entry.valid_min, entry.valid_max);
  Object values;
  for (const auto& [number, name] : entry.values) values.add_text(std::to_string(number), name);
  if (!values.empty()) out.add("values", values.take());
  out.add("class", json_text(to_string(entry.data_class)));
  out.add_text("meaning", entry.meaning);
  out.add_text("definition", entry.definition);
  out.add("departments", list(entry.departments));
  out.add("instances", list(entry.instances));
  out.add("derived", entry.derived ? "true" : "false");
  out.add("maps_to", mappings_json(entry));
  out.add_text("since", entry.since);
  out.add_text("changed", entry.changed);
  out.add_text("retired", entry.retired);
  out.add_text("replaced_by", entry.replaced_by);
  if (origins == Origins::told) {
    std::string told;
    for (const auto& origin : entry.origins) told += (told.empty() ? "" : ",") + origin_json(origin);
    out.add("origins", "[" + told + "]");
  }
  return out.take();
}

}  // namespace

std::string to_json(const Dictionary& dictionary, const DictionaryHead& head, Origins origins) {
  Object out;
  out.add("format", R"("wayside.dictionary.v1")");
  out.add_text("release", head.release);
  out.add_text("gateway", head.gateway);
  std::string entries;
  for (const auto& entry : dictionary.entries) {
    entries += (entries.empty() ? "\n" : ",\n") + entry_json(entry, origins);
  }
  out.add("entries", "[" + entries + "\n]");
  return out.take() + "\n";
}

std::optional<PublishedDictionary> publish(const Dictionary& dictionary, const DictionaryHead& head, std::size_t most) {
  auto text = to_json(dictionary, head);
  if (text.size() > most) text = to_json(dictionary, head, Origins::left_out);
  if (text.size() > most) return std::nullopt;
  PublishedDictionary out{{text.begin(), text.end()}, {}};
  out.hash = wire::catalogue_hash(out.encoded);
  return out;
}

}  // namespace wayside::pipeline
