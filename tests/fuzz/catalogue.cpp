// Any bytes as a catalogue of translations: refused, or looked through without harm.
#include <cstdlib>

#include "cli/catalogue.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using wayside::cli::Catalogue;
  const std::string bytes(data, data + size);
  const auto catalogue = Catalogue::parse(bytes);
  if (!catalogue) return 0;
  for (const auto* message : {"", "no alarms\n", "{} of {} answer", "zzz"}) {
    const char* found = catalogue->find(message);
    if (found != nullptr && std::string_view(found).size() >= size) std::abort();
  }
  return 0;
}
