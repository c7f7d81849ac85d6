// A configuration as one thing, and what is known of those that the gateway has had (docs/config-life.md). Values; any
// thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace wayside::model {

// gateway.yaml with the profiles and rule files it names.
struct ConfigBundle {
  std::string main;                          // its path among `files`
  std::map<std::string, std::string> files;  // text by path
  bool operator==(const ConfigBundle&) const = default;
};

enum class ConfigState : std::uint8_t {
  trial,    // at work, and gone back from unless it is confirmed
  good,     // was confirmed: can be gone back to
  refused,  // was gone back from
};

[[nodiscard]] constexpr std::string_view to_string(ConfigState state) {
  switch (state) {
    case ConfigState::trial: return "trial";
    case ConfigState::good: return "good";
    case ConfigState::refused: return "refused";
  }
  return "?";
}

struct ConfigVersion {
  std::uint64_t number = 0;  // from 1, never used twice
  std::int64_t wall_us = 0;  // when it was applied; 0: the clock was not trusted
  std::string by;            // who
  std::string origin;        // "start", "reload", "cabinet", "platform"
  std::string file;          // where it came from
  std::string reason;        // for a person
  base::Bytes digest;        // SHA-256 of the encoded bundle
  ConfigState state = ConfigState::trial;
  std::string outcome;     // why it was gone back from
  bool forgotten = false;  // its bundle is not kept any more
  bool operator==(const ConfigVersion&) const = default;
};

struct ConfigJournal {
  std::uint64_t current = 0;            // what a start runs; 0: none yet
  std::uint64_t trial = 0;              // 0: none
  base::Bytes file_digest;              // of what the file of the command line was when it was last looked at
  std::vector<ConfigVersion> versions;  // ascending
  bool operator==(const ConfigJournal&) const = default;

  [[nodiscard]] const ConfigVersion* find(std::uint64_t number) const {
    for (const auto& version : versions) {
      if (version.number == number) return &version;
    }
    return nullptr;
  }
};

}  // namespace wayside::model
