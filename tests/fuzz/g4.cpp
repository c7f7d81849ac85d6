// Frames of the RTMS G4, and the detector behind them.
#include "fuzz/frame_family.hpp"
#include "rtms_g4/g4_frame.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)

// Qualifier, sensor (turned so that 0 is the right one), data.
base::Bytes seal(base::ByteView content) {
  const auto sensor = content.size() < 2 ? 7U : content[1] ^ 7U;
  const auto data = content.subspan(std::min<std::size_t>(content.size(), 2));
  return drivers::g4::encode(content[0], static_cast<std::uint16_t>(sensor), data);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::FrameTarget target({"rtms_g4/profiles/rtms-g4.yaml", {{"address", "7"}}, &seal});
  return target.run({data, size});
}
