// The data dictionary as JSON: what `wayside dictionary --json` prints and what is retained on up/meta/dictionary. Its
// shape is firmware/config/schema/dictionary.schema.json; keys are only added. Pure; any thread.
#pragma once

#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "pipeline/dictionary.hpp"

namespace wayside::pipeline {

struct DictionaryHead {
  std::string release;  // of the software
  std::string gateway;  // empty: not of one site
};

enum class Origins : std::uint8_t { told, left_out };

// One entry a line. The same dictionary gives the same text.
[[nodiscard]] std::string to_json(const Dictionary& dictionary, const DictionaryHead& head,
                                  Origins origins = Origins::told);

// Brokers refuse large messages (and some end the connection for them): a dictionary that is larger is published
// without its origins, and one that is larger even then is not published.
inline constexpr std::size_t kMostDictionary = 96 * 1024;

struct PublishedDictionary {
  base::Bytes encoded;  // the bytes that the hash is of
  base::Bytes hash;     // as of a catalogue: the first 16 bytes of SHA-256
};
[[nodiscard]] std::optional<PublishedDictionary> publish(const Dictionary& dictionary, const DictionaryHead& head,
                                                         std::size_t most = kMostDictionary);

}  // namespace wayside::pipeline
