// The lines of the FS22, and the interrogator with temperature and strain sensors behind it.
#include "fbg_interrogator/fs22_frame.hpp"
#include "fuzz/frame_family.hpp"

namespace {

using namespace wayside;  // NOLINT(google-build-using-namespace)

// What stands behind ":ACK:", each byte as one that can stand there.
base::Bytes seal(base::ByteView content) {
  constexpr std::string_view kSigns = "0123456789., -:eNACK?";
  std::string line = ":ACK:";
  for (const auto byte : content) {
    const auto sign = static_cast<char>(byte);
    line += byte >= 0x20 && byte < 0x7F ? sign : kSigns[byte % kSigns.size()];
  }
  line += "\r\n";
  return {line.begin(), line.end()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::FrameTarget target({"fbg_interrogator/profiles/hbk-fs22.yaml",
                                         {{"sensors", "3"}, {"wavelengths", "1523 1554 1566"}, {"kinds", "t s1 s"}},
                                         &seal});
  return target.run({data, size});
}
