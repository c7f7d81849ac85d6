#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <map>
#include <system_error>

#include "base/nearest.hpp"
#include "cli/dictionary.hpp"
#include "cli/output.hpp"
#include "cli/profiles.hpp"
#include "cli/translation.hpp"
#include "config/load.hpp"
#include "device/decoder.hpp"

namespace wayside::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kInstalled = "/usr/share/wayside/drivers";
constexpr std::size_t kMaxFiles = 10'000;
constexpr int kMaxDepth = 4;

void print_problems(const std::vector<config::Problem>& problems) {
  for (const auto& problem : problems) fmt::print(stderr, "{}\n", problem.message());
}

void note_missing(const std::string& file, std::string_view what, const std::vector<std::string>& points) {
  constexpr std::size_t kShown = 5;
  if (points.empty()) return;
  const auto shown = std::min(points.size(), kShown);
  tr_error("{}: note: no {}: {}{}\n", file, what,
           fmt::join(points.begin(), points.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
           points.size() > shown ? tr_format(" and {} more", points.size() - shown) : "");
}

// What a site may leave out and a profile of this repository may not: the contract test refuses it there.
void print_notes(const std::string& file, const device::Profile& profile) {
  std::vector<std::string> head;
  std::vector<std::string> meanings;
  std::vector<std::string> units;
  const auto look = [&](const device::PointSpec& point) {
    // Of an item its family knows what it is.
    const bool number = point.encoding != device::Encoding::text && !device::is_truth(point) && point.values.empty() &&
                        point.locator.empty();
    if (point.meaning.empty()) meanings.push_back(point.name);
    if (number && point.unit.empty()) units.push_back(point.name);
  };
  if (profile.title.empty()) head.emplace_back("title");
  if (profile.source.empty()) head.emplace_back("source");
  for (const auto& point : profile.points) look(point);
  for (const auto& group : profile.groups) std::ranges::for_each(group.points, look);
  note_missing(file, "key", head);
  note_missing(file, "'meaning'", meanings);
  note_missing(file, tr("'unit' (UCUM; \"1\" for none)"), units);
  if (fs::path(file).stem() != profile.name) {
    tr_error("{}: note: in drivers/ the file is called {}.yaml, as the profile\n", file, profile.name);
  }
}

// The profile, and a driver of it as a device without options would have: a family may need roles.
bool is_good(const std::string& file) {
  const auto loaded = config::load_profile(file, device::driver_table());
  print_problems(loaded.problems);
  if (!loaded.value) return false;
  for (const auto* family : device::driver_table()) {
    if (family->name != loaded.value->family) continue;
    const auto made = family->make({*loaded.value, {}, loaded.value->period});
    if (made.has_value()) {
      print_notes(file, *loaded.value);
      return true;
    }
    fmt::print(stderr, "{}\n", model::message_at({file, 1, 1}, made.error().what));
  }
  return false;
}

std::vector<std::string> yaml_files(const std::string& folder) {
  std::vector<std::string> out;
  std::error_code error;
  fs::recursive_directory_iterator it(folder, error);
  for (const fs::recursive_directory_iterator end; !error && it != end && out.size() < kMaxFiles; it.increment(error)) {
    if (it.depth() >= kMaxDepth) it.disable_recursion_pending();
    if (it->path().extension() == ".yaml") out.push_back(it->path().string());
  }
  if (error) tr_error("wayside: folder '{}': {}\n", folder, error.message());
  std::ranges::sort(out);
  return out;
}

std::string encoding_of(const device::PointSpec& point) {
  // "input 52 f32 ABCD": without the first two words.
  auto text = point.source();
  for (int i = 0; i < 2; ++i) text.erase(0, text.find(' ') == std::string::npos ? text.size() : text.find(' ') + 1);
  return text;
}

Row row_of(const std::string& prefix, const device::PointSpec& point) {
  std::string more;
  if (point.scale != 1) more += fmt::format(" x{}", point.scale);
  if (point.offset != 0) more += fmt::format(" {:+}", point.offset);
  return {prefix + point.metric,
          std::string(device::to_string(point.kind)),
          fmt::format("{}", point.address),
          encoding_of(point) + more,
          point.unit,
          point.meaning};
}

void print_profile(const device::Profile& profile) {
  tr_print("{} version {}, family {}\n{}\nSource: {}\n\n", profile.name, profile.version, profile.family, profile.title,
           profile.source);
  std::vector<Row> rows;
  for (const auto& point : profile.points) rows.push_back(row_of("", point));
  for (const auto& group : profile.groups) {
    for (const auto& point : group.points)
      rows.push_back(row_of(fmt::format("{}-{}.", group.name, group.first), point));
  }
  print_table({tr("POINT"), tr("REGISTER"), tr("ADDRESS"), tr("TYPE"), tr("UNIT"), tr("MEANING")}, rows, {3, 0});
  for (const auto& group : profile.groups) {
    tr_print("\n{}: option {}, {} to {} of them, the next {} registers further\n", group.name, group.count_option,
             std::min(group.default_count, 1), group.max_count, group.stride);
  }
}

// A folder stands for the profiles in it; rule packs lie beside them (drivers/<family>/rules) and are YAML too.
std::vector<std::string> to_check(const std::vector<std::string>& given) {
  std::vector<std::string> out;
  for (const auto& one : given) {
    std::error_code error;
    if (!fs::is_directory(one, error)) {
      out.push_back(one);
      continue;
    }
    for (const auto& file : yaml_files(one)) {
      const auto inside = fs::path(file).lexically_relative(one);
      if (std::ranges::find(inside, fs::path("rules")) == inside.end()) out.push_back(file);
    }
  }
  return out;
}

std::vector<std::string> or_default(const std::vector<std::string>& folders) {
  return folders.empty() ? default_folders() : folders;
}

}  // namespace

std::vector<std::string> default_folders() {
  const char* given = std::getenv("WAYSIDE_PROFILES");
  std::string_view rest = given != nullptr && *given != '\0' ? std::string_view(given) : kInstalled;
  std::vector<std::string> out;
  while (!rest.empty()) {
    const auto colon = rest.find(':');
    if (colon != 0) out.emplace_back(rest.substr(0, colon));
    rest = colon == std::string_view::npos ? std::string_view() : rest.substr(colon + 1);
  }
  return out;
}

std::vector<ProfileFile> find_profiles(const std::vector<std::string>& folders) {
  std::map<std::string, std::string> found;
  for (const auto& folder : folders) {
    for (const auto& file : yaml_files(folder)) {
      // Rules and sites are YAML too: only what can be read as a profile counts. `check` tells why one cannot.
      const auto loaded = config::load_profile(file, device::driver_table());
      if (loaded.value) found.try_emplace(loaded.value->name, file);
    }
  }
  std::vector<ProfileFile> out;
  for (const auto& [name, file] : found) out.push_back({file, name});
  return out;
}

int profiles_list(const Common& /*common*/, const std::vector<std::string>& folders, const std::string& part) {
  std::vector<Row> rows;
  std::vector<std::string> names;
  for (const auto& [file, name] : find_profiles(or_default(folders))) {
    names.push_back(name);
    if (name.find(part) == std::string::npos) continue;
    const auto loaded = config::load_profile(file, device::driver_table());
    if (!loaded.value) continue;
    rows.push_back({name, loaded.value->family, fmt::format("{}", loaded.value->version), loaded.value->title});
  }
  if (rows.empty() && !names.empty()) {
    tr_error("wayside: no profile has '{}' in its name{}\n", part, base::hint(part, names));
    return kExitNoInput;
  }
  if (rows.empty()) {
    tr_error("wayside: no profiles in {}; give a folder with --dir\n", fmt::join(or_default(folders), ", "));
    return kExitNoInput;
  }
  print_table({tr("PROFILE"), tr("FAMILY"), tr("VERSION"), tr("TITLE")}, rows, {1, 0});
  return 0;
}

int profiles_show(const Common& /*common*/, const std::vector<std::string>& folders, const std::string& name) {
  std::string file = name;
  if (std::error_code error; !fs::is_regular_file(file, error)) {
    std::vector<std::string> names;
    file.clear();
    for (const auto& known : find_profiles(or_default(folders))) {
      names.push_back(known.name);
      if (known.name == name) file = known.file;
    }
    if (file.empty()) {
      tr_error("wayside: no profile '{}'{}\n", name, base::hint(name, names));
      return kExitNoInput;
    }
  }
  const auto loaded = config::load_profile(file, device::driver_table());
  print_problems(loaded.problems);
  if (!loaded.value) return kExitData;
  print_profile(*loaded.value);
  return 0;
}

int profiles_check(const std::vector<std::string>& files) {
  bool good = true;
  std::vector<pipeline::DictionaryItem> items;
  const auto wanted = to_check(files);
  if (wanted.empty()) {
    tr_error("wayside: no profiles in {}\n", fmt::join(files, ", "));
    return kExitNoInput;
  }
  for (const auto& file : wanted) {
    const bool fine = is_good(file);
    if (fine) tr_print("{}: good\n", file);
    good = good && fine;
    const auto loaded = config::load_profile(file, device::driver_table());
    if (!loaded.value) continue;
    std::ranges::move(pipeline::dictionary_items(*loaded.value, points_of(*loaded.value), {}),
                      std::back_inserter(items));
  }
  // One metric, one meaning: of all files that are given together.
  for (const auto& contradiction : pipeline::make_dictionary(std::move(items)).contradictions) {
    tr_error("wayside: contradiction: {}\n", contradiction);
    good = false;
  }
  return good ? 0 : kExitData;
}

}  // namespace wayside::cli
