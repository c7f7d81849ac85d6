// Z1 of Wavetronix, and the SmartSensor HD behind it.
#include "fuzz/frame_family.hpp"
#include "smartsensor_hd/z1_frame.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)

// Sender (turned so that 0 is the sensor), body.
base::Bytes seal(base::ByteView content) {
  base::Bytes body(content.begin() + 1, content.end());
  body.resize(std::clamp<std::size_t>(body.size(), 3, drivers::z1::kMostBody));
  return drivers::z1::encode(0, content[0] ^ 7U, 0, body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::FrameTarget target(
      {"smartsensor_hd/profiles/wavetronix-smartsensor-hd.yaml", {{"address", "7"}}, &seal});
  return target.run({data, size});
}
