#include "config/import/edgex.hpp"

#include <fmt/format.h>

#include <utility>

#include "config/import/edgex_resource.hpp"
#include "config/import/names.hpp"
#include "config/import/yaml_view.hpp"

namespace wayside::config {
namespace {

constexpr std::size_t kMaxCommands = 5000;

struct Style {
  bool nested = false;  // properties.value: EdgeX 1.x
  bool flat = false;
  bool all_quoted = true;
  bool zero = false;  // an address 0, which cannot be where counting begins at 1
  int first_line = 1;
};

Style style_of(const std::vector<YamlView>& resources) {
  Style out;
  for (const auto& resource : resources) {
    const auto address = resource["attributes"]["startingAddress"];
    if (!address.exists()) continue;
    if (out.first_line == 1) out.first_line = address.line();
    (resource["properties"]["value"].is_map() ? out.nested : out.flat) = true;
    out.all_quoted = out.all_quoted && address.is_quoted();
    const auto word = address.text();
    out.zero = out.zero || word.substr(0, word.find('.')) == "0";
  }
  return out;
}

// What the first register is called. None: the file does not say (a finding does).
std::optional<int> address_base(const Style& style, Collector& out) {
  constexpr auto kWhat = "startingAddress";
  if (out.options().address_base == 1 && style.zero) {
    out.refused(style.first_line, kWhat, "--address-base 1 was given, but the file has an address 0");
    return std::nullopt;
  }
  if (out.options().address_base) {
    out.note(style.first_line, kWhat,
             fmt::format("counted from {}, as told by --address-base", *out.options().address_base));
    return out.options().address_base;
  }
  if (style.zero || (style.flat && !style.nested && !style.all_quoted)) {
    out.note(style.first_line, kWhat,
             "counted from 0, as EdgeX does since 2.0; if values come out one register off, import again with "
             "--address-base 1");
    return 0;
  }
  if (style.nested && !style.flat) {
    out.note(style.first_line, kWhat, "counted from 1, as EdgeX 1.x does (the file has its form, properties.value)");
    return 1;
  }
  out.refused(style.first_line, kWhat,
              "EdgeX 1.x counts from 1, later versions from 0, and this file has signs of both; say which with "
              "--address-base 0 or --address-base 1");
  return std::nullopt;
}

// deviceCommands give raw values names: resource -> (raw -> name).
EdgexMappings mappings_of(const YamlView& commands, Collector& out) {
  EdgexMappings all;
  std::size_t count = 0;
  for (const auto& command : commands.items()) {
    for (const auto* list : {"resourceOperations", "get"}) {
      for (const auto& operation : command[list].items()) {
        if (++count > kMaxCommands) return all;
        const auto name =
            operation["deviceResource"].exists() ? operation["deviceResource"].text() : operation["object"].text();
        for (const auto& [raw, word] : operation["mappings"].entries()) {
          const auto [at, is_new] = all[name].try_emplace(raw, word.text());
          if (is_new || at->second == word.text()) continue;
          out.note(operation.line(), fmt::format("point '{}'", name),
                   fmt::format("value {} is called '{}' here and '{}' before; the first name is kept", raw, word.text(),
                               at->second));
        }
      }
    }
  }
  return all;
}

void note_rest(const YamlView& root, Collector& out) {
  const auto commands = root["deviceCommands"].items();
  if (!commands.empty()) {
    out.not_kept(root["deviceCommands"].line(), fmt::format("{} deviceCommands", commands.size()),
                 "only their names of values are used: points are read together by address");
  }
  for (const auto* key : {"coreCommands", "autoEvents"}) {
    if (root[key].exists()) out.not_kept(root[key].line(), key, "how often and for whom is said in gateway.yaml");
  }
}

}  // namespace

Imported import_edgex(std::string_view text, const ImportOptions& options) {
  constexpr std::string_view kKind = "EdgeX device profile";
  Collector out(options);
  const auto root = read_yaml(text, out);
  if (!root) return std::move(out).finish("", kKind);
  const auto list = (*root)["deviceResources"];
  const auto resources = list.items();
  if (resources.empty()) {
    out.refused(root->line(), "the file", "no list 'deviceResources': this is no EdgeX device profile");
    return std::move(out).finish("", kKind);
  }
  const auto named = (*root)["name"].text();
  const auto maker = one_line((*root)["manufacturer"].text() + " " + (*root)["model"].text(), 100);
  out.profile().title = maker.empty() ? one_line(named, 100) : maker;
  const auto base = address_base(style_of(resources), out);
  if (!base) return std::move(out).finish(named, kKind);
  const auto mappings = mappings_of((*root)["deviceCommands"], out);
  for (const auto& resource : resources) {
    if (out.full()) break;
    import_edgex_resource(resource, *base, mappings, out);
  }
  note_rest(*root, out);
  return std::move(out).finish(named, kKind);
}

}  // namespace wayside::config
