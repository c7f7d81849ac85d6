// DL/T 645-2007, and the three-phase meter behind it.
#include "dlt645/dlt645_frame.hpp"
#include "fuzz/frame_family.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)

// Control, data; of the meter with the plate 161.
base::Bytes seal(base::ByteView content) {
  drivers::dlt645::Frame frame{{0x61, 0x01, 0, 0, 0, 0}, content[0], {}};
  const auto data = content.subspan(1, std::min(content.size() - 1, drivers::dlt645::kMostData));
  frame.data.assign(data.begin(), data.end());
  return drivers::dlt645::encode(frame, 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::FrameTarget target(
      {"dlt645/profiles/dlt645-2007-meter.yaml", {{"address", "000000000161"}}, &seal, false});
  return target.run({data, size});
}
