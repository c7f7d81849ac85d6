#include "cli/complete.hpp"

#include <fmt/format.h>
#include <sys/timerfd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <set>

#include "base/unique_fd.hpp"
#include "cli/json_text.hpp"
#include "cli/quiet.hpp"

namespace wayside::cli {
namespace {

namespace v1 = control::v1;

// Whoever presses Tab does not wait longer.
base::UniqueFd soon() {
  base::UniqueFd timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
  const itimerspec second{{}, {1, 0}};
  if (timer) ::timerfd_settime(timer.get(), 0, &second, nullptr);
  return timer;
}

std::optional<v1::Response> ask_soon(const Common& common, const v1::Request& request) {
  std::string why;
  const auto timer = soon();
  return ask_quietly(common.socket, request, why, timer.get());
}

std::vector<std::string> devices(const Common& common) {
  v1::Request request;
  request.mutable_devices();
  std::vector<std::string> out;
  if (const auto response = ask_soon(common, request)) {
    for (const auto& device : response->devices().devices()) out.push_back(device.id());
  }
  return out;
}

// `device` given: the names within it.
std::vector<std::string> points(const Common& common, const std::string& device) {
  v1::Request request;
  request.mutable_points()->set_device(device);
  std::vector<std::string> out;
  if (const auto response = ask_soon(common, request)) {
    for (const auto& point : response->points().points()) {
      out.push_back(device.empty() ? point.device() + "." + point.point() : point.point());
    }
  }
  return out;
}

std::vector<std::string> alarms(const Common& common) {
  v1::Request request;
  request.mutable_alarms();
  std::vector<std::string> out;
  if (const auto response = ask_soon(common, request)) {
    for (const auto& alarm : response->alarms().alarms()) out.push_back(alarm.alarm());
  }
  return out;
}

std::vector<std::string> buses(const Common& common) {
  v1::Request request;
  request.mutable_buses();
  std::vector<std::string> out;
  if (const auto response = ask_soon(common, request)) {
    for (const auto& bus : response->buses().buses()) out.push_back(bus.id());
  }
  return out;
}

bool is_hidden(const CLI::App& app) { return app.get_group().empty(); }

const CLI::App* find_sub(const CLI::App& app, const std::string& name) {
  for (const auto* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (sub->get_name() == name && !is_hidden(*sub)) return sub;
  }
  return nullptr;
}

std::vector<std::string> names_of(const CLI::Option& option) {
  std::vector<std::string> out;
  for (const auto& name : option.get_lnames()) out.push_back("--" + name);
  for (const auto& name : option.get_snames()) out.push_back("-" + name);
  return out;
}

std::vector<const CLI::Option*> options_of(const CLI::App& app, bool positional) {
  std::vector<const CLI::Option*> out;
  for (const auto* option : app.get_options([](const CLI::Option*) { return true; })) {
    if (option->get_positional() == positional) out.push_back(option);
  }
  return out;
}

// Of this command or of those above it. Null: there is no such option.
const CLI::Option* find_option(const CLI::App* app, const std::string& name) {
  for (; app != nullptr; app = app->get_parent()) {
    for (const auto* option : options_of(*app, false)) {
      const auto names = names_of(*option);
      if (std::ranges::find(names, name) != names.end()) return option;
    }
  }
  return nullptr;
}

// Where in the line the last word stands.
struct Spot {
  const CLI::App* app = nullptr;
  std::vector<std::string> given;         // positional words so far
  const CLI::Option* value_of = nullptr;  // the word before wants a value
};

Spot spot_of(const CLI::App& app, const std::vector<std::string>& words) {
  Spot out{&app, {}, nullptr};
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    const auto& word = words[i];
    if (out.value_of != nullptr) {
      out.value_of = nullptr;
    } else if (word.starts_with('-')) {
      const auto* option = find_option(out.app, word);
      if (option != nullptr && option->get_items_expected_min() > 0) out.value_of = option;
    } else if (const auto* sub = out.given.empty() ? find_sub(*out.app, word) : nullptr) {
      out.app = sub;
    } else {
      out.given.push_back(word);
    }
  }
  return out;
}

std::vector<std::string> values_for(const Common& common, const Spot& spot) {
  const auto positionals = options_of(*spot.app, true);
  if (positionals.empty()) return {};
  const auto& option = *positionals[std::min(spot.given.size(), positionals.size() - 1)];
  const auto name = option.get_name();
  const bool more = spot.given.size() < positionals.size() || option.get_items_expected_max() > 1;
  if (!more) return {};
  if (name == "device") return devices(common);
  if (name == "point") {
    auto out = points(common, spot.given.empty() ? "" : spot.given[0]);
    if (spot.app->get_name() == "read") out.emplace_back("all");
    return out;
  }
  if (name == "points") return points(common, "");
  if (name == "alarm") return alarms(common);
  if (name == "bus") return buses(common);
  if (name != "what" || !spot.given.empty()) return {};
  auto out = points(common, "");
  const auto more_names = alarms(common);
  out.insert(out.end(), more_names.begin(), more_names.end());
  return out;
}

// --- the table -----------------------------------------------------------------------------------------------------

std::string json_of(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const auto& name : names_of(option)) names.push_back(json_text(name));
  if (option.get_positional()) names = {json_text(option.get_name())};
  const bool takes = option.get_items_expected_max() > 0;
  auto type = takes && !option.get_positional() ? option.get_type_name() : std::string();
  return json_object({{"names", json_list(names)},
                      {"value", json_text(type)},
                      {"optional_value", takes && option.get_items_expected_min() == 0 ? "true" : "false"},
                      {"required", option.get_required() ? "true" : "false"},
                      {"several", option.get_items_expected_max() > 1 ? "true" : "false"},
                      {"default", json_text(option.get_default_str())},
                      {"help", json_text(option.get_description())}});
}

void add_rows(const CLI::App& app, const std::string& path, std::vector<std::string>& out) {
  std::vector<std::string> arguments;
  std::vector<std::string> options;
  for (const auto* option : options_of(app, true)) arguments.push_back(json_of(*option));
  for (const auto* option : options_of(app, false)) {
    if (!option->check_name("--help")) options.push_back(json_of(*option));
  }
  const auto subs = app.get_subcommands([](const CLI::App*) { return true; });
  out.push_back(json_object({{"command", json_text(path)},
                             {"help", json_text(app.get_description())},
                             {"arguments", json_list(arguments)},
                             {"options", json_list(options)},
                             {"needs_subcommand", app.get_require_subcommand_min() > 0 ? "true" : "false"}}));
  for (const auto* sub : subs) {
    if (!is_hidden(*sub)) add_rows(*sub, path.empty() ? sub->get_name() : path + " " + sub->get_name(), out);
  }
}

}  // namespace

std::vector<std::string> complete(const CLI::App& app, const Common& common, const std::vector<std::string>& words) {
  const auto last = words.empty() ? std::string() : words.back();
  const auto spot = spot_of(app, words);
  std::vector<std::string> all;
  if (spot.value_of != nullptr) return {};
  if (last.starts_with('-')) {
    for (const auto* at = spot.app; at != nullptr; at = at->get_parent()) {
      for (const auto* option : options_of(*at, false)) {
        for (const auto& name : names_of(*option)) all.push_back(name);
      }
    }
  } else {
    if (spot.given.empty()) {
      for (const auto* sub : spot.app->get_subcommands([](const CLI::App*) { return true; })) {
        if (!is_hidden(*sub)) all.push_back(sub->get_name());
      }
    }
    const auto more = values_for(common, spot);
    all.insert(all.end(), more.begin(), more.end());
  }
  std::vector<std::string> out;
  std::set<std::string> seen;
  for (auto& one : all) {
    if (one.starts_with(last) && seen.insert(one).second) out.push_back(std::move(one));
  }
  return out;
}

std::string command_table(const CLI::App& app) {
  std::vector<std::string> rows;
  add_rows(app, "", rows);
  std::string out = "[\n";
  for (std::size_t i = 0; i < rows.size(); ++i) out += rows[i] + (i + 1 < rows.size() ? ",\n" : "\n");
  return out + "]\n";
}

}  // namespace wayside::cli
