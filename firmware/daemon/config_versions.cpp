#include "daemon/config_versions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/log.hpp"
#include "wire/config_bundle.hpp"
#include "wire/digest.hpp"

namespace wayside::daemon {
namespace {

constexpr const char* kJournal = "journal";
constexpr const char* kDamaged = "journal.damaged";
constexpr const char* kSuffix = ".config";
constexpr std::size_t kDigest = 32;

std::string bundle_name(std::uint64_t number) { return std::to_string(number) + kSuffix; }

base::Result<model::ConfigJournal> open_journal(const base::Bytes& bytes) {
  const base::Error damaged{base::Errc::corrupt, base::Consequence::drop_record, "its checksum does not hold"};
  if (bytes.size() < kDigest) return damaged;
  const auto body = base::ByteView(bytes).subspan(kDigest);
  if (!std::ranges::equal(wire::sha256(body), base::ByteView(bytes).first(kDigest))) return damaged;
  return wire::read_journal(body);
}

}  // namespace

base::Result<void> ConfigVersions::open() {
  journal_ = {};
  if (auto made = files_.make_folder(); !made) return made;
  const auto bytes = files_.read(kJournal);
  if (!bytes && bytes.error().code == base::Errc::not_found) return {};
  if (!bytes) return bytes.error();
  auto read = open_journal(*bytes);
  if (!read) {
    if (auto moved = files_.rename(kJournal, kDamaged); !moved) return moved;
    gather();
    return read.error().in("the journal of configurations");
  }
  journal_ = *std::move(read);
  sweep();
  return {};
}

// Without a journal: every bundle that can be read is one to go back to.
void ConfigVersions::gather() {
  for (const auto& name : files_.names()) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error != std::errc{} || number == 0 || name != bundle_name(number)) continue;
    const auto bytes = files_.read(name);
    if (!bytes) continue;
    const auto bundle = wire::read_bundle(*bytes);
    if (!bundle) continue;
    model::ConfigVersion version;
    version.number = number;
    version.file = bundle->main;
    version.reason = "found when the journal was damaged";
    version.digest = wire::sha256(*bytes);
    version.state = model::ConfigState::good;
    journal_.versions.push_back(std::move(version));
  }
  std::ranges::sort(journal_.versions, {}, &model::ConfigVersion::number);
}

// What a power cut left: bundles that the journal does not know.
void ConfigVersions::sweep() {
  for (const auto& name : files_.names()) {
    if (!name.ends_with(kSuffix) && !name.ends_with(".new")) continue;
    const bool known = std::ranges::any_of(journal_.versions, [&name](const auto& version) {
      return !version.forgotten && name == bundle_name(version.number);
    });
    if (known) continue;
    if (auto removed = files_.remove(name); !removed) base::log::warn("config.sweep", {{"what", removed.error().what}});
  }
}

base::Result<model::ConfigBundle> ConfigVersions::bundle(std::uint64_t number) {
  const auto* version = journal_.find(number);
  if (version == nullptr || version->forgotten) {
    return base::Error{base::Errc::not_found, base::Consequence::drop_record,
                       fmt::format("version {} is not kept; `wayside config history` lists those that are", number)};
  }
  const auto bytes = files_.read(bundle_name(number));
  if (!bytes) return bytes.error();
  if (wire::sha256(*bytes) != version->digest) {
    return base::Error{base::Errc::corrupt, base::Consequence::drop_record,
                       fmt::format("version {} is damaged: its checksum does not hold", number)};
  }
  return wire::read_bundle(*bytes);
}

base::Result<void> ConfigVersions::save(model::ConfigJournal next) {
  forget_old(next);
  const auto body = wire::encode_journal(next);
  auto bytes = wire::sha256(body);
  bytes.insert(bytes.end(), body.begin(), body.end());
  if (auto written = replace_file(files_, kJournal, bytes); !written) return written;
  journal_ = std::move(next);
  sweep();
  return {};
}

void ConfigVersions::forget_old(model::ConfigJournal& next) {
  const auto in_use = [&next](const model::ConfigVersion& version) {
    return version.number == next.current || version.number == next.trial;
  };
  auto kept = static_cast<std::size_t>(
      std::ranges::count_if(next.versions, [](const auto& version) { return !version.forgotten; }));
  for (auto& version : next.versions) {
    if (kept <= kMostBundles) break;
    if (version.forgotten || in_use(version)) continue;
    version.forgotten = true;
    --kept;
  }
  while (next.versions.size() > kMostVersions) {
    const auto oldest = std::ranges::find_if(next.versions, [&](const auto& version) { return !in_use(version); });
    next.versions.erase(oldest);
  }
}

base::Result<std::uint64_t> ConfigVersions::add(const model::ConfigBundle& bundle, model::ConfigVersion version,
                                                model::ConfigState state, const base::Bytes& file_digest) {
  auto next = journal_;
  version.number = next.versions.empty() ? 1 : next.versions.back().number + 1;
  const auto bytes = wire::encode_bundle(bundle);
  version.digest = wire::sha256(bytes);
  version.state = state;
  if (auto written = replace_file(files_, bundle_name(version.number), bytes); !written) return written.error();
  const auto number = version.number;
  (state == model::ConfigState::trial ? next.trial : next.current) = number;
  if (!file_digest.empty()) next.file_digest = file_digest;
  next.versions.push_back(std::move(version));
  if (auto saved = save(std::move(next)); !saved) return saved.error();
  return number;
}

base::Result<void> ConfigVersions::commit() {
  auto next = journal_;
  for (auto& version : next.versions) {
    if (version.number == next.trial) version.state = model::ConfigState::good;
  }
  next.current = std::exchange(next.trial, 0);
  return save(std::move(next));
}

base::Result<void> ConfigVersions::refuse(const std::string& why) {
  auto next = journal_;
  for (auto& version : next.versions) {
    if (version.number != next.trial) continue;
    version.state = model::ConfigState::refused;
    version.outcome = why;
  }
  next.trial = 0;
  return save(std::move(next));
}

base::Result<void> ConfigVersions::note_file(const base::Bytes& digest) {
  if (journal_.file_digest == digest) return {};
  auto next = journal_;
  next.file_digest = digest;
  return save(std::move(next));
}

}  // namespace wayside::daemon
