// FT1.2 of ADEC's detectors, and the TDC3 behind it.
#include "adec_tdc/ft12_frame.hpp"
#include "fuzz/frame_family.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)

// Control, address (turned so that 0 is the detector's), data; a single byte: no data.
base::Bytes seal(base::ByteView content) {
  if (content.size() == 1) return {drivers::ft12::kNoData};
  const auto data = content.subspan(2, std::min<std::size_t>(content.size() - 2, 253));
  return drivers::ft12::encode_long(content[0], content[1] ^ 1U, data);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::FrameTarget target({"adec_tdc/profiles/adec-tdc3.yaml", {{"address", "1"}}, &seal});
  return target.run({data, size});
}
