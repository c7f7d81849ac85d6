// Any bytes as the device map of someone else: refused with a reason, or a profile that our strict reader takes.
// The first byte chooses the format, the second the options.
#include "config/import/import.hpp"

#include "config/import/profile_writer.hpp"
#include "config/load.hpp"
#include "device/driver.hpp"
#include "fuzz/input.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)

config::ImportOptions options_of(std::uint8_t bits) {
  config::ImportOptions options;
  options.file = "map";
  options.writes = (bits & 1U) != 0;
  options.bits = (bits & 2U) != 0;
  options.plain_addresses = (bits & 4U) != 0;
  if ((bits & 8U) != 0) options.address_base = (bits & 16U) != 0 ? 1 : 0;
  if ((bits & 32U) != 0) options.kind = device::RegisterKind::holding;
  if ((bits & 64U) != 0) options.order = device::ByteOrder::cdab;
  if ((bits & 128U) != 0) {
    options.model_offset = 70;
    options.scale_factors = {{"A_SF", -2}, {"V_SF", -1}};
    options.counts = {{"module", 2}};
  }
  return options;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input({data, size});
  const auto format = static_cast<config::ImportFormat>(input.u8() % 4);
  const auto options = options_of(input.u8());
  auto imported = config::import_map(format, base::as_text(input.rest()), options);
  config::fit_to_keys(imported, options);
  if (imported.empty()) {
    fuzz::require(!imported.findings.empty(), "nothing is left out without a word");
    return 0;
  }
  const auto written = config::write_profile(imported);
  const auto read = config::parse_profile("map.yaml", written, device::driver_table());
  for (const auto& problem : read.problems) std::fprintf(stderr, "%s\n", problem.message().c_str());
  if (!read.value) std::fprintf(stderr, "%s\n", written.c_str());
  fuzz::require(read.value.has_value(), "an imported profile can be read");
  fuzz::require(device::expand(*read.value, {}).has_value(), "an imported profile can be expanded");
  return 0;
}
