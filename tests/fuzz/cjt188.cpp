// CJ/T 188-2004, and the water meter behind it.
#include "cjt188/cjt188_frame.hpp"
#include "fuzz/frame_family.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)

// Control, data; of the cold water meter of the published exchange.
base::Bytes seal(base::ByteView content) {
  drivers::cjt188::Frame frame{0x10, {0x44, 0x33, 0x22, 0x11, 0x00, 0x33, 0x78}, content[0], {}};
  const auto data = content.subspan(1, std::min(content.size() - 1, drivers::cjt188::kMostData));
  frame.data.assign(data.begin(), data.end());
  return drivers::cjt188::encode(frame, 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::FrameTarget target(
      {"cjt188/profiles/cjt188-water-meter.yaml", {{"address", "78330011223344"}}, &seal, false});
  return target.run({data, size});
}
