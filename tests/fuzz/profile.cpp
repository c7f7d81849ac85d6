// Any bytes as a profile: read with problems, or good enough that its driver can be made and decodes anything.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "config/load.hpp"
#include "device/driver.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)

void decode_anything(const device::Driver& driver, const std::uint8_t* data, std::size_t size) {
  device::DriverState state;
  std::size_t at = 0;
  for (const auto& group : driver.plan().groups) {
    device::DecodeInput input;
    for (const auto& block : group.blocks) {
      std::vector<std::uint16_t> words(block.count);
      for (auto& word : words) word = static_cast<std::uint16_t>(size == 0 ? 0 : data[at++ % size] * 257U);
      input.image.add(block, std::move(words));
    }
    state = driver.decode(input, state).state;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const int file = ::memfd_create("profile", MFD_CLOEXEC);
  static const std::string path = "/proc/self/fd/" + std::to_string(file);
  if (::ftruncate(file, 0) != 0 || ::pwrite(file, data, size, 0) != static_cast<ssize_t>(size)) return 0;
  const auto families = device::driver_table();
  const auto loaded = config::load_profile(path, families);
  if (!loaded.value) {
    if (loaded.problems.empty()) __builtin_trap();  // refused without a word
    return 0;
  }
  const auto family = std::ranges::find(families, std::string_view(loaded.value->family), &device::DriverFamily::name);
  if (family == families.end()) return 0;
  const auto driver = (*family)->make({*loaded.value, {}, loaded.value->period});
  if (driver) decode_anything(**driver, data, size);
  return 0;
}
