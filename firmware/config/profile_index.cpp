#include "config/profile_index.hpp"

#include <fmt/format.h>

#include <utility>

namespace wayside::config {
namespace {

// Only the name, without a judgement of the rest.
std::optional<std::string> peek_name(const Document& document, Problems& problems) {
  Problems ignored;
  MapReader map(Value(document, ignored));
  const auto value = map.find("profile");
  if (value) return Value(*value).id();
  problems.push_back({{document.file, 1, 1}, "this is no profile: it has no key 'profile' with its name"});
  return std::nullopt;
}

}  // namespace

void ProfileIndex::add(const Value& listed) {
  const auto path = listed.text();
  if (!path) return;
  const auto file = relative_to(listed.place().file, *path);
  switch (listed.files().kind(file)) {
    case FileKind::missing: return listed.problem(fmt::format("no such file or folder: '{}'", file));
    case FileKind::folder: return add_folder(listed, file);
    case FileKind::file:
    case FileKind::other: break;
  }
  const auto name = add_file(file, listed.files());
  if (!name.empty()) static_cast<void>(find(name));
}

void ProfileIndex::add_folder(const Value& listed, const std::string& folder) {
  auto files = listed.files().list(folder);
  if (!files) return listed.problem(fmt::format("the folder '{}' cannot be read: {}", folder, files.error().what));
  std::erase_if(*files, [](const std::string& file) { return !file.ends_with(".yaml"); });
  if (files->empty()) listed.problem(fmt::format("the folder '{}' has no *.yaml file", folder));
  for (const auto& file : *files) add_file(file, listed.files());
}

void ProfileIndex::add_if_there(const Value& at, const std::string& folder) {
  if (at.files().kind(folder) == FileKind::folder) add_folder(at, folder);
}

std::string ProfileIndex::add_file(const std::string& file, const Files& files) {
  const auto [seen, is_new] = files_.try_emplace(files.canonical(file));
  if (!is_new) return seen->second;
  auto document = read_document(file, problems_, files);
  if (!document) return "";
  const auto name = peek_name(*document, problems_);
  if (!name) {
    // A name that is none: the full reading says what is wrong with it.
    static_cast<void>(read_profile(*document, families_, problems_));
    return "";
  }
  const auto twin = entries_.find(*name);
  if (twin != entries_.end()) {
    problems_.push_back(
        {{file, 1, 1}, fmt::format("profile '{}' is defined already in {}", *name, twin->second.document.file)});
    return "";
  }
  entries_.emplace(*name, Entry{*std::move(document), false, std::nullopt});
  seen->second = *name;
  return *name;
}

const device::Profile* ProfileIndex::find(const std::string& name) {
  const auto at = entries_.find(name);
  if (at == entries_.end()) return nullptr;
  auto& entry = at->second;
  if (!std::exchange(entry.read, true)) entry.profile = read_profile(entry.document, families_, problems_);
  return entry.profile ? &*entry.profile : nullptr;
}

std::vector<std::string> ProfileIndex::names() const {
  std::vector<std::string> out;
  for (const auto& [name, entry] : entries_) out.push_back(name);
  return out;
}

}  // namespace wayside::config
